"""The output of `/audit`: who did what, in pages and as a CSV file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from digest.render.markdown import cut, plain_inline
from storage.history import Acts, EventKind, HistoryEvent
from ui import limits
from ui.counts import counted_messages
from ui.locales import N_, Words, spoken
from ui.option_text import logged
from ui.pressing import Pressed

PER_PAGE = 12
_COLOUR = 0x5865F2
_LATEST_S = 10**11 - 1  # latest time, in seconds since 1970, that fits into a button's `custom_id`
_DID = {
    EventKind.FOLLOWED: N_("{person} made {channel} follow **{newsletter}**: {detail}"),
    EventKind.ADJUSTED: N_("{person} changed how {channel} follows **{newsletter}**: {detail}"),
    EventKind.UNFOLLOWED: N_("{person} stopped {channel} from following **{newsletter}**"),
    EventKind.PAUSED: N_("{person} paused **{newsletter}** in {channel}"),
    EventKind.RESUMED: N_("{person} resumed **{newsletter}** in {channel}"),
    EventKind.REPOSTED: N_("{person} reposted {what} in {channel}: {messages}"),
    EventKind.RETRACTED: N_("{person} withdrew {what} in {channel}: {messages}"),
    EventKind.DECIDED: N_("{person} decided on what was held for **{newsletter}**: {detail}"),
    EventKind.SET: N_("{person} set {detail} {channel}"),
}
_DECISIONS = {  # stored as "file: 3"
    "post": N_("{number} issue posted", "{number} issues posted"),
    "file": N_("{number} issue filed as read", "{number} issues filed as read"),
    "withdraw": N_("{number} message withdrawn", "{number} messages withdrawn"),
    "keep": N_("{number} message kept", "{number} messages kept"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # at the start of a cell, a spreadsheet interprets these as a formula
Titles = Mapping[int, str]  # of issues, or of items, by id


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """One page of the events that match a filter."""

    acts: Acts
    events: Sequence[HistoryEvent]
    titles: Titles
    items: Titles  # for events that concern a single item
    page: int  # from 1
    total: int

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-self.total // PER_PAGE))


class AuditButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"audit:(?P<action>page|csv):(?P<page>\d{1,6}):(?P<user>\d{0,20}):(?P<channel>\d{0,20})"
    r":(?P<since>\d{0,11}):(?P<until>\d{0,11})",
):
    """Turns to a page or exports all of them; the filter is in its `custom_id`."""

    def __init__(self, action: str, page: int, acts: Acts, label: str = "…", *, disabled: bool = False) -> None:
        self.action, self.page, self.acts = action, page, acts
        moments = (at.timestamp() if at is not None else None for at in (acts.since, acts.until))
        times = ("" if at is None else str(int(min(max(at, 0), _LATEST_S))) for at in moments)
        custom_id = ":".join(["audit", action, str(page), str(acts.user_id or ""), str(acts.channel_id or ""), *times])
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id, disabled=disabled))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button; wherever it came from, it queries the server in which it is pressed."""
        del item

        def moment(text: str) -> dt.datetime | None:
            return dt.datetime.fromtimestamp(int(text), dt.UTC) if text else None

        acts = Acts(
            guild_id=interaction.guild_id or 0,
            user_id=int(match["user"]) if match["user"] else None,
            channel_id=int(match["channel"]) if match["channel"] else None,
            since=moment(match["since"]),
            until=moment(match["until"]),
        )
        return cls(match["action"], int(match["page"]), acts)


def audit_embed(shown: AuditPage) -> discord.Embed:
    """Return one page, newest events first."""
    words = spoken()
    lines = [_line(event, shown) for event in shown.events]
    embed = discord.Embed(title=words("Who did what"), colour=_COLOUR)
    text = "\n".join(lines) or words("No matching entries.")
    embed.description = cut(text, limits.EMBED_DESCRIPTION - 10)
    if not shown.total:
        return embed
    total = words.counted(shown.total, "{number} entry", "{number} entries")
    return embed.set_footer(text=f"{total} · {words.page(shown.page, shown.pages)}" if shown.pages > 1 else total)


def audit_view(shown: AuditPage) -> discord.ui.View:
    """Return the buttons that turn pages, and the export button."""
    view, words = discord.ui.View(timeout=None), spoken()
    if shown.pages > 1:
        view.add_item(AuditButton("page", shown.page - 1, shown.acts, words("Previous"), disabled=shown.page <= 1))
        view.add_item(
            AuditButton("page", shown.page + 1, shown.acts, words("Next"), disabled=shown.page >= shown.pages)
        )
    view.add_item(AuditButton("csv", shown.page, shown.acts, words("Export as CSV"), disabled=not shown.total))
    return view


def audit_csv(events: Sequence[HistoryEvent], titles: Titles) -> bytes:
    """Return all events as CSV in UTF-8, with the byte order mark that spreadsheets need."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["at", "user", "did", "newsletter", "issue", "items", "channel", "detail"])
    for one in events:
        cells = [
            one.at.isoformat(timespec="seconds") if one.at is not None else "",
            one.user_id or "",
            one.kind.value,
            one.newsletter,
            titles.get(one.issue_id or 0, ""),
            len(one.items) or "",
            one.channel_id or "",
            one.detail,
        ]
        table.writerow([_safe(str(cell)) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _detail(event: HistoryEvent, words: Words) -> str:
    answer, _, number = event.detail.partition(": ")
    if event.kind is EventKind.DECIDED and answer in _DECISIONS and number.isdecimal():
        return words.counted(int(number), *_DECISIONS[answer])
    is_about_options = event.kind in {EventKind.FOLLOWED, EventKind.ADJUSTED}
    return logged(event.detail, words) if is_about_options else words.told(event.detail)


def _subject(event: HistoryEvent, shown: AuditPage, words: Words) -> str:
    """Return what an event concerns: an issue, an item by its title, or a number of items."""
    issue = f"**{plain_inline(cut(shown.titles.get(event.issue_id or 0, words('an issue')), 80))}**"
    if not event.items:
        return issue
    if len(event.items) == 1 and (title := shown.items.get(event.items[0])):
        return words("**{item}** of {issue}", item=plain_inline(cut(title, 80)), issue=issue)
    return words.counted(len(event.items), "{number} item of {issue}", "{number} items of {issue}", issue=issue)


def _line(event: HistoryEvent, shown: AuditPage) -> str:
    words = spoken()
    when = discord.utils.format_dt(event.at, "f") if event.at is not None else "?"
    number, _, section = event.detail.partition(" ")
    messages = counted_messages(int(number), words) if number.isdecimal() else ""
    text = words(
        _DID[event.kind],
        person=f"<@{event.user_id}>",
        channel=f"<#{event.channel_id}>" if event.channel_id is not None else "",
        newsletter=plain_inline(cut(event.newsletter, 80)),
        what=_subject(event, shown, words),
        detail=plain_inline(cut(_detail(event, words), 200)),
        messages=f"{messages} ({plain_inline(cut(section, 100))})" if section else messages,
    )
    return f"{when} {text.strip()}"
