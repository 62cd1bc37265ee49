"""The query language: what a person typed, as a value. Every input is a valid query."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from search.frames import FUNCTION_WORDS, inside_frame
from search.genre import Genre, asked_for
from search.segmentation import regional, says_nothing, segmented
from storage.rows import clean
from storage.tokens import TOKEN, Token, fold, tokenize, tokens_of

Key = Literal["newsletter", "section", "tag", "since", "until", "site", "sort"]
Kind = Literal["words", "prefix", "link"]

MAX_TEXT = 1000  # characters of a query that are read
MAX_UNITS = 24  # words of a query that are looked for; "Related coverage" queries with whole messages
_KEYS: dict[str, Key] = {
    "newsletter": "newsletter",
    "in": "newsletter",
    "section": "section",
    "tag": "tag",
    "tags": "tag",
    "since": "since",
    "after": "since",
    "until": "until",
    "before": "until",
    "site": "site",
    "domain": "site",
    "sort": "sort",
}
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"') | {"：": ":", "\u3000": " ", "＊": "*"})
_CHUNK = re.compile(
    r'(?P<not>-(?!-)|(?<=\s)NOT\s+(?=[^\s-]))?(?:(?P<key>[A-Za-z]+):(?=\S))?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))'
)
_JOINERS = re.compile("[-_.]+")
_LENGTHENED = 3  # characters; longer Japanese words are also written without a trailing long vowel mark
_URL = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query in the query language, and which part of the results to return."""

    text: str = ""
    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Unit:
    """One search term: a word, a phrase, a prefix, or a link.

    `tokens` have to be adjacent in the text; each of `others` is an alternative to the whole unit.
    """

    shown: str
    tokens: tuple[str, ...]
    surfaces: tuple[str, ...]
    others: tuple[str, ...] = ()
    kind: Kind = "words"
    is_quoted: bool = False
    is_paired: bool = False


