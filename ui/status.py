"""What `/status` shows: how each newsletter and each channel is doing, and why, in plain words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from digest.render.markdown import cut, length, plain_inline
from storage.held import Held
from ui import limits
from ui.held import held_line
from ui.messages import counted

_GOOD, _TROUBLE = 0x27AE60, 0xE67E22
SHOWN = 3  # faults and waiting issues shown of each newsletter; the rest is counted
_ROOM = 5_400  # of the 6,000 characters that a message's embeds may have together


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterStatus:
    """One newsletter: when its source was looked at, what waits, what is wrong."""

    name: str
    issues: int = 0
    items: int = 0
    is_looking: bool = False
    last_look_at: dt.datetime | None = None
    next_look_at: dt.datetime | None = None
    error: str | None = None
    waiting: Sequence[str] = ()  # each an issue and why it waits
    held: Sequence[Held] = ()  # what an admin has to decide on
    faults: Sequence[str] = ()
    mark: str = ""  # what stands for it in a button


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """One subscription: what is owed to its channel, and what keeps it from being posted."""

    channel_id: int
    newsletter: str
    id: int = 0  # the subscription's
    name: str = ""  # the channel's
    can_edit: bool = False  # it was set up in Discord
    is_orphaned: bool = False
    quiet_until: dt.datetime | None = None
    pending: int = 0
    sending: int = 0
    failed: int = 0
    is_paused: bool = False
    follows: bool = True  # else something was only reposted there
    blocked: str | None = None
    notes: Sequence[str] = ()  # what works less well than it could
    postponed: Sequence[str] = ()  # why messages are tried again later
    failures: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All that `/status` tells in one server."""

    version: str
    started_at: dt.datetime
    newsletters: Sequence[NewsletterStatus]
    channels: Sequence[ChannelHealth]
    trouble: str | None = None  # what keeps everything from working


def status_embeds(status: Status) -> list[discord.Embed]:
    """Return the answer to `/status`: an embed for the newsletters and one for the channels, within Discord's
    limits.
    """
    room = _ROOM
    embeds: list[discord.Embed] = []
    newsletters = [(_newsletter(one), bool(one.error or one.held or one.faults)) for one in status.newsletters]
    channels = [(_channel(one), bool(one.blocked or one.failed)) for one in status.channels]
    empty = ("No newsletter is configured yet.", "No channel in this server follows a newsletter yet. Try /follow.")
    for title, parts, nothing in (("Newsletters", newsletters, empty[0]), ("Channels", channels, empty[1])):
        text = _fitting([part for part, _ in parts], min(room, limits.EMBED_DESCRIPTION)) or nothing
        room -= length(text)
        colour = _TROUBLE if any(trouble for _, trouble in parts) else _GOOD
        embeds.append(discord.Embed(title=title, description=text, colour=colour))
    embeds[-1].set_footer(text=f"Herald {status.version}")
    head = f"Up since {_when(status.started_at)}"
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
            shown.append(f"… and {len(parts) - len(shown)} more")
            break
        shown.append(part)
    return "\n\n".join(shown)


def _newsletter(one: NewsletterStatus) -> str:
    lines = [f"**{plain_inline(cut(one.name, 100))}** · {counted(one.issues, 'issue')}, {counted(one.items, 'item')}"]
    if one.error:
        lines.append(f"⚠️ {_line(one.error)}")
    looks = [f"looked {_when(one.last_look_at)}" if one.last_look_at else "not checked yet"]
    if one.is_looking:
        looks.append("checking now")
    elif one.next_look_at:
        looks.append(f"next check {_when(one.next_look_at)}")
    lines.append(" · ".join(looks))
    lines += [f"✋ {held_line(held)}, an admin decides with a button below" for held in one.held]
    lines += _some(one.waiting, "⏳", "more wait")
    lines += _some(one.faults, "❗", "more faults")
    return "\n".join(lines)


def _channel(one: ChannelHealth) -> str:
    states = [
        f"{count:,} {word}"
        for count, word in ((one.pending, "to post"), (one.sending, "being posted"), (one.failed, "refused"))
        if count
    ]
    does = "follows" if one.follows else "follows nothing, but is getting a repost of"
    lines = [
        f"<#{one.channel_id}> {does} **{plain_inline(cut(one.newsletter, 100))}** · "
        + ", ".join(states or ["up to date"])
    ]
    if one.is_paused:
        lines.append("⏸️ paused; use /resume to continue")
    if one.quiet_until is not None:
        lines.append(f"🌙 quiet, goes on {_when(one.quiet_until)}")
    if one.blocked:
        lines.append(f"⚠️ {_line(one.blocked)}")
    lines += [f"🔸 {_line(note)}" for note in one.notes]
    lines += _some(list(dict.fromkeys(one.postponed)), "⏳", "more reasons to wait")
    return "\n".join(lines + _some(one.failures, "❗", "more refused"))


def _some(texts: Sequence[str], sign: str, rest: str) -> list[str]:
    lines = [f"{sign} {_line(text)}" for text in texts[:SHOWN]]
    if len(texts) > SHOWN:
        lines.append(f"{sign} … {len(texts) - SHOWN:,} {rest}")
    return lines


def _line(text: str) -> str:
    return plain_inline(cut(" ".join(text.split()), 300))


def _when(moment: dt.datetime) -> str:
    """Return a moment as Discord shows it to each reader: `3 minutes ago`."""
    return discord.utils.format_dt(moment, "R")
