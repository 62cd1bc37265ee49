"""The message that notifies a member of new items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from digest.render.markdown import cut, plain_inline
from search.query import parse
from search.snippets import START, snippet
from storage.alert_outbox import AlertDelivery
from storage.records import IssueRecord, ItemRecord
from ui import limits
from ui.alerts import COLOUR, AlertButton
from ui.issues import joined
from ui.locales import spoken
from ui.results import highlighted, item_line, short_date
from ui.urls import sendable

_SHOWN = 15
_PASSAGE = 140  # characters of text around a match


def alert_embed(
    delivery: AlertDelivery, issue: IssueRecord, items: Sequence[ItemRecord], jumps: Mapping[int, str]
) -> discord.Embed:
    """Return the new items of one issue that match a member's alerts, each with its matching alerts."""
    words, blocks = spoken(), list[str]()
    for record in items[:_SHOWN]:
        wished = [query for query, item_ids in delivery.matches if record.id in item_ids]
        parts = [plain_inline(cut(query, 60)) for query in wished[:3]]
        if record.item.section:
            parts.insert(0, plain_inline(cut(record.item.section[-1], 60)))
        if jump := jumps.get(record.id):
            parts.append(f"[{words('Go to the message')}]({jump})")
        lines = [f"**{item_line(record, issue)}**", _matched(record, wished), "-# " + " · ".join(parts)]
        blocks.append("\n".join(line for line in lines if line))
    if len(items) > _SHOWN:
        blocks.append(words.more(len(items) - _SHOWN))
    embed = discord.Embed(
        title=_title(len(items)),
        description=joined(blocks, "\n\n", words),
        colour=COLOUR,
    )
    about = (issue.newsletter, cut(" ".join(issue.issue.title.split()), 200), short_date(issue))
    return embed.set_footer(text=" · ".join(part for part in about if part))


def _matched(record: ItemRecord, wished: Sequence[str]) -> str:
    """Return an excerpt of an item's text with its matches in bold; "" if the text has none."""
    units = [unit for query in wished for unit in parse(query).units]
    shown = snippet(record.item.text, units, _PASSAGE)
    return highlighted(shown) if START in shown else ""


def public_alert(delivery: AlertDelivery, count: int) -> tuple[discord.Embed, discord.ui.View]:
    """Return the public message in a channel: an announcement, and a button that shows the member their items."""
    view = discord.ui.View(timeout=None).add_item(AlertButton("show", delivery.mark))
    return discord.Embed(title=_title(count), colour=COLOUR), view


def _title(count: int) -> str:
    return spoken().counted(count, "{number} new item matches your alerts", "{number} new items match your alerts")


def alert_view(delivery: AlertDelivery, issue: IssueRecord) -> discord.ui.View:
    """Return the buttons below an alert's message: the whole issue, the member's alerts, and removal of this alert.

    The last two carry the message's mark.
    """
    view = discord.ui.View(timeout=None)
    if url := sendable(issue.issue.url, limits.BUTTON_URL):
        view.add_item(discord.ui.Button[discord.ui.View](label=spoken()("Read the issue"), url=url))
    view.add_item(AlertButton("manage", delivery.mark))
    return view.add_item(AlertButton("end", delivery.mark))
