"""Every link and every word of an issue is on a message, on the pages that it opens, in its header, or left out."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Issue, Item, Link, ReadOptions
from digest.reading import Reading, explain_issues
from digest.render.markdown import link_address
from storage.grouping import PlannedItem, batches, entry_length
from storage.layouts import Layout
from storage.options import Options
from ui.item_card import full_pages, item_message
from ui.lists import ListEntry, list_message
from ui.masthead import digest_message, header_message, introduction_pages
from ui.messages import OutgoingMessage

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [*ROOT.glob("tests/issues/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("tests/data/newsletters/**/*.md")]
)
_NUMBER = re.compile(r"^[\W_]*\d+[.、）):]\s*")
_CJK = "\u3040-\u9fff\uac00-\ud7af"  # whose words no space parts: compared letter by letter
_WORD = re.compile(f"[{_CJK}]|[^\\W_{_CJK}]+")
_MARKUP = re.compile("[`*~\\\\\u200b]")
_LABELS = {"picture-of-a-gallery"}  # what is before the colon of a caption is a label, and the picture has its place


def words(text: str) -> set[str]:
    return set(_WORD.findall(_MARKUP.sub("", unicodedata.normalize("NFKC", text).casefold())))


def parts(message: OutgoingMessage) -> Iterator[str]:
    """All texts and addresses that a message shows."""
    embed: discord.Embed = message.embed
    yield from (text for text in (embed.title, embed.url, embed.description, embed.footer.text) if text)
    for label, url in message.links:
        yield from (label, url)


def messages_of(issue: Issue, layout: Layout) -> Iterator[OutgoingMessage]:
    """The messages of an issue as the layout sets them."""
    look = Options(layout=layout)
    if layout.is_one_message:
        yield digest_message(issue, "N", "m", look=look)
        return
    yield header_message(issue, "N", "m", look=look)
    stories = [
        PlannedItem(id=at, position=at, item=item, is_live=True, entry=entry_length(item))
        for at, item in enumerate(issue.items)
    ]
    for batch in batches(stories, 3 if layout.shares_messages else len(stories)):
        items = [issue.items[story.id] for story in batch.stories]
        one = items[0]
        yield (
            list_message([ListEntry(item) for item in items], "N", "m")
            if batch.is_list
            else item_message(one, issue, "N", "m")
        )


def shown(issue: Issue, layout: Layout) -> str:
    texts = [part for message in messages_of(issue, layout) for part in parts(message)]
    opened = [page for item in issue.items for page in full_pages(item)]
    return "\n".join([*texts, *opened, issue.title, *introduction_pages(issue), issue.summary])


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_word_and_link_of_an_issue_is_somewhere(path: Path, layout: Layout) -> None:
    assert_nothing_vanishes(path.read_bytes(), path.name, layout)


@functools.lru_cache(maxsize=1)  # an issue's layouts come one after the other
def explained(data: bytes, name: str) -> tuple[Reading, ...]:
    return explain_issues(data, name, ReadOptions(site_url="https://site.example"))


def assert_nothing_vanishes(data: bytes, name: str, layout: Layout) -> None:
    for reading in explained(data, name):
        text = shown(reading.issue, layout)
        left = "\n".join(part.text for part in reading.issue.left_out)
        told = words(text) | words(left)
        for placed in reading.trace:
            said = words(_NUMBER.sub("", placed.text))  # a number that a list would show itself is none of its words
            said -= words(placed.text.partition(":")[0]) if placed.rule in _LABELS else set()
            assert said <= told, (placed.first, placed.rule, said - told)
        assert_links(reading.issue.items, text)


def assert_links(items: Iterable[Item], text: str) -> None:
    for item in items:
        for link in item.links:
            address = link_address(link.url)
            assert not address or address in text or link.url in text, link


TEXT = st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "Zs", "Po"]), max_size=60)
NAMES = st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=9), min_size=1, max_size=5).map(" ".join)
LINKS = st.builds(Link, NAMES | st.just(""), st.integers(0, 999).map("https://x.example/{}".format))


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Items whose links are in their text, in lines of links, or nowhere in it."""
    links = tuple({link.url: link for link in draw(st.lists(LINKS, max_size=12))}.values())
    lines: list[str] = []
    for link in links:
        shape = draw(st.sampled_from(["inline", "alone", "beside", "none"]))
        masked = f"[{link.text or 'x'}]({link.url})"
        lines += {
            "inline": [f"It is told in {masked} at length."],
            "alone": [f"- {masked}"],
            "beside": [masked],
            "none": [],
        }[shape]
        lines += [""] * draw(st.integers(0, 1))
    lines += draw(st.lists(NAMES, max_size=40))
    body = "\n".join(lines).strip()
    return Item(id="x", title=draw(NAMES), body=body, text=body, links=links)


