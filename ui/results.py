"""Pages of search results, and a single result in full."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord

from digest.render.markdown import cut, length, plain_inline
from search.query import Parsed, is_by_date, parse
from search.related import RelatedItem
from search.search import Hit, Page
from storage.records import IssueRecord, ItemRecord
from ui import limits
from ui.alerts import AlertButton
from ui.buttons import ShareButton, page_buttons
from ui.item_card import full_pages, item_message
from ui.locales import opened, spoken
from ui.messages import linked, source_of, title_text, titled
from ui.pressing import Menu, Pressed
from ui.questions import SEARCH

PER_PAGE = 5
SNIPPET = 220
COLOUR = 0x5865F2


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """A page of results; `number` counts pages from 1.

    `question` is the whole query in one line, including filters. The message carries it, so that its buttons work after
    a restart and queries are not stored.
    """

    question: str
    number: int
    page: Page
    jumps: Mapping[int, str]  # item id -> link to its message in this server

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-self.page.total // PER_PAGE))


def highlighted(snippet: str) -> str:
    """Return a snippet with its matches (between U+0002 and U+0003) in bold and everything else literal."""
    parts = re.split("\x02(.*?)\x03", " ".join(snippet.split()))
    shown = (f"**{literal(part)}**" if index % 2 else literal(part) for index, part in enumerate(parts) if part)
    return cut("".join(shown), SNIPPET)


def literal(text: str) -> str:
    """Return plain text as literal Markdown, keeping its leading and trailing spaces: it continues a line."""
    # Escaping strips spaces, which here separate a match from the words next to it.
    start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{start}{plain_inline(text)}{end}" if text.strip() else text


def short_date(issue: IssueRecord) -> str:
    """Return `6 Sep 2023`, or that the issue is undated."""
    words, day = spoken(), issue.issue.date
    return words.short_day(day) if day else words("undated")


def item_line(record: ItemRecord, issue: IssueRecord, *, limit: int = 180) -> str:
    """Return an item's title as a link to its source, if it has one."""
    return linked(title_text(titled(record.item, issue.issue).title, limit), source_of(record.item, issue.issue))


def origin_of(item: ItemRecord, issue: IssueRecord, jump: str | None, *more: str) -> str:
    """Return the small line below a result: newsletter, issue, section, date, `more`, the link to its message."""
    title = " ".join(issue.issue.title.split())
    section = item.item.section[-1] if item.item.section else ""
    # "Tech Beats #12" already names its newsletter.
    names = [title] if _letters(issue.newsletter) in _letters(title) else [issue.newsletter, title]
    shown = [cut(part, 60) for part in (*names, section, short_date(issue))]
    parts = [plain_inline(part) for part in dict.fromkeys(shown) if part]
    return "-# " + " · ".join([*parts, *more, *([masked(jump)] if jump else [])])


def masked(jump: str) -> str:
    """Return a link to a message."""
    return f"[{spoken()('message')}]({jump})"


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def origin_line(hit: Hit, jump: str | None) -> str:
    """Return the small line below a search result."""
    times = hit.times_covered
    repeats = (spoken().counted(times, "covered {number} time", "covered {number} times"),) if times > 1 else ()
    label = (plain_inline(cut(hit.label, 60)),) if hit.label else ()
    return origin_of(hit.item, hit.issue, jump, *repeats, *label)


def results_embed(results: ResultsPage) -> discord.Embed:
    """Return one page of results as an embed, within the limit of its description."""
    words, page = spoken(), results.page
    blocks = [" · ".join(part for part in _about(page, parse(results.question)) if part)]
    for hit in page.hits:
        block = "\n".join(
            line
            for line in (
                f"**{item_line(hit.item, hit.issue)}**",
                highlighted(hit.snippet),
                origin_line(hit, results.jumps.get(hit.item.id)),
            )
            if line
        )
        if sum(length(part) + 2 for part in blocks) + length(block) > limits.EMBED_DESCRIPTION:
            break
        blocks.append(block)
    embed = _embed(results.question, "\n\n".join(blocks))
    if results.pages > 1:
        embed.set_footer(text=words.page(results.number, results.pages))
    return embed


def _about(page: Page, parsed: Parsed) -> tuple[str, str, str]:
    """Return the number of results, their order, and how the query was interpreted."""
    words, order = spoken(), ""
    if is_by_date(parsed):
        order = words("newest first")
    elif page.total > 1 and parsed.units:
        order = words("most relevant first")
    kind = words.notes(page.note) or (words("with all words") if len(parsed.units) > 1 else "")
    total = words.items(page.total) if page.is_total_exact else words("over {items}", items=words.items(page.rounded))
    return f"**{total}**", order, plain_inline(kind)


def refused_embed(question: str, note: str) -> discord.Embed:
    """Return the answer to a query that cannot be searched: the reason."""
    return _embed(question, plain_inline(spoken().notes(note)))


def none_embed(question: str, note: str = "", near: Sequence[str] = (), frequent: Sequence[str] = ()) -> discord.Embed:
    """Return the answer to a search without results.

    `near` are topics similar to the query; `frequent` are the most frequent ones, shown if there are none.
    """
    words = spoken()
    lines = [plain_inline(words.notes(note) or words("Nothing covered so far contains these words."))]
    if near:
        lines.append(words("Did you mean one of the topics below?"))
    elif frequent:
        lines.append(words("Try fewer or different words, or one of these frequent topics."))
    else:
        lines.append(words("Try fewer or different words."))
    hint = words('Press "{button}" to be notified when it is covered.', button=words("Alert me"))
    lines.append(f"-# {hint}")
    return _embed(question, "\n".join(lines))


