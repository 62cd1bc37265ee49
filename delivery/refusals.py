"""What a failed request means for its delivery, and the sentence that tells an admin what to mend."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import discord

if TYPE_CHECKING:
    from discord.abc import GuildChannel


class Meaning(enum.Enum):
    """What an attempt that gave no message tells us."""

    UNKNOWN = "unknown"  # Discord may have done it: read the channel back
    BLOCKED = "blocked"  # the channel refuses everything: wait until it is mended
    INVALID = "invalid"  # this message will never be accepted: park it, go on with the next


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failed attempt: what it means, and why in plain words."""

    meaning: Meaning
    reason: str


# Discord's JSON error codes, "Opcodes and Status Codes" of its developer documentation
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS, MISSING_PERMISSIONS = 10003, 10008, 50001, 50013
_LOCKED = 160005
_BY_CODE = {
    UNKNOWN_CHANNEL: "The channel {channel} does not exist any more, or Herald was removed from its server: "
    "invite Herald again, or let another channel follow with /follow.",
    MISSING_ACCESS: "Herald cannot see {channel}: give its role the permission View Channel there.",
    MISSING_PERMISSIONS: "Herald may not write in {channel}: give its role the permissions View Channel, Send Messages "
    "and Embed Links there.",
    50083: "The thread {channel} is archived: open it again, or give Herald's role the permission Manage Threads.",
    _LOCKED: "The thread {channel} is locked: unlock it, or give Herald's role the permission Manage Threads.",
    40067: "The forum {channel} asks for a tag on every post: make tags optional there.",
    50008: "{channel} takes no messages: let a text channel follow instead.",
    50024: "{channel} takes no such messages: let a text channel follow instead.",
    20016: "{channel} is in slow mode for Herald: give its role the permission Manage Messages there, "
    "or switch slow mode off.",
}
_TRANSIENT = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError, discord.RateLimited)
NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
}
NEEDED_IN_THREAD = {
    "view_channel": "View Channel",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
}
NEEDED_TO_OPEN = {"create_public_threads": "Create Public Threads"}
IN_FORUM = {"send_messages": "Create Posts", "send_messages_in_threads": "Send Messages in Posts"}  # Discord's words


def is_transient(error: BaseException) -> bool:
    """Whether nothing is known about the request: lost connection, time limit, an error of Discord's servers."""
    if isinstance(error, discord.HTTPException) and error.status == 429:
        return True  # a ban by Discord's front servers: wait, do not give up
    return isinstance(error, _TRANSIENT)


def explain(error: BaseException, channel: str) -> Refusal:
    """Say what `error` of a request about `channel` ("#news") means; raises it again where Discord had no part."""
    if is_transient(error):
        return Refusal(Meaning.UNKNOWN, f"Discord did not answer ({describe(error)}).")
    if not isinstance(error, discord.HTTPException):
        raise error
    if error.code in _BY_CODE:
        return Refusal(Meaning.BLOCKED, _BY_CODE[error.code].format(channel=channel))
    if isinstance(error, discord.NotFound):
        return Refusal(Meaning.BLOCKED, _BY_CODE[UNKNOWN_CHANNEL].format(channel=channel))
    if isinstance(error, discord.Forbidden):
        return Refusal(Meaning.BLOCKED, f"{_BY_CODE[MISSING_PERMISSIONS].format(channel=channel)} ({describe(error)})")
    if error.status == 401:
        return Refusal(Meaning.BLOCKED, "Discord refuses Herald's token: put a new one into DISCORD_TOKEN and restart.")
    return Refusal(Meaning.INVALID, f"Discord refuses the message: {describe(error)}")


def error_code(error: BaseException) -> int | None:
    """Discord's own number of what it refused; None where the error is not Discord's."""
    return error.code if isinstance(error, discord.HTTPException) else None


def missing(channel: GuildChannel | discord.Thread, me: discord.Member, *, is_threaded: bool = False) -> Refusal | None:
    """What Herald lacks to post in `channel`, told before a request is wasted; None where it lacks nothing.

    `is_threaded` asks for what threads below the channel take, too.
    """
    needed = NEEDED_IN_THREAD if isinstance(channel, discord.Thread) else NEEDED
    if isinstance(channel, discord.ForumChannel):
        needed = needed | IN_FORUM
    elif is_threaded:
        needed = needed | NEEDED_TO_OPEN | NEEDED_IN_THREAD
    permissions = channel.permissions_for(me)
    lacking = [label for name, label in needed.items() if not getattr(permissions, name)]
    if not lacking:
        is_shut = isinstance(channel, discord.Thread) and channel.locked and not permissions.manage_threads
        return Refusal(Meaning.BLOCKED, _BY_CODE[_LOCKED].format(channel=f"#{channel.name}")) if is_shut else None
    names = lacking[0] if len(lacking) == 1 else f"{', '.join(lacking[:-1])} and {lacking[-1]}"
    noun = "permission" if len(lacking) == 1 else "permissions"
    return Refusal(Meaning.BLOCKED, f"Herald may not write in #{channel.name}: give its role the {noun} {names} there.")


def unreadable(channel: GuildChannel | discord.Thread, me: discord.Member) -> str | None:
    """What follows where Herald may write but not read back; None where it may do both, or not even write."""
    permissions = channel.permissions_for(me)
    if permissions.read_message_history or not permissions.view_channel:
        return None
    return (
        f"Herald cannot read back #{channel.name}: after a lost answer it relies on the nonce, by which Discord itself "
        "stops doubles for a few minutes; give its role the permission Read Message History there."
    )


def describe(error: BaseException) -> str:
    """An error in one line, without what only a developer needs."""
    if isinstance(error, discord.HTTPException):
        text = " ".join((error.text or "").split())[:300]
        return f"HTTP {error.status}" + (f", {text}" if text else "")
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
