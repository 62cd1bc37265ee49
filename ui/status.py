"""The output of `/status`: how each newsletter and each channel is doing, and why, in plain words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import discord

from digest.render.markdown import cut, length, plain_inline
from storage.held import Held
from ui import limits
from ui.counts import counted_issues
from ui.grouping import NAMED, gathered
from ui.held import held_line
from ui.locales import N_, spoken

_GOOD, _TROUBLE = 0x27AE60, 0xE67E22
SHOWN = 3  # faults and waiting issues shown per newsletter; the others are counted
_PENDING = N_("{number} to post", "{number} to post")
_SENDING = N_("{number} being posted", "{number} being posted")
_FAILED = N_("{number} refused", "{number} refused")
_ESCAPED_CHANNEL = re.compile(r"\\<\\#(\d+)\\?>")  # an escaped channel mention in Herald's own text
_COMMON = 900  # characters of a text that several channels share
_ROOM = 5_400  # of the 6,000 characters that a message's embeds may have in total


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterStatus:
    """One newsletter: when its source was checked, what waits, what is wrong."""

    name: str
    issues: int = 0
    items: int = 0
    is_looking: bool = False
    last_look_at: dt.datetime | None = None
    next_look_at: dt.datetime | None = None
    error: str | None = None
    waiting: Sequence[str] = ()  # each an issue and the reason
    held: Sequence[Held] = ()  # for an admin to decide
    can_decide: bool = True  # whether the reader may decide
    is_told_all: bool = True  # including what is not published
    faults: Sequence[str] = ()
    mark: str = ""  # its key in a button


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """One subscription: what is pending in its channel, and what prevents posting."""

    channel_id: int
    newsletter: str
    id: int = 0  # of the subscription
    name: str = ""  # of the channel
    can_edit: bool = False  # set up in Discord
    is_orphaned: bool = False
    rests: Sequence[str] = ()  # reasons for waiting that need no repair, in the reader's language
    pending: int = 0
    sending: int = 0
    failed: int = 0
    is_paused: bool = False
    follows: bool = True  # otherwise something was only reposted there
    blocked: str | None = None
    notes: Sequence[str] = ()  # limitations
    postponed: Sequence[str] = ()  # reasons why messages are retried later
    failures: Sequence[str] = ()

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to report except that it is up to date."""
        owed = self.pending or self.sending or self.failed
        said = self.rests or self.blocked or self.notes or self.postponed or self.failures
        return self.follows and not (self.is_paused or owed or said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The content of `/status` in one server."""

    version: str
    started_at: dt.datetime
    newsletters: Sequence[NewsletterStatus]
    channels: Sequence[ChannelHealth]
    trouble: str | None = None  # a problem that affects everything


def status_embeds(status: Status) -> list[discord.Embed]:
    """Return the answer to `/status`: an embed for newsletters and one for channels, within Discord's limits."""
    room = _ROOM
    embeds: list[discord.Embed] = []
    newsletters = [(_newsletter(one), bool(one.error or one.held or one.faults)) for one in status.newsletters]
    words = spoken()
    channels = _channels(status.channels)
    no_channel = words("No channel in this server follows a newsletter yet. Try /follow.")
    for title, parts, nothing in (
        (words("Newsletters"), newsletters, words("No newsletter is configured yet.")),
        (words("Channels"), channels, no_channel),
    ):
        parts.sort(key=lambda part: not part[1])  # parts that need a person first
        text = _fitting([part for part, _ in parts], min(room, limits.EMBED_DESCRIPTION)) or nothing
        room -= length(text)
        colour = _TROUBLE if any(trouble for _, trouble in parts) else _GOOD
        embeds.append(discord.Embed(title=title, description=text, colour=colour))
    embeds[-1].set_footer(text=f"Herald {status.version}")
    head = words("Started {when}", when=_when(status.started_at))
    if status.trouble:
        head += f"\n⚠️ {_line(status.trouble)}"
        embeds[0].colour = discord.Colour(_TROUBLE)
    embeds[0].description = f"{head}\n\n{embeds[0].description}"
    return embeds


def _fitting(parts: Sequence[str], room: int) -> str:
    shown: list[str] = []
    room -= 440  # for the lines around
    for part in parts:
        room -= length(part) + 2
        if room < 0:
            shown.append(spoken().more(len(parts) - len(shown)))
            break
        shown.append(part)
    return "\n\n".join(shown)


def _newsletter(one: NewsletterStatus) -> str:
    words = spoken()
    holds = words.joined([counted_issues(one.issues, words), words.items(one.items)])
    lines = [f"**{plain_inline(cut(one.name, 100))}** · {holds}"]
    if one.error:
        lines.append(f"⚠️ {_line(one.error)}")
    last = one.last_look_at
    looks = [words("checked {when}", when=_when(last)) if last else words("not checked yet")]
    if one.is_looking:
        looks.append(words("checking now"))
    elif one.next_look_at:
        looks.append(words("next check {when}", when=_when(one.next_look_at)))
    lines.append(" · ".join(looks))
    if last and one.is_told_all and not (one.issues or one.error or one.waiting or one.held or one.faults):
        lines.append(f"❔ {words('no issue found yet: `include` says which files are issues')}")
    decide = N_("{what}. Decide with the buttons below.")
    if not one.can_decide:
        decide = N_("{what}. Whoever runs Herald decides about it.")
    lines += [f"✋ {words(decide, what=held_line(held))}" for held in one.held]
    lines += _some(one.waiting, "⏳", N_("… {number} more waits", "… {number} more wait"))
    lines += _some(one.faults, "❗", N_("… {number} more fault", "… {number} more faults"))
    return "\n".join(lines)


def _channels(found: Sequence[ChannelHealth]) -> list[tuple[str, bool]]:
    """Return a paragraph for each channel, and whether it has a problem; shared reasons are first.

    Channels with nothing to report share a paragraph at the end.
    """
    well = [one for one in found if one.is_well]
    ill = [one for one in found if not one.is_well]
    texts = [text for one in ill for text in (one.blocked, *one.notes) if text]
    shared = [(text, members) for text, members in gathered(texts, str) if len(set(members)) > 1]
    known = {member for _, members in shared for member in members}
    common = [(f"⚠️ {_line(text, _COMMON)}", True) for text, _ in shared]
    told = [(_channel(one, known), bool(one.blocked or one.failed)) for one in ill]
    return [*common, *told, *([(_up_to_date(well), False)] if well else [])]


def _up_to_date(found: Sequence[ChannelHealth]) -> str:
    """Return a line for each newsletter, with its channels that have nothing to report."""
    words = spoken()
    channels: dict[str, list[str]] = {}
    for one in found:
        channels.setdefault(one.newsletter, []).append(f"<#{one.channel_id}>")
    return "\n".join(
        f"{_follows(mentions, newsletter)} · {words('up to date')}" for newsletter, mentions in channels.items()
    )


def _follows(channels: Sequence[str], newsletter: str) -> str:
    more = f" (+{len(channels) - NAMED:,})" if len(channels) > NAMED else ""
    return spoken().counted(
        len(channels),
        "{channel} follows **{newsletter}**",
        "{channel} follow **{newsletter}**",
        channel=", ".join(channels[:NAMED]) + more,
        newsletter=plain_inline(cut(newsletter, 100)),
    )


def _channel(one: ChannelHealth, known: Collection[str] = ()) -> str:
    """Return a channel's state; reasons in `known` are replaced by a reference to the text above."""
    words = spoken()
    counts = ((one.pending, _PENDING), (one.sending, _SENDING), (one.failed, _FAILED))
    states = [words.counted(count, *texts) for count, texts in counts if count]
    channel, name = f"<#{one.channel_id}>", plain_inline(cut(one.newsletter, 100))
    repost = N_("{channel} follows nothing, but is getting a repost of **{newsletter}**")
    head = _follows([channel], one.newsletter) if one.follows else words(repost, channel=channel, newsletter=name)
    # A blocked or paused channel may lack messages that are not planned yet, so it is not called up to date.
    states = states or ([] if one.blocked or one.is_paused else [words("up to date")])
    lines = [" · ".join([head, *([words.joined(states)] if states else [])])]
    if one.is_paused:
        lines.append(f"⏸️ {words('paused; use /resume to continue')}")
    lines += one.rests
    above = words("see above")
    if one.blocked:
        lines.append(f"⚠️ {above if one.blocked in known else _line(one.blocked)}")
    lines += [f"🔸 {above if note in known else _line(note)}" for note in one.notes]
    again = N_("… {number} more reason to wait", "… {number} more reasons to wait")
    lines += _some(list(dict.fromkeys(one.postponed)), "⏳", again)
    return "\n".join(lines + _some(one.failures, "❗", N_("… {number} more refused", "… {number} more refused")))


def _some(texts: Sequence[str], sign: str, rest: tuple[str, str]) -> list[str]:
    lines = [f"{sign} {_line(text)}" for text in texts[:SHOWN]]
    if len(texts) > SHOWN:
        lines.append(f"{sign} {spoken().counted(len(texts) - SHOWN, *rest)}")
    return lines


def _line(text: str, room: int = 300) -> str:
    told = plain_inline(cut(spoken().told(" ".join(text.split())), room))
    return _ESCAPED_CHANNEL.sub(r"<#\1>", told)


def _when(moment: dt.datetime) -> str:
    """Return a time as Discord shows it to each reader: `3 minutes ago`."""
    return discord.utils.format_dt(moment, "R")
