"""The history of a topic on one page: when and how often, the most interesting items, topics that occur with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

import discord

from digest.render.markdown import cut, plain_inline
from search.earlier_coverage import Before
from search.found import Mention
from search.topic_story import Topic
from ui import limits
from ui.alerts import AlertButton
from ui.charts import Chart, caption, described, is_captioned
from ui.counts import counted_issues
from ui.locales import N_, spoken, words_of
from ui.messages import linked, source_of, title_text
from ui.pressing import Menu, Pressed
from ui.questions import TOPIC
from ui.results import COLOUR, masked

PICTURE = "mentions.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    """What a topic's page shows."""

    topic: Topic
    chart: Chart | None  # None if no mention is dated
    picture: bytes
    jumps: Mapping[int, str]

    def files(self) -> list[discord.File]:
        """Return the picture as an attachment; a new one for each call, because sending consumes it."""
        if self.chart is None:
            return []
        text = described(self.chart, self.topic.question)
        return [discord.File(BytesIO(self.picture), filename=PICTURE, description=text)]


def topic_embed(page: TopicPage) -> discord.Embed:
    """Return the page as an embed; its picture is an attachment of the message."""
    topic, words = page.topic, spoken()
    lines = [_headline(topic)]
    if topic.note:
        lines.append(plain_inline(words.notes(topic.note)))
    lines += _story(topic, page.jumps)
    if topic.co_occurring:
        lines += [
            "",
            f"**{words('Often mentioned together')}**",
            " · ".join(plain_inline(cut(name, 60)) for name in topic.co_occurring),
        ]
    embed = discord.Embed(description=cut("\n".join(lines), limits.EMBED_DESCRIPTION), colour=COLOUR)
    embed.set_author(name=words(TOPIC, question=topic.question)[: limits.EMBED_AUTHOR])
    if page.chart is None:
        return embed
    if not is_captioned(page.chart):  # the picture has no caption, because no installed font has its characters
        embed.set_footer(text=f"{caption(page.chart)} ({page.chart.label(0)} – {page.chart.label(-1)})")
    return embed.set_image(url=f"attachment://{PICTURE}")


def _headline(topic: Topic) -> str:
    words, mentions = spoken(), topic.mentions
    total = words.counted(mentions.total, "{number} mention", "{number} mentions")
    if not mentions.is_exact:
        total = words("more than {mentions}, the newest of them counted", mentions=total)
    issues = counted_issues(mentions.issues, words)
    if not mentions.is_examined_whole:
        issues = words("at least {issues}", issues=issues)
    text = words("{mentions} in {issues}", mentions=f"**{total}**", issues=issues)
    undated = mentions.total - sum(count for _, count in mentions.days)
    rest = words.counted(undated, "{number} of them undated", "{number} of them undated")
    return words.joined([text, rest]) if undated > 0 else text


def _story(topic: Topic, jumps: Mapping[int, str]) -> list[str]:
    """Return the first and the latest mention, with the most interesting ones between them, by date."""
    words = spoken()
    between = [one for one in topic.telling if one.item.id not in {topic.first.item.id, topic.latest.item.id}]
    lines = [
        _line(topic.first, jumps, words("first mention") if topic.first != topic.latest else words("the only mention"))
    ]
    lines += [_line(one, jumps) for one in between]
    if topic.first != topic.latest:
        lines.append(_line(topic.latest, jumps, words("latest")))
    return lines


def _line(mention: Mention, jumps: Mapping[int, str], label: str = "") -> str:
    words, day = spoken(), mention.issue.issue.date
    when = words.month(day) if day is not None else words("undated")
    title = linked(title_text(mention.item.item.title, 110), source_of(mention.item.item, mention.issue.issue))
    parts = [f"- **{when}** {title}", label]
    if jump := jumps.get(mention.item.id):
        parts.append(masked(jump))
    return " · ".join(part for part in parts if part)


def covered_note(before: Before, now: dt.date | None, *, address: str | None = None, language: str = "") -> str:
    """Return the line in an item's message that says when its link or topic was covered before.

    It names the day if that was in the same month as `now`, else the month. It is Discord Markdown, and a link to
    `address`, where the earlier story is.
    """
    words, day = words_of(language), before.day
    is_near = now is not None and (day.year, day.month) == (now.year, now.month)
    key = N_("{topic} covered before: {when}") if before.topic else N_("Covered before: {when}")
    when = words.short_day(day) if is_near else words.month(day)
    return linked(plain_inline(words(key, topic=before.topic, when=when)), address)


class TopicButton(
    Pressed, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"topic:(?P<action>search|share)"
):
    """A button below a topic's page; it works after a restart, because the page carries its topic."""

    LABELS = {"search": N_("All mentions"), "share": N_("Share")}  # noqa: RUF012 -- DynamicItem's metaclass knows no ClassVar

    def __init__(self, action: str) -> None:
        self.action = action
        style = discord.ButtonStyle.primary if action == "share" else discord.ButtonStyle.secondary
        super().__init__(
            discord.ui.Button(label=spoken()(self.LABELS[action]), style=style, custom_id=f"topic:{action}")
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["action"])


class TopicMenu(Menu, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"topic:go"):
    """The menu below a topic's page that opens a topic that occurs with it."""

    def __init__(self, topics: Sequence[str] = ()) -> None:
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            placeholder=spoken()("Go to a related topic…"), custom_id="topic:go"
        )
        for topic in dict.fromkeys(cut(topic, limits.SELECT_TEXT) for topic in topics[: limits.SELECT_OPTIONS]):
            select.add_option(label=topic, value=topic)
        super().__init__(select)


def topic_view(topic: Topic) -> discord.ui.View:
    """Return the menu and the buttons below a topic's page."""
    view = discord.ui.View(timeout=None)
    if topic.co_occurring:
        view.add_item(TopicMenu(topic.co_occurring))
    view.add_item(TopicButton("search"))
    view.add_item(AlertButton("add"))
    return view.add_item(TopicButton("share"))
