"""Tokenising text: one rule for what is indexed, queried and highlighted.

A text has a stream of tokens in its order (words without case, accents and English endings;
code-like words such as `c++`, `.net`, `io_uring`, `gpt-4o` whole; Chinese, Japanese, Korean and Thai as
overlapping pairs of characters) and, next to it, other ways to write its compounds (`gpt`, `4o`,
`gpt4o`), so that each way finds the other.
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

BOUNDARY = "¦"  # is between a stream and its other spellings, so that no phrase reaches across
MAX_TOKEN = 40  # characters; longer runs are hashes and encoded data

# Scripts that put no space between words. U+30FB, the middle dot, separates.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3100-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
_LETTER = rf"(?:[^\W_{_PAIRED}]|[\u0300-\u036f\u0900-\u0dff\u064b-\u065f\u0591-\u05c7])"
# Possessive, so that nothing is tried twice: Tamil letters, for example, match both alternatives of _LETTER, and
# backtracking over a word of 40 of them would take 2^40 steps.
_WORD = rf"{_LETTER}++(?:['’]{_LETTER}++)*+"
TOKEN = re.compile(
    # most are words with nothing else about them; that they have no group says so
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
_NAME_JOINER = re.compile(r"[_.]")  # what they join is code
_VERSION = re.compile(r"v?(\d+(?:\.\d+)+)")
_ALIASES = {"c++": ("cpp", "cplusplus"), "c#": ("csharp",), "f#": ("fsharp",)}
_POSSESSIVE = re.compile(r"'s$|'$")
# What French, Italian and Catalan write onto the next word: `l'accessibilité` is found by `accessibilité`. "J'ai" stays
# one word, for it says nothing of AI.
_ELISION = re.compile(r"(?:[cdjlmnst]|(?:jus|lors|puis)?qu|un|(?:a|da|de|ne|que|su)ll)'(?!ai$)(?=[^\W\d_][\w-])")

STOP_WORDS = frozenset(
    """a about after against all also am an and any anybody anyone anything are as at be because been between but
    by can could did do does doing don't for from get had has have how i i'm if in into is it its it's just me
    more most my no not of on or our over s should somebody someone something so some such than that the their
    them then there these they this those through to too under up us use using very was we were what when where
    which while who why will with would you your dont im whats hows""".split()  # noqa: SIM905
)
# Function words of other languages, folded; without those that mean something in English ("die", "man", "con").
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
# Words that ask for a kind of text rather than for a topic.
WEAK_WORDS = frozenset(
    """article articles basics beginner beginners best comparison compared explain explained example examples guide
    guides intro introduction overview tip tips tutorial tutorials vs versus writing written
    教程 入门 介绍 工具 软件 推荐 好用""".split()  # noqa: SIM905 - a list of words reads best as words
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a text's stream; `spellings` are the other ways to write it, `surface` the word unstemmed."""

    text: str
    surface: str
    spellings: tuple[str, ...] = ()
    is_paired: bool = False


class _Folding(dict[int, str]):
    """A table for `str.translate` that learns each character once: no case, no accents, no traditional forms."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


# What only stretches or parts a word (Arabic tatweel, soft hyphen, zero-width space and joiners) is left out.
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
# Nothing says that a converter may serve two threads at once. Each character is asked for once: a lock costs nothing.
_simplifying_lock = threading.Lock()
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "COMBINING")


@cache
def _simplifying() -> Any:
    """Return what turns traditional characters into simplified ones; loaded for the first text that has any."""
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
    """Return `text` without case, accents, compatibility and traditional forms; characters keep their order."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).translate(_folding)


# Words whose analysis is kept. Eight times as many held 43 MB after an import, for as long as the process ran, and
# 12 MB of issues took no less of the processor: most words are among the frequent ones, or come once.
_REMEMBERED = 1 << 13


_of_thread = threading.local()


def stemmer(language: str) -> Any:
    """Return the stemmer of a language for this thread: it keeps the word it works on, and threads that share one
    spoil it.
    """
    if (known := _of_thread.__dict__.get(language)) is None:
        # The languages of the library take 0.7 MB, which a bot that has nothing to index does without.
        import Stemmer

        # The cache below serves all threads, the stemmer's own would be a second one.
        known = _of_thread.__dict__[language] = cast("Any", Stemmer).Stemmer(language, 0)
    return known


