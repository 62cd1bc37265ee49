"""Tokenising text: the same rules for indexing, queries and highlighting.

A text becomes a stream of tokens: words without case, accents and English endings; code-like words such as `c++`,
`.net`, `io_uring` and `gpt-4o` whole; Chinese, Japanese, Korean and Thai as overlapping character pairs. Alternative
spellings of compounds (`gpt`, `4o`, `gpt4o`) are kept beside the stream, so that each spelling finds the others.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Any, cast

BOUNDARY = "¦"  # separates a stream from its alternative spellings, so that phrases do not match across
MAX_TOKEN = 40  # characters; longer runs are hashes and encoded data

# Scripts without spaces between words; without U+30FB, the middle dot, which separates words.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3100-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
_LETTER = rf"(?:[^\W_{_PAIRED}]|[\u0300-\u036f\u0900-\u0dff\u064b-\u065f\u0591-\u05c7])"
# Possessive quantifiers prevent backtracking: Tamil letters, for example, match both alternatives of _LETTER, so that
# a word of 40 letters could take 2^40 steps.
_WORD = rf"{_LETTER}++(?:['’]{_LETTER}++)*+"
TOKEN = re.compile(
    # plain words, the most frequent case, have no group
    r"[A-Za-z]+(?=[\s,;:!?)]|$)"
    rf"|(?P<pairs>[{_PAIRED}]+)"
    r"|(?P<number>(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,]))"
    rf"|(?P<plus>{_WORD}\+\+)"
    rf"|(?P<sharp>(?<![\w#])[A-Za-z]\#(?![\w#]))"
    rf"|(?P<tag>(?<![\w#&/])\#(?={_LETTER}){_LETTER}[\w]*)"
    rf"|(?P<dotted>(?<![\w.])\.(?=[A-Za-z]){_WORD}(?:[-_.]{_WORD})*)"
    rf"|(?P<emoji>[{_EMOJI}])"
    rf"|(?P<word>_*{_WORD}(?:(?:[-_.‐‑]|__){_WORD})*)"
)
_PAIRED_START = re.compile(f"[{_PAIRED}]")
_JOINERS = re.compile(r"[-_.]+")
_NAME_JOINER = re.compile(r"[_.]")  # joiners of identifiers
_VERSION = re.compile(r"v?(\d+(?:\.\d+)+)")
_ALIASES = {"c++": ("cpp", "cplusplus"), "c#": ("csharp",), "f#": ("fsharp",)}
_POSSESSIVE = re.compile(r"'s$|'$")
# Elided articles and pronouns in French, Italian and Catalan: `accessibilité` finds `l'accessibilité`. "J'ai" stays
# one word, because it does not mean AI.
_ELISION = re.compile(r"(?:[cdjlmnst]|(?:jus|lors|puis)?qu|un|(?:a|da|de|ne|que|su)ll)'(?!ai$)(?=[^\W\d_][\w-])")

STOP_WORDS = frozenset(
    """a about after against all also am an and any anybody anyone anything are as at be because been between but
    by can could did do does doing don't for from get had has have how i i'm if in into is it its it's just me
    more most my no not of on or our over s should somebody someone something so some such than that the their
    them then there these they this those through to too under up us use using very was we were what when where
    which while who why will with would you your dont im whats hows""".split()  # noqa: SIM905
)
# Function words of other languages, folded, without those that are content words in English ("die", "man", "con").
FOREIGN_STOP_WORDS: dict[str, frozenset[str]] = {
    "german": frozenset(
        """aber als auch auf aus bei damit dann das dass dem denn der des dich dir doch durch ein eine einem einen
        einer eines etwas fur gegen gibt haben ich ihr ihre im ins ist jede jeder jemand kann kein keine mehr
        mein meine meinem meinen meiner mich mit muss nach nicht noch nur oder ohne sein sich sie sind soll uber und
        unser unsere unserem unseren unserer unter vom von vor wann warum weil welche welcher wenn wer werden wie
        wieder wir wird wo wurde zu zum zur zwischen""".split()  # noqa: SIM905
    ),
    "french": frozenset(
        """au aux avec cette dans elle et etre il ils je leur les mais nous pas plus pourquoi quand que quel quelle
        quelles quels qui quoi sans ses sont une vous""".split()  # noqa: SIM905
    ),
    "spanish": frozenset(
        """como cual cuales cuando del desde donde entre esta este esto hay las los mas muy para pero por porque que
        sobre sus tiene una y""".split()  # noqa: SIM905
    ),
    "portuguese": frozenset(
        """ao aos como da das dos em entre esta este isso mais mas nao nas nos ou para pela pelo por porque qual quais
        que sao sem seu sua tambem uma""".split()  # noqa: SIM905
    ),
    "italian": frozenset(
        """anche che come dal dalla degli dei della delle di gli il nel nella non perche piu quale questo questa sono
        sul sulla una""".split()  # noqa: SIM905
    ),
    "dutch": frozenset(
        """aan bij dat deze dit een het hoe ik maar met naar niet ook onder op tot uit van voor waar waarom wat welke
        wie worden zijn zonder""".split()  # noqa: SIM905
    ),
}
# Words that describe a kind of text rather than a topic.
WEAK_WORDS = frozenset(
    """article articles basics beginner beginners best comparison compared explain explained example examples guide
    guides intro introduction overview tip tips tutorial tutorials vs versus writing written
    教程 入门 介绍 工具 软件 推荐 好用""".split()  # noqa: SIM905 - a list of words reads best as words
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a text; `spellings` are its alternative spellings, `surface` is the unstemmed word."""

    text: str
    surface: str
    spellings: tuple[str, ...] = ()
    is_paired: bool = False


