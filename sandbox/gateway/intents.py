"""Which events a gateway session gets: by its intents, by what the bot may see, and with what content."""

from __future__ import annotations

from sandbox.values import Json
from sandbox.world.events import Event
from sandbox.world.state import World
from sandbox.world.visibility import MESSAGE_CONTENT, is_content_visible, redacted

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_WEBHOOKS = 1 << 5
GUILD_MESSAGES = 1 << 9
GUILD_MESSAGE_REACTIONS = 1 << 10
GUILD_MESSAGE_TYPING = 1 << 11
PRESENCES = 1 << 8
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
ALL = (1 << 26) - 1
_DIRECT = 3
"""An intent for direct messages stands three bits above the one for guilds."""

_BY_PREFIX = (
    ("MESSAGE_REACTION", GUILD_MESSAGE_REACTIONS),
    ("MESSAGE_", GUILD_MESSAGES),
    ("TYPING_", GUILD_MESSAGE_TYPING),
    ("WEBHOOKS_", GUILD_WEBHOOKS),
    ("GUILD_MEMBER_", GUILD_MEMBERS),
    ("GUILD_", GUILDS),
    ("CHANNEL_", GUILDS),
    ("THREAD_", GUILDS),
)
_SEEN_ONLY = ("MESSAGE_", "TYPING_", "THREAD_")


def _needed(event: Event) -> int:
    """Return the intents of which one brings `event`."""
    needed = next((bit for prefix, bit in _BY_PREFIX if event.name.startswith(prefix)), 0)
    is_direct = event.guild_id is None and needed & (GUILD_MESSAGES | GUILD_MESSAGE_REACTIONS | GUILD_MESSAGE_TYPING)
    return needed << _DIRECT if is_direct else needed


def wants(world: World, intents: int, event: Event) -> bool:
    """Tell whether a session with `intents` gets `event`."""
    bot = world.bot
    # A bot hears of its own roles without the intent for members.
    if event.name == "GUILD_MEMBER_UPDATE" and event.data["user"]["id"] == str(bot.id):
        return True
    if not intents & _needed(event):
        return False
    if event.channel_id is None or not event.name.startswith(_SEEN_ONLY):
        return True
    channel = world.find_channel(event.channel_id)
    return channel is not None and world.may_view(bot, channel)


def readable(world: World, intents: int, event: Event) -> Json:
    """Return an event's data as a session with `intents` may read it."""
    if event.message is None or is_content_visible(world, event.message, intents):
        return event.data
    return redacted(event.data)