@lru_cache(maxsize=_REMEMBERED)
def stem(word: str) -> str:
    """Return a folded word without its English ending; words with digits or signs stay as they are."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    stemmed = str(stemmer("english").stemWord(word))
    # The stemmer leaves "verif" of "verification" and "verifi" of "verify".
    return stemmed[:-1] if stemmed.endswith("ifi") and len(stemmed) > len("wifi") else stemmed


def _single(word: str, *spellings: str) -> Token:
    if "'" in word:
        word = _POSSESSIVE.sub("", word).replace("'", "")
    word = word[:MAX_TOKEN]
    return Token(stem(word), word, tuple(s[:MAX_TOKEN] for s in spellings))


def _compound(text: str) -> Iterator[Token]:
    """Tokens of a word with joiners: `zero-cost` is two words, `gpt-4o`, `io_uring` and `1.50.0` are one."""
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
    """Return a token that is not stemmed, with other ways to write it, each once."""
    text = text[:MAX_TOKEN]
    return Token(text, text, tuple(dict.fromkeys(one[:MAX_TOKEN] for one in spellings)))


def _shortened(dotted: str) -> list[str]:
    """Return the beginnings of at least two parts: `1.50` of `1.50.0`."""
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(2, len(parts))]


def _pairs(run: str) -> Iterator[Token]:
    """Overlapping pairs of characters; the last character is alone, so that every one begins a token."""
    for at in range(len(run)):
        yield Token(run[at : at + 2], run[at : at + 2], is_paired=True)


def is_paired(token: str) -> bool:
    """Whether a token is of a script without spaces: a pair of characters or the last one of a run."""
    return _PAIRED_START.match(token) is not None


@lru_cache(maxsize=1 << 12)  # eight times as many held up the event loop for 50 ms at each full garbage collection
def tokens_of(kind: str, text: str) -> tuple[Token, ...]:
    """Return the tokens of one folded match of `TOKEN` whose group was `kind`."""
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
        case _:  # c++, c# and emoji: as they are
            return (Token(text[:MAX_TOKEN], text[:MAX_TOKEN], _ALIASES.get(text, ())),)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text` in their order."""
    tokens: list[Token] = []
    for match in TOKEN.finditer(fold(text)):
        kind = match.lastgroup or "word"
        tokens += _pairs(match[0]) if kind == "pairs" else tokens_of(kind, match[0])
    return [token for token in tokens if token.text]


def compounds(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what a folded text writes in several ways, as it stands there, each with its other spellings."""
    for match in TOKEN.finditer(text):
        if match.lastgroup == "word" and _JOINERS.search(match[0]):
            yield match[0], tuple(chain.from_iterable(token.spellings for token in tokens_of("word", match[0])))


# Of a piece of text between two spaces: its part of the stream, other spellings, all words as written and pairs, and
# those of them that are not their own stem, with it.
_Piece = tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]


def _analysed(piece: str) -> _Piece:
    plain = piece.lstrip('("').rstrip('.,;:!?)"')
    if plain.isascii() and plain.isalpha():  # most are words with nothing else about them
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
    """What the index takes of an item's texts: the column of each, and of all their words as written, with pairs.

    It does what `tokenize` does, many times as fast: no token reaches across a space, and most of what is between
    two spaces has been seen before.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()
        self._stems: dict[str, str] = {}  # of those words that are not their own

    def column(self, text: str) -> str:
        """Take a text in; return the stream of its tokens, a boundary, other spellings."""
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
        """Take in what was taken of other texts."""
        self.words |= other.words
        self._stems |= other._stems

    def beside_stems(self) -> list[str]:
        """Return those of the words, as written, that their stems do not tell: two thirds are their own stem.

        A word is left out if it is its own stem, and the texts have no other word of that stem.
        """
        return sorted(self.words.intersection(self._stems.values()).union(self._stems))


def written_forms(beside: Collection[str], stems: Iterable[str]) -> set[str]:
    """Return a text's words as written, from its stems and what `Analysis.beside_stems` left of its words."""
    told = set(map(stem, beside))
    return {*beside, *(one for one in stems if one not in told and stem(one) == one)}


def words(text: str) -> set[str]:
    """Return the words of `text` as they are written (folded, not stemmed), other spellings too, and its pairs."""
    analysis = Analysis()
    analysis.column(text)
    return analysis.words
