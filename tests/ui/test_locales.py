"""Every text around a newsletter's own is in every catalogue, and every catalogue fits the texts."""

from __future__ import annotations

import ast
import functools
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import discord
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from making import NOW

from digest.introduction import with_introduction
from digest.model import Issue, Item, Link
from search.when import parse_when
from storage.layouts import Layout
from storage.records import Gate, IssueRecord, ItemRecord
from ui import locales
from ui.issues import contents_page, introduction_page
from ui.item_card import item_message, withdrawn_message
from ui.lists import ListEntry, list_message
from ui.locales import LANGUAGES, answering, words_of
from ui.masthead import digest_message, header_message
from ui.results import full_item

ROOT = Path(__file__).parents[2]
WANTED = {"de", "fr", "es", "ja", "ko", "pt", "ru", "zh"}
WHOLE = {"de", "es", "fr", "ja", "pt", "zh"}  # that Herald speaks altogether, with commands, panels and answers
# What makes posted messages and the pages that they open; answers to commands are in the language of who asks.
POSTED = ("messages", "masthead", "item_card", "lists", "issues", "buttons", "topic", "results", "locales/__init__")
SOURCES = [*(ROOT / "ui" / f"{name}.py" for name in POSTED), ROOT / "delivery" / "composing.py"]
ROOMS = ("ui", "cogs", "delivery", "app", "pipeline", "search", "storage", "digest", "sources")
EVERYWHERE = [path for room in ROOMS for path in sorted(ROOT.glob(f"{room}/**/*.py"))]
LONGEST = 100  # characters of a command's or an option's description; discord.py cuts the rest off
Key = tuple[str, ...]  # a text, or the singular and the plural of one that counts


def is_words(called: ast.expr) -> bool:
    """Whether a call asks a catalogue: `words(…)`, `self.words(…)`, `words_of(…)(…)`, `N_(…)`."""
    if isinstance(called, ast.Call):
        return isinstance(called.func, ast.Name) and called.func.id in {"words_of", "spoken", "opened"}
    if isinstance(called, ast.BoolOp):
        return any(is_words(value) for value in called.values)
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in {"words", "N_", "S_", "UserError"}


def asked(path: Path, *, only_posted: bool = False) -> Iterator[tuple[Key, int]]:
    """The texts that a file asks the catalogues for, each with its line; of what answers people only if wanted."""
    own = path == Path(locales.__file__)
    tree = ast.parse(path.read_text("utf-8"))
    parts = [part for part in tree.body if not (only_posted and answers_people(part))]
    for node in (node for part in parts for node in ast.walk(part)):
        if not isinstance(node, ast.Call):
            continue
        is_own = own and isinstance(node.func, ast.Name) and node.func.id == "self"
        counts = isinstance(node.func, ast.Attribute) and node.func.attr == "counted"
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if texts and (is_own or counts or is_words(node.func)):
            yield tuple(texts), node.lineno


def answers_people(part: ast.stmt) -> bool:
    """Whether a function or a class is for answers: it speaks the words of whoever asks."""
    names = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
    return "spoken" in names