class _Folding(dict[int, str]):
    """A lazy table for `str.translate` that removes case, accents and traditional forms."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


# Arabic tatweel, soft hyphens, zero-width spaces and joiners are removed.
_SPECIAL = dict.fromkeys("\u0640\u00ad\u200b\u200c\u200d", "") | {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "’": "'",
    "‐": "-",
    "‑": "-",
}
# OpenCC does not document thread safety. Each character is converted only once, so that the lock costs nothing.
_simplifying_lock = threading.Lock()
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "COMBINING")


@cache
def _simplifying() -> Any:
    """Return the converter from traditional to simplified characters, loaded on first use."""
    from opencc import OpenCC

    return cast("Any", OpenCC)("t2s")


def _fold_character(character: str) -> str:
    folded = character.casefold()
    if folded in _SPECIAL:
        return _SPECIAL[folded]
    name = unicodedata.name(character, "")
    if name.startswith("CJK"):
        with _simplifying_lock:
            return str(_simplifying().convert(character))
    if not name.startswith(_ACCENTED):
        return folded
    plain = unicodedata.normalize("NFKD", folded)
    return "".join(part for part in plain if not unicodedata.combining(part))


_folding = _Folding()


def fold(text: str) -> str:
    """Return `text` without case, accents, compatibility forms and traditional forms; characters keep their order."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).translate(_folding)


# Cached words. A cache eight times as large held 43 MB after an import, until the process ended, and did not make
# importing 12 MB of issues faster, because most words are either frequent or unique.
_REMEMBERED = 1 << 13


_of_thread = threading.local()


def stemmer(language: str) -> Any:
    """Return this thread's stemmer of a language; stemmers have state and cannot be shared between threads."""
    if (known := _of_thread.__dict__.get(language)) is None:
        # Imported on first use, because the library takes 0.7 MB.
        import Stemmer

        # The stemmer's own cache is disabled: the one below serves all threads.
        known = _of_thread.__dict__[language] = cast("Any", Stemmer).Stemmer(language, 0)
    return known


@lru_cache(maxsize=_REMEMBERED)
def stem(word: str) -> str:
    """Return the English stem of a folded word; words with digits or signs are unchanged."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    stemmed = str(stemmer("english").stemWord(word))
    # The stemmer reduces "verification" to "verif" but "verify" to "verifi".
    return stemmed[:-1] if stemmed.endswith("ifi") and len(stemmed) > len("wifi") else stemmed


def _single(word: str, *spellings: str) -> Token:
    if "'" in word:
        word = _POSSESSIVE.sub("", word).replace("'", "")
    word = word[:MAX_TOKEN]
    return Token(stem(word), word, tuple(s[:MAX_TOKEN] for s in spellings))


def _compound(text: str) -> Iterator[Token]:
    """Yield the tokens of a word with joiners: two for `zero-cost`, one for `gpt-4o`, `io_uring` and `1.50.0`."""
    if version := _VERSION.fullmatch(text):
        yield _whole(version[1], _shortened(version[1]))
        return
    parts = list(filter(None, _JOINERS.split(text)))
    joined = "".join(parts)
    is_words = not _NAME_JOINER.search(text) and all(part.isalpha() or "'" in part for part in parts)
    if is_words:
        yield _single(parts[0], *dict.fromkeys((joined, stem(joined))))
        yield from map(_single, parts[1:])
        return
    pieces: list[str] = [joined]
    for part in re.split(r"[-_]+", text):
        names = part.split(".") if not _VERSION.fullmatch(part) else []
        pieces += [part, *names, *(_shortened(part) if names else [])]
    yield _whole(text, [piece for piece in (*pieces, *map(stem, pieces)) if piece not in {"", text}])


def _whole(text: str, spellings: Iterable[str]) -> Token:
    """Return a token that is not stemmed, with its distinct alternative spellings."""
    text = text[:MAX_TOKEN]
    return Token(text, text, tuple(dict.fromkeys(one[:MAX_TOKEN] for one in spellings)))


def _shortened(dotted: str) -> list[str]:
    """Return the proper prefixes of at least two parts: `1.50` for `1.50.0`."""
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(2, len(parts))]


def _pairs(run: str) -> Iterator[Token]:
    """Yield overlapping character pairs; the last token is a single character, so that every one begins a token."""
    for at in range(len(run)):
        yield Token(run[at : at + 2], run[at : at + 2], is_paired=True)


def is_paired(token: str) -> bool:
    """Whether a token is of a script without spaces: a character pair, or the last character of a run."""
    return _PAIRED_START.match(token) is not None


@lru_cache(maxsize=1 << 12)  # with eight times as many, each full garbage collection blocked the event loop for 50 ms
def tokens_of(kind: str, text: str) -> tuple[Token, ...]:
    """Return the tokens of a folded match of `TOKEN` in the group `kind`."""
    if kind == "word" and (elided := _ELISION.match(text)):
        text = text[elided.end() :]
    match kind:
        case "number":
            return (_single(text.replace(",", "")),)
        case "tag":
            return (_single(text[1:], text),)
        case "dotted":
            text = text[:MAX_TOKEN]
            return (Token(text, text, ("dot" + text[1:], stem(text[1:]))),)
        case "word" if _JOINERS.search(text):
            return tuple(_compound(text.strip("_")))
        case "word":
            return (_single(text),)
        case _:  # c++, c# and emoji are unchanged
            return (Token(text[:MAX_TOKEN], text[:MAX_TOKEN], _ALIASES.get(text, ())),)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text`, in order."""
    tokens: list[Token] = []
    for match in TOKEN.finditer(fold(text)):
        kind = match.lastgroup or "word"
        tokens += _pairs(match[0]) if kind == "pairs" else tokens_of(kind, match[0])
    return [token for token in tokens if token.text]