def none_view(near: Sequence[str]) -> discord.ui.View:
    """Return the view below a search without results: the nearest topics, and the offer of an alert."""
    view = discord.ui.View(timeout=None)
    for topic in near[: limits.BUTTONS_IN_ROW]:
        view.add_item(AskButton(topic))
    return view.add_item(AlertButton("add"))


def _embed(question: str, description: str) -> discord.Embed:
    embed = discord.Embed(description=description, colour=COLOUR)
    # the author's name is the only part of an embed that is always literal
    return embed.set_author(name=spoken()(SEARCH, question=question))


def related_embed(title: str, found: Sequence[RelatedItem], jumps: Mapping[int, str]) -> discord.Embed:
    """Return coverage related to a message or an item, items with the same link first."""
    words = spoken()
    heading = title_text(words("Related to: {title}", title=title))
    if not found:
        nothing = words("Nothing closely related has been covered.")
        return discord.Embed(title=heading, description=nothing, colour=COLOUR)
    blocks: list[str] = []
    for one in found:
        kind = (words("same link"),) if one.has_same_link else ()
        origin = origin_of(one.item, one.issue, jumps.get(one.item.id), *kind)
        blocks.append(f"**{item_line(one.item, one.issue)}**\n{origin}")
    return discord.Embed(title=heading, description="\n\n".join(blocks), colour=COLOUR)


def full_item(
    record: ItemRecord, issue: IssueRecord, page: int = 1, *, tint: int | None = None
) -> tuple[discord.Embed, discord.ui.View]:
    """Return a page of an item's whole text, with its link buttons and those that turn pages."""
    words, day = opened(), issue.issue.date
    # Posted messages use their newsletter's language; this is an answer, in the user's.
    told = replace(issue.issue, language=words.language)
    message = item_message(record.item, told, issue.newsletter, "shown", tint=tint)
    embed, view = message.embed, discord.ui.View(timeout=None)
    about = [embed.footer.text or "", words.short_day(day) if day else words("undated")]
    page = max(page, 1)
    if message.is_cut:
        found = full_pages(record.item)
        page = min(page, len(found))
        embed.description = found[page - 1]
        about += [words.page(page, len(found))] if len(found) > 1 else []
        for button in page_buttons("item", record.id, page, len(found), words):
            view.add_item(button)
    for label, url in message.links:
        view.add_item(discord.ui.Button[discord.ui.View](label=label, url=url))
    view.add_item(ShareButton("item", record.id, page, label=words("Share")))
    return embed.set_footer(text=" · ".join(part for part in about if part)), view


class ResultsButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"results:(?P<action>page|share):(?P<value>[0-9]{1,9})",
):
    """A button below a page of results; it works after a restart."""

    def __init__(self, action: str, value: int, *, label: str = "…", disabled: bool = False) -> None:
        self.action, self.value = action, value
        super().__init__(
            discord.ui.Button(
                label=label,
                style=discord.ButtonStyle.primary if action == "share" else discord.ButtonStyle.secondary,
                custom_id=f"results:{action}:{value}",
                disabled=disabled,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["action"], int(match["value"]))


class AskButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"results:ask:(?P<topic>.{1,80})",
):
    """A button below a search without results that runs another one; it works after a restart."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(
            discord.ui.Button(
                label=cut(topic, limits.BUTTON_LABEL),
                style=discord.ButtonStyle.primary,
                custom_id=f"results:ask:{topic}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["topic"])


class ResultsMenu(
    Menu,
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]],
    template=r"results:open",
):
    """The menu below a page of results that opens one of them in full."""

    def __init__(self, options: Iterable[tuple[ItemRecord, str]] = (), placeholder: str = "") -> None:
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            placeholder=placeholder or spoken()("Open a result in full…"), custom_id="results:open"
        )
        for record, about in list(options)[: limits.SELECT_OPTIONS]:
            select.add_option(
                label=cut(" ".join(record.item.title.split()), limits.SELECT_TEXT) or spoken()("Untitled"),
                value=str(record.id),
                description=cut(" ".join(about.split()), limits.SELECT_TEXT) or None,
            )
        super().__init__(select)


def items_view(records: Iterable[ItemRecord]) -> discord.ui.View:
    """Return a menu of the items that one message lists."""
    options = ((record, " › ".join(record.item.section[1:])) for record in records)
    return discord.ui.View(timeout=None).add_item(ResultsMenu(options, spoken()("Open an item in full…")))


def results_view(results: ResultsPage) -> discord.ui.View:
    """Return the buttons and the menu below a page of results."""
    view, words = discord.ui.View(timeout=None), spoken()
    if results.page.hits:
        about = (
            (
                replace(hit.item, item=titled(hit.item.item, hit.issue.issue)),
                f"{hit.issue.newsletter} · {short_date(hit.issue)}".strip(" ·"),
            )
            for hit in results.page.hits
        )
        view.add_item(ResultsMenu(about))
    if results.pages > 1:
        back, on = results.number - 1, results.number + 1
        view.add_item(ResultsButton("page", back, label=words("Previous"), disabled=back < 1))
        view.add_item(ResultsButton("page", on, label=words("Next"), disabled=on > results.pages))
    if results.page.hits:
        view.add_item(ResultsButton("share", results.number, label=words("Share")))
        view.add_item(AlertButton("add"))
    return view