def described(path: Path) -> Iterator[tuple[Key, int]]:
    """What a file's commands and their options say about themselves, and what its context menus and choices are called:
    all but layouts, which are called as in config.yaml.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.AsyncFunctionDef):
            calls = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
            if any(call.endswith(".command") for call in calls):
                yield ((ast.get_docstring(node) or "").split("\n", 1)[0],), node.lineno
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            choices = [one.value for one in ast.walk(node.slice) if isinstance(one, ast.Constant)]
            yield from (((str(one),), node.lineno) for one in choices if one not in set(Layout))
        elif isinstance(node, ast.Call) and (found := ast.unparse(node.func)).endswith(
            ("describe", "Group", "ContextMenu")
        ):
            texts = {one.arg: one.value.value for one in node.keywords if isinstance(one.value, ast.Constant)}
            wanted = {"Group": ("description",), "ContextMenu": ("name",)}.get(found.rsplit(".", 1)[-1], tuple(texts))
            yield from (((str(texts[name]),), node.lineno) for name in wanted if name in texts)


@functools.cache
def posted_texts() -> dict[Key, str]:
    """Every text that posted messages and their pages ask for, with its place."""
    return {key: f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for key, line in asked(path, only_posted=True)}


@functools.cache
def all_texts() -> dict[Key, str]:
    """Every text that anything asks for, with its place."""
    return {
        key: f"{path.relative_to(ROOT)}:{line}"
        for path in EVERYWHERE
        for key, line in [*asked(path), *(described(path) if path.parent.name == "cogs" else [])]
    }


@functools.cache
def catalogue(language: str) -> Catalog:
    with (ROOT / "ui" / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def key_of(message: Message) -> Key:
    return tuple(message.id) if isinstance(message.id, (tuple, list)) else (str(message.id),)


def texts_of(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)


@functools.cache
def on_commands() -> dict[str, str]:
    """What commands and options say about themselves, each with its place."""
    return {
        key[0]: f"{path.relative_to(ROOT)}:{line}"
        for path in EVERYWHERE
        if path.parent.name == "cogs"
        for key, line in described(path)
    }


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_texts_are_found() -> None:
    assert ("Related",) in posted_texts()
    assert ("Page {page} of {pages}",) in posted_texts()
    assert ("{number} item", "{number} items") in posted_texts()
    assert ("Added later",) in posted_texts()
    assert ("{topic} covered before: {when}",) in posted_texts()
    assert set(LANGUAGES) >= WANTED


@pytest.mark.parametrize("language", sorted(WANTED | set(LANGUAGES) - {"en"}))
def test_every_text_is_translated(language: str) -> None:
    found = {key_of(message): message for message in catalogue(language) if message.id}
    missing = {key: place for key, place in posted_texts().items() if key not in found or not all(texts_of(found[key]))}
    assert missing == {}
    assert [key for key, message in found.items() if message.fuzzy] == []
    assert set(found) - set(all_texts()) == set()  # nobody asks for it any more


@pytest.mark.parametrize("language", sorted(WHOLE))
def test_everything_is_translated_into_some_languages(language: str) -> None:
    found = {key_of(message) for message in catalogue(language) if message.id and all(texts_of(message))}
    assert {key: place for key, place in all_texts().items() if key not in found} == {}


def test_what_commands_say_about_themselves_is_found() -> None:
    assert ("Find everything that was covered about a topic.",) in all_texts()
    assert ("Start typing its title",) in all_texts()
    assert ("Related coverage",) in all_texts()
    assert ("Get notified when a topic you care about is covered",) in all_texts()


@pytest.mark.parametrize("language", ["en", *sorted(WHOLE)])
def test_what_commands_say_about_themselves_is_as_short_as_discord_wants(language: str) -> None:
    shown = {text: words_of(language).catalogue.gettext(text) for text in on_commands()}
    assert {on_commands()[text]: said for text, said in shown.items() if len(said) > LONGEST} == {}


@pytest.mark.parametrize("language", sorted(WANTED | set(LANGUAGES) - {"en"}))
def test_translations_have_the_same_names_to_fill_in(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            for text in texts_of(message):
                one, many = key_of(message)[0], key_of(message)[-1]  # one thing may be told without its number
                assert names_in(text) in (names_in(one), names_in(many)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_and_pages_are_whole_sentences(language: str) -> None:
    words = words_of(language)
    for number in (0, 1, 2, 5, 21, 1_234):
        for text in (words.items(number), words.more(number), words.page(number, number + 1)):
            assert "{" not in text
            assert str(number)[-3:] in text


@pytest.mark.parametrize("language", sorted(WANTED))
def test_no_english_word_is_left_around_an_issue(language: str) -> None:
    text = "字" * 9_000
    links = tuple(Link("", f"https://例{number}.example") for number in range(9))
    items = (Item(id="1", title="一", text=text, body=text, links=links), Item(id="2", title="", section=("二",)))
    issue = Issue(
        path="1.md", title="三", url="https://x.example", intro=text, introduction=text, language=language, items=items
    )
    record = IssueRecord(
        id=1, newsletter="四", issue=issue, item_count=2, sorted_at=NOW, first_seen_at=NOW, seen_at=NOW,
        changed_at=None, removed_at=None, gate=Gate.FILED, gate_reason="", gate_until=None, released_at=None,
    )  # fmt: skip
    records = [
        ItemRecord(id=at, issue_id=1, position=at, item=item, first_seen_at=NOW, removed_at=None)
        for at, item in enumerate((*items, *with_introduction(issue)[:1]), start=1)
    ]
    messages = [
        header_message(issue, "四", "m"),
        digest_message(replace(issue, items=items * 300), "四", "m"),
        list_message([ListEntry(item) for item in items], "四", "m", language=language),
        withdrawn_message(items[0], "四", "m", language=language),
        *(item_message(one.item, issue, "四", "m") for one in records),
    ]
    shown = [(message.embed, message.view()) for message in messages]
    with answering(language):  # what a reader opens
        shown += [contents_page(record, records, {}), contents_page(record, [], {}), introduction_page(record, 2)]
        shown += [full_item(one, record, 2) for one in records]
    said = "\n".join(part for embed, view in shown for part in _said(embed, view))
    assert [key for key in posted_texts() for text in key if names_in(text) == set() and text in said] == []
    own = {word for message in catalogue(language) for text in texts_of(message) for word in re.findall(r"\w+", text)}
    english = {word for word in re.findall(r"\w{3,}", said) if word.isascii() and word.isalpha()}
    assert english - own - {"https", "example"} == set()


def _said(embed: discord.Embed, view: discord.ui.View) -> Iterator[str]:
    yield from (text for text in (embed.title, embed.description, embed.footer.text) if text)
    yield from (one["label"] for row in view.to_components() for one in row["components"] if "label" in one)


@pytest.mark.parametrize("language", sorted(WANTED))
def test_each_text_of_a_catalogue_has_one_translation(language: str) -> None:
    lines = (ROOT / "ui" / "locales" / f"{language}.po").read_text("utf-8").splitlines()
    texts = [line for line, below in pairwise(lines) if line.startswith("msgid ") and not below.startswith('"')]
    assert len(texts) == len(set(texts))
    assert sum(line.startswith("msgid ") for line in lines) == sum(
        line.startswith(("msgstr ", "msgstr[0] ")) for line in lines
    )


@pytest.mark.parametrize("language", ["en", *sorted(WHOLE)])
@pytest.mark.parametrize(
    "text",
    [
        "On or after: 2023, March 2024, last month, 2024-03-05",
        "On or before: 2023, March 2024, last month, 2024-03-05",
        "On or after: 2026, last month, 2026-03-05",
        "On or before: 2026, last month, 2026-03-05",
    ],
)
def test_the_dates_that_a_description_names_are_understood(language: str, text: str) -> None:
    _, *dates = re.split("[:：,、] ?", words_of(language)(text))
    assert len(dates) >= 3
    assert [date for date in dates if parse_when(date, NOW.date()) is None] == []