@dataclass(frozen=True, slots=True)
class QueryFilter:
    """A filter, which does not affect ranking; `is_not` negates it."""

    key: Key
    value: str
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed query: its terms, excluded terms, filters, and the genres it asks for.

    `typed` are the words of its terms as typed: they may be a title ("need for speed").
    """

    units: tuple[Unit, ...] = ()
    without: tuple[Unit, ...] = ()
    filters: tuple[QueryFilter, ...] = ()
    genres: frozenset[Genre] = frozenset()
    typed: str = ""


def with_filters(text: str, **filters: str | dt.date | None) -> str:
    """Return words as one line of the query language, with separately chosen filters added.

    `since` and `until` are days or people's dates (`2023`, `March 2024`, `last month`), both included.
    """
    parts = [" ".join(text.split())]
    if text.translate(_QUOTES).count('"') % 2:  # otherwise the filters would become part of the phrase
        parts.append('"')
    for key, chosen in filters.items():
        # A quotation mark within a value would end it early, and the rest would be parsed as words.
        if value := " ".join(str(chosen or "").translate(_QUOTES).replace('"', " ").split()):
            parts.append(f'{key}:"{value}"' if " " in value else f"{key}:{value}")
    return " ".join(filter(None, parts))


def parse(text: str) -> Parsed:
    """Parse a query. Function words are dropped as long as other words remain."""
    units: list[Unit] = []
    without: list[Unit] = []
    filters: list[QueryFilter] = []
    typed: list[str] = []
    written = clean(text[:MAX_TEXT]).translate(_QUOTES)
    for match in _CHUNK.finditer(written):
        key, value = _KEYS.get((match["key"] or "").lower()), match["quoted"] or match["bare"]
        # In text that is all capitals, "NOT" is an ordinary word: "DO NOT PANIC".
        is_not = match["not"] == "-" or (bool(match["not"]) and not written.isupper())
        if key and value:
            filters.append(QueryFilter(key, value.strip(), is_not))
        elif is_not:
            without.extend(_read(match))
        else:
            units.extend(_read(match))
            typed.append(match[0].replace('"', ""))
    return Parsed(
        _telling(units), tuple(without[:MAX_UNITS]), tuple(filters), asked_for(text[:MAX_TEXT]), " ".join(typed)
    )


def _read(match: re.Match[str]) -> list[Unit]:
    """Return the units of a chunk that is not a filter."""
    if match["quoted"] is not None:
        return _phrase(match["quoted"])
    return _units(f"{match['key']}:{match['bare']}" if match["key"] else match["bare"])


def parse_words(text: str) -> list[Unit]:
    """Return the distinct words of a text of any length as units, without function words."""
    units = [unit for chunk in clean(text).split() for unit in _units(chunk)]
    return [unit for unit in dict.fromkeys(units) if not is_stop(unit)]


def _telling(units: list[Unit]) -> tuple[Unit, ...]:
    """Return the distinct units without function words; all of them if there is nothing else ("to be or not to be")."""
    asked = inside_frame([unit.surfaces[0] if is_word(unit) else "" for unit in units])
    once = list(dict.fromkeys(units[at] for at in asked))
    telling = [unit for unit in once if unit.is_quoted or not is_stop(unit)]
    return tuple((telling or once)[:MAX_UNITS])


def is_stop(unit: Unit) -> bool:
    """Whether a unit is a function word such as "the" or "how"."""
    if unit.is_paired:
        return says_nothing(unit.shown)
    return unit.kind == "words" and all(surface in FUNCTION_WORDS for surface in unit.surfaces)


def is_word(unit: Unit) -> bool:
    """Whether a unit is a single plain word without quotes."""
    return unit.kind == "words" and len(unit.tokens) == 1 and not unit.is_quoted and unit.surfaces[0].isalpha()


def is_by_date(parsed: Parsed) -> bool:
    """Whether the results are to be sorted by date instead of relevance."""
    return any(one.key == "sort" and one.value.lower() in {"date", "newest", "new"} for one in parsed.filters)


def compound_parts(unit: Unit) -> list[Unit]:
    """Return the parts of a compound ("zero-cost", "Data.Map"), or the pairs of a run of characters."""
    if len(unit.tokens) > 1:
        return [
            Unit(token, (token,), (surface,), is_paired=unit.is_paired)
            for token, surface in zip(unit.tokens, unit.surfaces, strict=True)
        ]
    if is_number(unit):
        return []
    return [
        _unit(part, list(tokens_of("word", part)))
        for part in _JOINERS.split(unit.surfaces[0])
        if part and part != unit.surfaces[0]
    ]


def is_number(unit: Unit) -> bool:
    """Whether a unit is only a number or version, which says little without the name beside it."""
    return not unit.is_quoted and "".join(unit.surfaces).replace(".", "").isdigit()


def may_mean(units: Sequence[Unit]) -> bool:
    """Whether semantic search applies: to plain words, not to quotes, prefixes and links."""
    return all((unit.kind == "words" or unit.is_paired) and not unit.is_quoted for unit in units)


def _phrase(text: str) -> list[Unit]:
    tokens = tokenize(text)
    if not tokens:
        return []
    if len(tokens) == 1 or (tokens[0].is_paired and len(tokens) == 2):
        return [replace(unit, is_quoted=True) for unit in _units(text)]
    return [_unit(text.strip(), without_run_ends(tokens), is_quoted=True)]


def without_run_ends(tokens: Sequence[Token]) -> list[Token]:
    """Drop the last token of each run of pairs: it is a single character, which the pair before already contains."""
    later = (
        token for before, token in pairwise(tokens) if len(token.text) > 1 or not (before.is_paired and token.is_paired)
    )
    return [*tokens[:1], *later]


def _units(chunk: str) -> list[Unit]:
    """Return the units of a chunk without spaces."""
    if _URL.match(chunk):
        return [Unit(chunk, (), (), kind="link")]
    units: list[Unit] = []
    end, tokens, start = -1, list[Token](), 0
    folded = fold(chunk)
    for match in TOKEN.finditer(folded):
        kind = match.lastgroup or "word"
        if kind == "pairs":
            units += _latin(folded[start:end], tokens) + _runs(match[0], is_traditional=match[0] not in chunk)
            tokens = []
            continue
        if tokens and folded[end : match.start()] not in {"::", ":", "."}:
            units += _latin(folded[start:end], tokens)
            tokens = []
        start = start if tokens else match.start()
        tokens += [Token(match[0], match[0])] if kind == "tag" else tokens_of(kind, match[0])
        end = match.end()
    units += _latin(folded[start:end], tokens)
    return _begun(units) if chunk.endswith("*") else units


def _begun(units: list[Unit]) -> list[Unit]:
    """Return the units with the last one as a prefix, if it is a single word."""
    if not units or len(units[-1].tokens) != 1:
        return units
    return [*units[:-1], replace(units[-1], tokens=units[-1].surfaces, others=(), kind="prefix")]


def _latin(shown: str, tokens: list[Token]) -> list[Unit]:
    return [_unit(shown, tokens)] if tokens else []


def _unit(shown: str, tokens: list[Token], *, is_quoted: bool = False) -> Unit:
    others: tuple[str, ...] = ()
    first = tokens[0]
    if not is_quoted and first.spellings:
        # A compound's first spelling is the compound in one word; a version's spellings are shorter, so not equivalent.
        joined = first.spellings[0]
        others = (joined, *_apart(first)) if not joined.replace(".", "").isdigit() else ()
    texts, surfaces = tuple(token.text for token in tokens), tuple(token.surface for token in tokens)
    return Unit(shown, texts, surfaces, others, is_quoted=is_quoted, is_paired=all(t.is_paired for t in tokens))


def _apart(compound: Token) -> tuple[str, ...]:
    """Return the parts of a compound that is a single token, as written without its joiners ("3d drucker")."""
    parts = list(filter(None, _JOINERS.split(compound.surface)))
    tokens = [token.text for part in parts for token in tokens_of("word", part)]
    return (" ".join(tokens),) if len(tokens) > 1 and compound.surface == compound.text else ()


def _runs(run: str, *, is_traditional: bool) -> list[Unit]:
    """Return the units of a run of characters without spaces: its words, with the mainland's names for Taiwan's."""
    units = [_paired(word) for word in segmented(run)]
    if not is_traditional:
        return units
    names = [regional(unit.shown) for unit in units]
    return [
        replace(unit, others=(" ".join(_paired(name).tokens),)) if name != unit.shown else unit
        for unit, name in zip(units, names, strict=True)
    ]


def _paired(word: str) -> Unit:
    """Return a word as its pairs of characters; a single character as the prefix of any pair."""
    if len(word) == 1:
        return Unit(word, (word,), (word,), kind="prefix", is_paired=True)
    # "サーバー" is also written "サーバ", which is a prefix of it.
    written = word.removesuffix("ー") if len(word) > _LENGTHENED else word
    pairs = tuple(written[at : at + 2] for at in range(len(written) - 1))
    return Unit(word, pairs, pairs, is_paired=True)
