"""Phrases in many languages that identify text that is not a story: vocabulary, not structure.

Each module of this package holds the patterns of a language by purpose (`shared` those common to several); to add a
language, add a module. Patterns are in lower case and are matched against plain text on one line in lower case, because
ignoring case takes three times as long. `…_keys` are words of which every phrase that may occur within a text contains
one (see `phrases`).
"""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

from digest.items.phrases import Phrases, any_of, whole
from digest.remembering import remembering

_BRACKETS_BEHIND = re.compile(r"(?<=\w)\s*[(（\[【][^()（）\[\]【】]{1,40}[)）\]】]$")
_JOINS = re.compile(r"\s+(?:[+&/|]|and|und|et|y|e|и)\s+|\s*[,/·]\s+|\s*[与和及]\s*", re.IGNORECASE)
_LONGEST_THANKS = 300
_LONGEST_PLEA = 500  # characters; longer paragraphs are stories

LANGUAGES: dict[str, dict[str, tuple[str, ...]]] = {
    name: import_module(f"{__name__}.{name}").WORDS for name in sorted(module.name for module in iter_modules(__path__))
}


def patterns(kind: str) -> list[str]:
    """Return the patterns of one kind in all languages."""
    return [pattern for words in LANGUAGES.values() for pattern in words.get(kind, ())]


def _whole(kind: str) -> re.Pattern[str]:
    return whole(*patterns(kind))


def _phrases(kind: str) -> Phrases:
    return any_of(*patterns(kind), keys="|".join(patterns(f"{kind}_keys")))


CONTENTS_TITLE = _whole("contents_title")
HIGHLIGHTS_TITLE = _whole("highlights_title")  # not a section of the content below
ROUNDUP_TITLE = _whole("roundup_title")  # a section of several short stories
BOILERPLATE_TITLE = _whole("boilerplate_title")
CHAPTERS_TITLE = _whole("chapters_title")
SUPPORT_TITLE = _whole("support_title")
GIVES = _phrases("gives")
PLATFORMS = _whole("platforms")
GREETING_TITLE = _whole("greeting_title")
PEOPLE_TITLE = _whole("people_title")
MAKERS = _whole("makers")  # a line above the names of the newsletter's makers
SPONSOR = _phrases("sponsor")
DOWNLOADS_TITLE = _whole("downloads_title")
FACET_TITLE = _whole("facet_title")
ESSAY_TITLE = _whole("essay_title")  # a heading that opens or closes an argument
GENERIC_LINK = _whole("generic_link")
NOTHING = _phrases("nothing")
PLEA = _phrases("plea")
ITSELF = _phrases("itself")  # names for the newsletter itself
ADDRESSES = _phrases("addresses")  # addresses the reader
THANKS = _phrases("thanks")  # as the last words
QUESTION = _phrases("question")  # a question followed by a call to action
ANNOUNCES = _phrases("announces")
CONTINUES = _phrases("continues")
ADDS = _phrases("adds")  # announces another story, in issues with a story per paragraph
SOURCE_LINE = re.compile(
    r"^\W*(?:(?:image|picture|photo|chart|graph|figure|data)\s+)?(?:source|credits?|via|quelle|bildquelle|"
    r"fuente|fonte|источник|来源|图源|图片来源|出典|출처|image|photo by)s?\s*[:：]?\s*",
    re.IGNORECASE,
)
CAPTION = _phrases("caption")
REFERENCES_LABEL = _whole("references_label")
ATTRIBUTES = _phrases("attributes")
ISSUE_NAME = _phrases("issue_name")
ISSUE_NUMBER = _phrases("issue_number")
PUBLICATION = _phrases("publication")  # terms for a newsletter and its issues


@remembering(2048)
def is_whole(pattern: re.Pattern[str], text: str) -> bool:
    """Whether all of `text` matches `pattern`, ignoring trailing text in brackets."""
    said = _BRACKETS_BEHIND.sub("", text.strip().lower().replace("\u2019", "'"))
    return pattern.fullmatch(said) is not None


def names_boilerplate(title: str) -> bool:
    """Whether a heading, or each part of one ("Get involved + connect with us"), is that of boilerplate."""
    if is_whole(BOILERPLATE_TITLE, title):
        return True
    # All parts must match, because "News and credits" contains news.
    parts = _JOINS.split(title.strip())
    return len(parts) > 1 and all(is_whole(BOILERPLATE_TITLE, part) for part in parts)


@remembering(4096)
def is_sponsored(text: str) -> bool:
    """Whether a text is marked as sponsored."""
    return SPONSOR.search(text) is not None or text.rstrip(" )]*_").endswith(("SPONSORED", "Sponsored"))


@remembering(4096)
def reports_nothing(text: str) -> bool:
    """Whether a text says that there is nothing this time, even if a call to action follows."""
    if len(text) < 160 and NOTHING.search(text) is not None:
        return True
    # "Nothing to report. Send us yours!" reports nothing
    first, mark, rest = text.partition(". ")
    return bool(mark) and len(first) < 80 and NOTHING.search(first) is not None and is_plea(rest)


@remembering(4096)
def announces(text: str) -> bool:
    """Whether a text introduces what follows, or counts what was done."""
    return ANNOUNCES.search(text) is not None


@remembering(4096)
def ends_in_thanks(text: str) -> bool:
    """Whether a short text thanks and says goodbye to somebody."""
    return len(text) <= _LONGEST_THANKS and THANKS.search(text) is not None


@remembering(4096)
def asks_reader(text: str) -> bool:
    """Whether a paragraph asks the reader a question followed by a call to action."""
    return len(text) <= _LONGEST_PLEA and "?" in text and QUESTION.search(text.replace("\u2019", "'")) is not None


@remembering(4096)
def is_plea(text: str) -> bool:
    """Whether a paragraph is only a call to action, thanks, a goodbye, a list of makers, or marked as sponsored."""
    if not text or len(text) > _LONGEST_PLEA:
        return False
    text = text.replace("\u2019", "'")
    return PLEA.search(text) is not None or is_sponsored(text)