@settings(max_examples=300, deadline=None)
@given(items())
def test_no_word_and_no_link_of_an_item_vanishes(item: Item) -> None:
    message = item_message(item, Issue(path="a.md", title="W"), "N", "m")
    text = "\n".join(parts(message))
    reached = text + "\n".join(full_pages(item)) if message.is_cut else text
    assert words(item.title) | words(item.body) <= words(reached)
    for link in item.links:
        assert link.url in reached
        assert words(link.text) <= words(reached)
    if not message.is_cut:
        for label, url in message.links:
            assert f"({url})" not in (message.embed.description or ""), label


@settings(max_examples=100, deadline=None)
@given(st.lists(items(), min_size=2, max_size=10))
def test_no_word_and_no_link_of_a_list_vanishes(many: list[Item]) -> None:
    lines = [item for item in many if entry_length(item) is not None]
    text = "\n".join(parts(list_message([ListEntry(item) for item in lines], "N", "m")))
    for item in lines:
        assert words(item.title) | words(item.body) <= words(text)
        assert all(link.url in text for link in item.links)


# whole issues, composed at random: what an author may write in any order

_WORDS = [
    "tern",
    "gull",
    "heron",
    "Ärmel",
    "naïve",
    "東京",
    "数据库",
    "C++",
    "O'Neil",
    "3.14",
    "<b>",
    "x_y",
    "50%",
    "*",
    "#1",
]
# What no reader sees: the head, addresses, a list's own numbers, and what Markdown takes for a tag.
_NOT_SHOWN = re.compile(r"\A---.*?\n---|\]\([^)]*\)|https://\S+|^\d+\.|<b>", re.DOTALL | re.MULTILINE)
PHRASES = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join)
LEVELS = st.integers(2, 4).map(lambda level: "#" * level)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A sentence or two, perhaps with a link, emphasis or code in it."""
    shapes = ["{0}.", "We read [{0}]({1}) and more.", "**{0}** is what it is.", "Try `{0}` now.", "See {1} for {0}."]
    count = draw(st.integers(1, 3))
    return " ".join(draw(st.sampled_from(shapes)).format(draw(PHRASES), draw(ADDRESSES)) for _ in range(count))


ADDRESSES = st.integers(0, 60).map("https://x.example/{}".format)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Something that stands by itself in an issue."""
    rows = range(draw(st.integers(1, 5)))
    shapes = {
        "list": lambda: [f"- {draw(texts())}" for _ in rows],
        "links": lambda: [f"- [{draw(PHRASES)}]({draw(ADDRESSES)})" for _ in rows],
        "numbers": lambda: [f"{at + 1}. [{draw(PHRASES)}]({draw(ADDRESSES)}) – {draw(texts())}" for at in rows],
        "quote": lambda: [f"> {draw(texts())}" for _ in rows],
        "table": lambda: [
            "| Paper | Link |",
            "|--|--|",
            *(f"| {draw(PHRASES)} | [{at}]({draw(ADDRESSES)}) |" for at in rows),
        ],
        "code": lambda: ["```", draw(PHRASES), "```"],
        "text": lambda: [draw(texts())],
        "long": lambda: [" ".join(draw(texts()) for _ in range(20))],
    }
    return "\n".join(shapes[draw(st.sampled_from(sorted(shapes)))]())


@st.composite
def whole_issues(draw: st.DrawFn) -> str:
    parts = ["---\ntitle: Weekly\ndate: 2025-03-04\n---", *draw(st.lists(blocks(), max_size=2))]
    for _ in range(draw(st.integers(1, 6))):
        title = draw(PHRASES)
        parts.append(f"{draw(LEVELS)} {draw(st.sampled_from([title, f'[{title}]({draw(ADDRESSES)})']))}")
        parts += draw(st.lists(blocks(), max_size=3))
    return "\n\n".join(parts) + "\n"


@settings(max_examples=120, deadline=None, derandomize=True)
@given(whole_issues(), st.sampled_from(list(Layout)))
def test_nothing_of_a_composed_issue_vanishes(text: str, layout: Layout) -> None:
    assert_nothing_vanishes(text.encode(), "2025-03-04.md", layout)
    [reading] = explain_issues(text.encode(), "2025-03-04.md", ReadOptions())
    left = "\n".join(part.text for part in reading.issue.left_out)
    written = words(_NOT_SHOWN.sub("", text))  # whatever the reader makes of it
    assert written <= words(shown(reading.issue, layout)) | words(left)
