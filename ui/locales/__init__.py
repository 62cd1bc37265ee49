"""Herald's own texts in each language: one catalogue (`<language>.po`) per language.

English is in the code and is the key; a translator edits a catalogue with any editor of gettext files. What a
catalogue lacks is shown in English; one that has only what is posted is not used for answers, half of whose words would
be English.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext
import io
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from errors import untold

ENGLISH = "en"
_SIGNS = frozenset({"⚠️", "🔸", "❗", "📄"})  # that are before a sentence
_WITHOUT_SPACES = frozenset(("ja", "zh"))  # languages that put no space between sentences
_WITH_ANSWERS = 100  # texts: a catalogue of fewer has those of what is posted
_LONGEST_TOLD = 1_000  # characters of a stored sentence
_FOLDER = Path(__file__).parent
LANGUAGES = (ENGLISH, *sorted(file.stem for file in _FOLDER.glob("*.po")))


@dataclass(frozen=True, slots=True)
class Words:
    """What one language calls things."""

    language: str
    catalogue: gettext.NullTranslations
    has_answers: bool = True

    def __call__(self, text: str, **values: object) -> str:
        """`text` in this language, with its `{names}` filled in."""
        return self.catalogue.gettext(text).format(**values)

    def sentence(self, text: str, values: Mapping[str, object]) -> str:
        """Return a sentence that may be one of no catalogue: without `values` its braces are braces."""
        translated = self.catalogue.gettext(text) if text else text
        if not values:
            return translated if translated != text else self.notes(text)
        shown = {name: self.told(str(one)) if isinstance(one, str | Exception) else one for name, one in values.items()}
        return translated.format(**shown)

    def told(self, text: str, _depth: int = 3) -> str:
        """Return a sentence that was made, or stored, in English; as it is where it is none that `S_` marks."""
        if self.language == ENGLISH or not 0 < len(text) <= _LONGEST_TOLD:
            return text
        sign, space, rest = text.partition(" ")
        if space and sign in _SIGNS:
            return f"{sign} {self.told(rest)}"
        if (found := untold(text)) is None:
            parts = re.split(r", | and ", text)
            return self.listed([*map(self.told, parts)]) if len(parts) > 1 and all(map(untold, parts)) else text
        sentence, values = found
        inner = {name: self.told(value, _depth - 1) if _depth else value for name, value in values.items()}
        return self.catalogue.gettext(sentence).format(**inner)

    def notes(self, text: str) -> str:
        """Return several sentences that were made in English, one after the other."""
        parts, found = re.split(r"(?<=[.?!]) ", text), list[str]()
        while parts:
            lengths = (count for count in range(len(parts), 1, -1) if untold(" ".join(parts[:count])) is not None)
            count = next(lengths, 1)
            found.append(self.told(" ".join(parts[:count])))
            parts = parts[count:]
        return ("" if self.language in _WITHOUT_SPACES else " ").join(found)

    def counted(self, number: int, one: str, many: str, **values: object) -> str:
        """Return a number of things: `one` and `many` are the English "{number} item" and "{number} items"."""
        text = self.catalogue.ngettext(one, many, number)
        return text.format(number=format_decimal(number, locale=self.language), **values)

    def listed(self, parts: Sequence[str]) -> str:
        """Return `a, b and c`."""
        return format_list(parts, locale=self.language) if parts else ""

    def joined(self, parts: Sequence[str]) -> str:
        """Return `3 issues, 18 items`: parts one after the other."""
        return self(", ").join(parts)

    def items(self, number: int) -> str:
        """`1 item`, `2 items`."""
        return self.counted(number, "{number} item", "{number} items")

    def more(self, number: int) -> str:
        """`… and 3 more`."""
        return self.counted(number, "… and {number} more", "… and {number} more")

    def page(self, page: int, pages: int) -> str:
        """`Page 1 of 3`."""
        numbers = {"page": page, "pages": pages}
        shown = {name: format_decimal(number, locale=self.language) for name, number in numbers.items()}
        return self("Page {page} of {pages}", **shown)

    def day(self, day: dt.date) -> str:
        """Return a day as people of this language write it: `6 September 2023`."""
        if self.language == ENGLISH:  # day, month and year in an order that nobody misreads
            return f"{day.day} {format_date(day, 'MMMM y', locale=ENGLISH)}"
        return format_date(day, "long", locale=self.language)

    def short_day(self, day: dt.date) -> str:
        """Return a day in few letters: `6 Sep 2023`."""
        return _short_day(self.language, day)

    def month(self, day: dt.date) -> str:
        """Return a month and its year: `Sep 2023`."""
        return _month(self.language, day)

    def step(self, day: dt.date, unit: str) -> str:
        """Return the month, quarter or year that begins with a day: `Sep 2023`, `Q3 2023`, `2023`."""
        skeletons = {"month": "yMMM", "quarter": "yQQQ"}
        return format_skeleton(skeletons[unit], day, locale=self.language) if unit in skeletons else str(day.year)

    def step_name(self, day: dt.date, unit: str) -> str:
        """Return the same without its year: `Sep`, `Q3`."""
        return format_date(day, "LLL" if unit == "month" else "QQQ", locale=self.language)


_ANSWERING: ContextVar[str] = ContextVar("language of whoever is answered", default=ENGLISH)


def answer_in(language: str) -> None:
    """Let all that is said in this task from here on be said in a language (a person's, or a server's)."""
    _ANSWERING.set(language)


@contextmanager
def answering(language: str) -> Generator[Words]:
    """Say all that is said within in a language."""
    token = _ANSWERING.set(language)
    try:
        yield words_of(language)
    finally:
        _ANSWERING.reset(token)


def spoken() -> Words:
    """Return the words of whoever is answered: a command, a press and a form set it, a note to the admins does.

    What is posted for everybody takes its newsletter's words instead, by `words_of`.
    """
    words = words_of(_ANSWERING.get())
    return words if words.has_answers else words_of(ENGLISH)


def opened() -> Words:
    """Return the words of whoever opens what is posted, its contents or its whole text: each catalogue has them."""
    return words_of(_ANSWERING.get())


@overload
def N_(one: str, /) -> str: ...
@overload
def N_(one: str, many: str, /) -> tuple[str, str]: ...
def N_(one: str, many: str | None = None, /) -> str | tuple[str, str]:  # noqa: N802 -- gettext's name for it
    """Mark a sentence, or one with the plural that counts, that is translated where it is shown, not here."""
    return one if many is None else (one, many)


def words_of(language: str) -> Words:
    """Return the words of a language by its tag ("de", "pt-BR"); English if there is no catalogue for it."""
    main = language.replace("_", "-").split("-", 1)[0].lower()
    return _words(main if main in LANGUAGES else ENGLISH)


def forget_catalogues() -> None:
    """Let go of the catalogues that were read; each is read again when it is needed."""
    _words.cache_clear()


# A page says the days of all that it lists, some of them twice, and most pages those of the newest issues.


@functools.lru_cache(maxsize=1 << 10)
def _short_day(language: str, day: dt.date) -> str:
    if language == ENGLISH:
        return f"{day.day} {_month(language, day)}"
    return format_skeleton("yMMMd", day, locale=language)


@functools.lru_cache(maxsize=1 << 10)
def _month(language: str, day: dt.date) -> str:
    return format_skeleton("yMMM", day, locale=language)


@functools.cache
def _words(language: str) -> Words:
    if language == ENGLISH:
        return Words(ENGLISH, gettext.NullTranslations())
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (_FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    # gettext reads compiled catalogues alone; compiled here, nothing has to be built after a text was changed.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled), len(catalogue) >= _WITH_ANSWERS)
