"""Discord's permissions and how roles and a channel's overwrites add up to them.

The rules and their order are those of Discord's reference, "Permission Hierarchy" and "Permission Overwrites".
"""

from __future__ import annotations

from sandbox.world.model import Channel, Guild, Member

ADD_REACTIONS = 1 << 6
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
SEND_TTS_MESSAGES = 1 << 12
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_EXTERNAL_EMOJIS = 1 << 18
CONNECT = 1 << 20
MANAGE_NICKNAMES = 1 << 27
MANAGE_ROLES = 1 << 28
MANAGE_WEBHOOKS = 1 << 29
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
PIN_MESSAGES = 1 << 51

ALL = (1 << 53) - 1

EVERYONE = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_EXTERNAL_EMOJIS
    | USE_APPLICATION_COMMANDS
    | CONNECT
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)
"""What the sandbox's guilds give to @everyone."""

DIRECT_MESSAGE = EVERYONE & ~(CONNECT | CREATE_PUBLIC_THREADS | SEND_MESSAGES_IN_THREADS) | PIN_MESSAGES
"""What everybody may do in a direct message."""

NAMES = {name.lower(): value for name, value in list(globals().items()) if name.isupper() and isinstance(value, int)}
"""Every permission above by its lower-case name, for the control interface."""


def by_names(names: list[str]) -> int:
    """Return the bits of the permissions that `names` lists; raise KeyError for an unknown one."""
    bits = 0
    for name in names:
        bits |= NAMES[name.lower()]
    return bits


def in_guild(guild: Guild, member: Member) -> int:
    """Return what `member` may do before any channel's overwrites."""
    if member.user.id == guild.owner_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        if role_id in guild.roles:
            bits |= guild.roles[role_id].permissions
    return ALL if bits & ADMINISTRATOR else bits


def in_channel(guild: Guild, member: Member, channel: Channel) -> int:
    """Return what `member` may do in `channel`; a thread takes its parent's overwrites.

    Without VIEW_CHANNEL nothing remains, and without SEND_MESSAGES none of what needs a message.
    """
    base = in_guild(guild, member)
    if base == ALL:
        return ALL
    place = guild.channels.get(channel.parent_id or 0, channel) if channel.thread else channel
    bits = _overwritten(guild, member, place, base)
    if member.timed_out_until is not None:
        bits &= VIEW_CHANNEL | READ_MESSAGE_HISTORY
    if not bits & VIEW_CHANNEL:
        return 0
    # In threads another permission decides on writing.
    if channel.thread is None and not bits & SEND_MESSAGES:
        bits &= ~(MENTION_EVERYONE | EMBED_LINKS | ATTACH_FILES | SEND_TTS_MESSAGES)
    return bits


def _overwritten(guild: Guild, member: Member, place: Channel, bits: int) -> int:
    everyone = place.overwrites.get(guild.id)
    if everyone is not None:
        bits = bits & ~everyone.deny | everyone.allow
    # All roles count together: what one of them allows, another's denial does not take away.
    allow = deny = 0
    for role_id in member.roles:
        if role_id in place.overwrites:
            allow |= place.overwrites[role_id].allow
            deny |= place.overwrites[role_id].deny
    bits = bits & ~deny | allow
    own = place.overwrites.get(member.user.id)
    return bits if own is None else bits & ~own.deny | own.allow
