"""Classification of failed requests, and messages that tell admins what to fix."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import discord

from errors import S_

if TYPE_CHECKING:
    from discord.abc import GuildChannel


class Meaning(enum.Enum):
    """How to treat a failed request."""

    UNKNOWN = "unknown"  # it may have taken effect: read the channel back
    CHANNEL = "channel"  # the channel refuses everything: wait until that is fixed
    MESSAGE = "message"  # this message will never be accepted: park it and continue
    LATER = "later"  # a temporary limit of Discord's: retry the same message
    UNLISTED = "unlisted"  # a code not in the table: park the message, block the channel after a few in a row


@dataclass(frozen=True, slots=True)
class Refusal:
    """The meaning of a failed request and its reason, a text for admins."""

    meaning: Meaning
    reason: str


# Discord's JSON error codes (developer documentation, "Opcodes and Status Codes")
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS, MISSING_PERMISSIONS = 10003, 10008, 50001, 50013
TITLE_BLOCKED, _LOCKED, _LAPSED_TOKEN = 200001, 160005, 50014
SHUT = {50083, _LOCKED}  # codes for a thread that is archived or locked
GONE = S_(
    "The channel {channel} cannot be seen: it does not exist any more, or Herald was removed from its server. "
    "Check its id, invite Herald again, or let another channel follow with /follow and end this in /following."
)
_TOKEN = S_("Discord refuses Herald's token: put a new one into DISCORD_TOKEN and restart.")
_NO_ANSWER, _TOO_SLOW = S_("Discord did not answer ({error})."), S_("no answer in time")
_REFUSES, _WITH_ERROR = S_("Discord refuses this: {error}."), S_("{reason} ({error})")
_LACKS_ONE = S_("Herald may not write in {channel}: give its role the permission {names} there.")
_LACKS = S_("Herald may not write in {channel}: give its role the permissions {names} there.")
_TIMED_OUT = S_(
    "A moderator has timed Herald out in the server of {channel}: remove the time-out from its account, or wait until "
    "it ends. Herald then goes on by itself."
)
_TAGS_CLOSED = S_(
    "The forum {channel} asks for a tag, and all its tags are for moderators: give Herald's role the permission "
    "Manage Threads there, or make tags optional."
)
_NO_TAGS = S_("The forum {channel} asks for a tag and has none: add one, or make tags optional there.")
_LONG_ISSUES = S_(
    "Long issues continue in a thread below their header in {channel}, which Herald may not open: give its role "
    "there: {names}."
)
_UNREADABLE = S_(
    "Herald cannot read back {channel}: after a lost answer it relies on the nonce, by which Discord itself "
    "stops doubles for a few minutes; give its role the permission Read Message History there."
)
# Every error code that requests about a message or a thread can return; docs/delivery.md has the same table.
TABLE: dict[int, tuple[Meaning, str]] = {
    UNKNOWN_CHANNEL: (Meaning.CHANNEL, GONE),
    10004: (Meaning.CHANNEL, GONE),
    40007: (Meaning.CHANNEL, S_("Herald is banned from the server of {channel}: lift the ban and invite it again.")),
    MISSING_ACCESS: (
        Meaning.CHANNEL,
        S_("Herald cannot see {channel}: give its role the permission View Channel there."),
    ),
    MISSING_PERMISSIONS: (
        Meaning.CHANNEL,
        S_(
            "{channel} is closed to Herald: its role needs View Channel, Send Messages and Embed Links, and no "
            "time-out."
        ),
    ),
    50083: (
        Meaning.CHANNEL,
        S_("The thread {channel} is archived: open it again, or give Herald's role the permission Manage Threads."),
    ),
    _LOCKED: (
        Meaning.CHANNEL,
        S_("The thread {channel} is locked: unlock it, or give Herald's role the permission Manage Threads."),
    ),
    40058: (Meaning.CHANNEL, S_("{channel} is a forum: choose the layout forum.")),
    40066: (
        Meaning.CHANNEL,
        S_("The forum {channel} asks for a tag that only moderators may set: make tags optional there."),
    ),
    40067: (Meaning.CHANNEL, S_("The forum {channel} asks for a tag on every post: make tags optional there.")),
    50008: (Meaning.CHANNEL, S_("{channel} does not accept messages: use a text channel instead.")),
    50024: (Meaning.CHANNEL, S_("{channel} does not accept such messages: use a text channel instead.")),
    50009: (Meaning.CHANNEL, S_("{channel} asks for a verification that Herald's account lacks.")),
    50095: (Meaning.CHANNEL, S_("The server of {channel} is not available in the country in which Herald runs.")),
    60003: (
        Meaning.CHANNEL,
        S_(
            "The server of {channel} asks for two-factor authentication: switch it on for the account that owns Herald."
        ),
    ),
    40001: (Meaning.CHANNEL, _TOKEN),
    _LAPSED_TOKEN: (Meaning.CHANNEL, _TOKEN),
    20009: (Meaning.MESSAGE, S_("Discord's filter for explicit content refuses it.")),
    20031: (Meaning.MESSAGE, S_("Its title has words that Discord does not allow in a thread's name.")),
    40005: (Meaning.MESSAGE, S_("It is larger than Discord allows.")),
    50005: (Meaning.MESSAGE, S_("It was written by another account, so that Herald cannot edit it.")),
    50006: (Meaning.MESSAGE, S_("There is nothing in it that Discord would show.")),
    50021: (Meaning.MESSAGE, S_("It is one of Discord's own messages, which cannot be changed.")),
    50035: (Meaning.MESSAGE, S_("Discord considers it invalid.")),
    200000: (
        Meaning.MESSAGE,
        S_(
            "The server's AutoMod blocks it: exempt Herald's role in the server's settings, AutoMod, or change the "
            "text."
        ),
    ),
    TITLE_BLOCKED: (
        Meaning.MESSAGE,
        S_(
            "The server's AutoMod blocks its title: exempt Herald's role in the server's settings, AutoMod, or change "
            "the text."
        ),
    ),
    240000: (Meaning.MESSAGE, S_("Discord's filter for harmful links refuses it because of one of its links.")),
    20016: (
        Meaning.LATER,
        S_("{channel} is in slow mode: give Herald's role the permission Manage Messages there, or switch it off."),
    ),
    20022: (Meaning.LATER, S_("Discord limits how often messages of the announcement channel {channel} are edited.")),
    20028: (Meaning.LATER, S_("Discord limits how much is written in {channel}.")),
    20029: (Meaning.LATER, S_("Discord limits how much is written in the server of {channel}.")),
    30046: (Meaning.LATER, S_("Discord limits how often messages older than an hour are edited.")),
    40004: (Meaning.LATER, S_("Discord has switched off sending for a while.")),
    40006: (Meaning.LATER, S_("Discord has switched off this function for a while.")),
    40062: (Meaning.LATER, S_("Discord limits the use of one of its services for a while.")),
    40333: (Meaning.LATER, S_("Cloudflare, which protects Discord, is blocking Herald's requests for a while.")),
    110001: (Meaning.LATER, S_("Discord is not ready yet.")),
    130000: (Meaning.LATER, S_("Discord is overloaded.")),
    160006: (
        Meaning.LATER,
        S_(
            "The server of {channel} has as many active threads as Discord allows: there is room again once old "
            "ones are archived."
        ),
    ),
    160007: (
        Meaning.LATER,
        S_(
            "The server of {channel} has as many active announcement threads as Discord allows: there is room again "
            "once old ones are archived."
        ),
    ),
}
_TRANSIENT = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError, discord.RateLimited)
NEEDED = {
    "view_channel": S_("View Channel"),
    "send_messages": S_("Send Messages"),
    "embed_links": S_("Embed Links"),
}
NEEDED_IN_THREAD = {
    "view_channel": S_("View Channel"),
    "send_messages_in_threads": S_("Send Messages in Threads"),
    "embed_links": S_("Embed Links"),
}
NEEDED_IN_VOICE = NEEDED | {"connect": S_("Connect")}  # the text chat of a voice channel needs it too
NEEDED_TO_OPEN = {"create_public_threads": S_("Create Public Threads")}
IN_FORUM = {
    "send_messages": S_("Create Posts"),
    "send_messages_in_threads": S_("Send Messages in Posts"),
}  # Discord's labels in a forum


def is_transient(error: BaseException) -> bool:
    """Whether the outcome is unknown: lost connection, time limit, an error of Discord's servers."""
    if isinstance(error, discord.HTTPException) and error.status == 429:
        return True  # a ban by Cloudflare: wait, do not give up
    return isinstance(error, _TRANSIENT)