def compounds(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the compounds of a folded text as written, each with its alternative spellings."""
    for match in TOKEN.finditer(text):
        if match.lastgroup == "word" and _JOINERS.search(match[0]):
            yield match[0], tuple(chain.from_iterable(token.spellings for token in tokens_of("word", match[0])))


# The analysis of the text between two spaces: its part of the stream, alternative spellings, all words as written and
# character pairs, and the words that differ from their stem, with the stem.
_Piece = tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]


def _analysed(piece: str) -> _Piece:
    plain = piece.lstrip('("').rstrip('.,;:!?)"')
    if plain.isascii() and plain.isalpha():  # plain words, the most frequent case
        plain = plain[:MAX_TOKEN]
        base = stem(plain)
        return base, (), (plain,), () if base == plain else ((plain, base),)
    stream: list[str] = []
    spellings: list[str] = []
    forms: list[str] = []
    pairs: list[str] = []
    for match in TOKEN.finditer(piece):
        kind, found = match.lastgroup or "word", match[0]
        if kind == "pairs":
            every = [found[at : at + 2] for at in range(len(found))]
            stream += every
            pairs += every
            continue
        for token in tokens_of(kind, found):
            if token.text:
                stream.append(token.text)
                forms += (token.surface, *token.spellings)
                spellings += token.spellings
    others = tuple((form, base) for form in forms if (base := stem(form)) != form)
    return " ".join(stream), tuple(spellings), (*forms, *pairs), others


_known_piece = lru_cache(maxsize=_REMEMBERED)(_analysed)


class Analysis:
    """Analyses an item's texts for the index: a column for each, and the set of words as written, with pairs.

    It is equivalent to `tokenize` but many times faster: tokens do not contain spaces, so that the results of
    space-separated pieces can be cached.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()
        self._stems: dict[str, str] = {}  # of the words that differ from their stem

    def column(self, text: str) -> str:
        """Add a text; return its token stream, followed by a boundary and alternative spellings if it has any."""
        found = [_known_piece(piece) if len(piece) <= MAX_TOKEN else _analysed(piece) for piece in fold(text).split()]
        if not found:
            return ""
        streams, spellings, words, stems = zip(*found, strict=True)
        self.words.update(*words)
        self._stems.update(chain.from_iterable(stems))
        stream = " ".join(filter(None, streams))
        others = " ".join(dict.fromkeys(chain.from_iterable(spellings)))
        return f"{stream} {BOUNDARY} {others}" if others else stream

    def include(self, other: Analysis) -> None:
        """Add the words of another analysis."""
        self.words |= other.words
        self._stems |= other._stems

    def beside_stems(self) -> list[str]:
        """Return the words that cannot be derived from their stems; two thirds of all words can.

        A word is omitted if it is its own stem and the texts have no other word with that stem.
        """
        return sorted(self.words.intersection(self._stems.values()).union(self._stems))


def written_forms(beside: Collection[str], stems: Iterable[str]) -> set[str]:
    """Return a text's words as written, from its stems and the result of `Analysis.beside_stems`."""
    told = set(map(stem, beside))
    return {*beside, *(one for one in stems if one not in told and stem(one) == one)}


def words(text: str) -> set[str]:
    """Return the words of `text` (folded, not stemmed), with alternative spellings and character pairs."""
    analysis = Analysis()
    analysis.column(text)
    return analysis.words