def explain(error: BaseException, channel: str) -> Refusal:
    """Return the meaning of the `error` of a request about `channel` ("#news"); reraise it if it is not Discord's."""
    if is_transient(error):
        return Refusal(Meaning.UNKNOWN, _NO_ANSWER.format(error=describe(error)))
    if not isinstance(error, discord.HTTPException):
        raise error
    code = _LAPSED_TOKEN if error.status == 401 else error.code
    if code not in TABLE:
        return Refusal(Meaning.UNLISTED, _REFUSES.format(error=describe(error)))
    meaning, sentence = TABLE[code]
    reason = sentence.format(channel=channel)
    return Refusal(
        meaning, _WITH_ERROR.format(reason=reason, error=describe(error)) if meaning is Meaning.MESSAGE else reason
    )


def error_code(error: BaseException) -> int | None:
    """Return Discord's JSON error code; None if the error is not Discord's."""
    return error.code if isinstance(error, discord.HTTPException) else None


def missing(channel: GuildChannel | discord.Thread, me: discord.Member, *, is_threaded: bool = False) -> Refusal | None:
    """Return a refusal that a post in `channel` would meet, without a request; None if there is none.

    `is_threaded` includes the permissions for threads below the channel.
    """
    permissions = channel.permissions_for(me)
    needed = _needed(channel, is_threaded=is_threaded)
    lacking = [label for name, label in needed.items() if not getattr(permissions, name)]
    if lacking and me.is_timed_out():
        # for a timed-out member discord.py returns only permissions for reading, whatever the roles grant
        return Refusal(Meaning.CHANNEL, _TIMED_OUT.format(channel=f"#{channel.name}"))
    if lacking:
        names = lacking[0] if len(lacking) == 1 else " and ".join((", ".join(lacking[:-1]), lacking[-1]))
        sentence = _LACKS_ONE if len(lacking) == 1 else _LACKS
        return Refusal(Meaning.CHANNEL, sentence.format(channel=f"#{channel.name}", names=names))
    if isinstance(channel, discord.Thread) and (reason := locked(channel, me)) is not None:
        return Refusal(Meaning.CHANNEL, reason)
    if isinstance(channel, discord.ForumChannel) and channel.flags.require_tag and not usable_tags(channel, me):
        sentence = _TAGS_CLOSED if channel.available_tags else _NO_TAGS
        return Refusal(Meaning.CHANNEL, sentence.format(channel=f"#{channel.name}"))
    return None


def locked(thread: discord.Thread, me: discord.Member) -> str | None:
    """Return what to do about a thread that a moderator locked; None if Herald may post in it."""
    if not thread.locked or thread.permissions_for(me).manage_threads:
        return None
    return TABLE[_LOCKED][1].format(channel=f"#{thread.name}")


def usable_tags(forum: discord.ForumChannel, me: discord.Member) -> list[discord.ForumTag]:
    """Return the tags that Herald may apply to a post; some are reserved for moderators."""
    may_moderate = forum.permissions_for(me).manage_threads
    return [tag for tag in forum.available_tags if may_moderate or not tag.moderated]


def thread_note(channel: GuildChannel | discord.Thread, me: discord.Member, *, shares_messages: bool) -> str | None:
    """Return what long issues need to continue in a thread; None if nothing is missing or no thread is used."""
    if not shares_messages or not isinstance(channel, discord.TextChannel):
        return None
    permissions = channel.permissions_for(me)
    if not permissions.view_channel or not permissions.send_messages:
        return None  # reported as a fault already
    needed = NEEDED_TO_OPEN | {"send_messages_in_threads": NEEDED_IN_THREAD["send_messages_in_threads"]}
    lacking = [label for name, label in needed.items() if not getattr(permissions, name)]
    return _LONG_ISSUES.format(channel=f"#{channel.name}", names=" and ".join(lacking)) if lacking else None


def _needed(channel: GuildChannel | discord.Thread, *, is_threaded: bool) -> Mapping[str, str]:
    """Return the permissions required to post in this kind of channel, with Discord's labels."""
    if isinstance(channel, discord.Thread):
        return NEEDED_IN_THREAD
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return NEEDED_IN_VOICE
    if isinstance(channel, discord.ForumChannel):
        return NEEDED | IN_FORUM
    return NEEDED | NEEDED_TO_OPEN | NEEDED_IN_THREAD if is_threaded else NEEDED


def unreadable(channel: GuildChannel | discord.Thread, me: discord.Member) -> str | None:
    """Return a note if Herald cannot read the channel back; None if it can, or cannot even see it."""
    permissions = channel.permissions_for(me)
    if permissions.read_message_history or not permissions.view_channel:
        return None
    return _UNREADABLE.format(channel=f"#{channel.name}")


def describe(error: BaseException) -> str:
    """Return an error as one line, without details for developers."""
    if isinstance(error, discord.HTTPException):
        text = " ".join((error.text or "").split())[:300]
        code = f", code {error.code}" if error.code else ""
        return f"HTTP {error.status}{code}" + (f", {text}" if text else "")
    if isinstance(error, TimeoutError):
        return _TOO_SLOW
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
