"""Herald's own texts in each language: one catalogue (`<language>.po`) per language.

The English text in the code is the key; translators edit a catalogue with any gettext editor. Texts that a catalogue
lacks are shown in English. A catalogue with only the texts of posted messages is not used for answers, half of which
would be in English.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext
import io
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
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
_SIGNS = frozenset({"⚠️", "🔸", "❗", "📄"})  # signs that may precede a sentence
_WITHOUT_SPACES = frozenset(("ja", "zh"))  # languages without a space between sentences
_WITH_ANSWERS = 100  # texts; a smaller catalogue only covers posted messages
_SPANISH_I = re.compile(r"h?i(?!e)", re.IGNORECASE)  # "Insertar", "hilos", but not "hielo"
_LONGEST_TOLD = 1_000  # characters of a stored sentence
_FOLDER = Path(__file__).parent
LANGUAGES = (ENGLISH, *sorted(file.stem for file in _FOLDER.glob("*.po")))


@dataclass(frozen=True, slots=True)
class Words:
    """Herald's texts in one language."""

    language: str
    catalogue: gettext.NullTranslations
    has_answers: bool = True

    def __call__(self, text: str, **values: object) -> str:
        """Return `text` in this language, with its `{names}` filled in."""
        return self.catalogue.gettext(text).format(**values)

    def sentence(self, text: str, values: Mapping[str, object]) -> str:
        """Translate a sentence that may be missing from the catalogue; without `values`, its braces are literal."""
        translated = self.catalogue.gettext(text) if text else text
        if not values:
            return translated if translated != text else self.notes(text)
        shown = {name: self.told(str(one)) if isinstance(one, str | Exception) else one for name, one in values.items()}
        return translated.format(**shown)

    def told(self, text: str, _depth: int = 3) -> str:
        """Translate a sentence generated or stored in English; unchanged if it was not marked by `S_`."""
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
        """Translate several sentences generated in English, separated by spaces."""
        parts, found = re.split(r"(?<=[.?!]) ", text), list[str]()
        while parts:
            lengths = (count for count in range(len(parts), 1, -1) if untold(" ".join(parts[:count])) is not None)
            count = next(lengths, 1)
            found.append(self.told(" ".join(parts[:count])))
            parts = parts[count:]
        return self.sentences(found)

    def counted(self, number: int, one: str, many: str, **values: object) -> str:
        """Return a count; `one` and `many` are the English "{number} item" and "{number} items"."""
        text = self.catalogue.ngettext(one, many, number)
        return text.format(number=format_decimal(number, locale=self.language), **values)

    def listed(self, parts: Sequence[str]) -> str:
        """Return `a, b and c`."""
        text = format_list(parts, locale=self.language) if parts else ""
        # "y" becomes "e" before the same sound; CLDR's list patterns cannot express that.
        if self.language == "es" and len(parts) > 1 and _SPANISH_I.match(parts[-1]):
            return f"{text.removesuffix(f'y {parts[-1]}')}e {parts[-1]}"
        return text

    def sentences(self, parts: Iterable[str]) -> str:
        """Return several sentences in a row, without the empty ones."""
        return ("" if self.language in _WITHOUT_SPACES else " ").join(filter(None, parts))

    def labelled(self, label: str, value: str) -> str:
        """Return `Layout: Automatic`."""
        return self("{label}: {value}", label=label, value=value)

    def joined(self, parts: Sequence[str]) -> str:
        """Return `3 issues, 18 items`: parts separated by commas."""
        return self(", ").join(parts)

    def items(self, number: int) -> str:
        """Return `1 item` or `2 items`."""
        return self.counted(number, "{number} item", "{number} items")

    def more(self, number: int) -> str:
        """Return `… and 3 more`."""
        return self.counted(number, "… and {number} more", "… and {number} more")

    def page(self, page: int, pages: int) -> str:
        """Return `Page 1 of 3`."""
        numbers = {"page": page, "pages": pages}
        shown = {name: format_decimal(number, locale=self.language) for name, number in numbers.items()}
        return self("Page {page} of {pages}", **shown)

    def day(self, day: dt.date) -> str:
        """Return a date in this language's long form: `6 September 2023`."""
        if self.language == ENGLISH:  # day, month and year in an unambiguous order
            return f"{day.day} {format_date(day, 'MMMM y', locale=ENGLISH)}"
        return format_date(day, "long", locale=self.language)

    def short_day(self, day: dt.date) -> str:
        """Return a short date: `6 Sep 2023`."""
        return _short_day(self.language, day)

    def month(self, day: dt.date) -> str:
        """Return a month and its year: `Sep 2023`."""
        return _month(self.language, day)

    def step(self, day: dt.date, unit: str) -> str:
        """Return the month, quarter or year that starts on a date: `Sep 2023`, `Q3 2023`, `2023`."""
        skeletons = {"month": "yMMM", "quarter": "yQQQ"}
        return format_skeleton(skeletons[unit], day, locale=self.language) if unit in skeletons else str(day.year)

    def step_name(self, day: dt.date, unit: str) -> str:
        """Return the same without its year: `Sep`, `Q3`."""
        return format_date(day, "LLL" if unit == "month" else "QQQ", locale=self.language)


_ANSWERING: ContextVar[str] = ContextVar("language of whoever is answered", default=ENGLISH)


def answer_in(language: str) -> None:
    """Set the language, a user's or a server's, for all further texts of this task."""
    _ANSWERING.set(language)


@contextmanager
def answering(language: str) -> Generator[Words]:
    """Use a language for all texts within the block."""
    token = _ANSWERING.set(language)
    try:
        yield words_of(language)
    finally:
        _ANSWERING.reset(token)


def spoken() -> Words:
    """Return the texts in the user's language, which commands, presses, forms and reports to the admins set.

    Posted messages use their newsletter's language instead, by `words_of`.
    """
    words = words_of(_ANSWERING.get())
    return words if words.has_answers else words_of(ENGLISH)


def opened() -> Words:
    """Return the texts for a user who opens posted contents; every catalogue includes these."""
    return words_of(_ANSWERING.get())


@overload
def N_(one: str, /) -> str: ...
@overload
def N_(one: str, many: str, /) -> tuple[str, str]: ...
def N_(one: str, many: str | None = None, /) -> str | tuple[str, str]:  # noqa: N802 -- gettext's name for it
    """Mark a sentence, or its singular and plural, for translation where it is shown."""
    return one if many is None else (one, many)


def words_of(language: str) -> Words:
    """Return the texts in a language by its tag ("de", "pt-BR"); English if it has no catalogue."""
    main = language.replace("_", "-").split("-", 1)[0].lower()
    return _words(main if main in LANGUAGES else ENGLISH)


def forget_catalogues() -> None:
    """Release the loaded catalogues; each is loaded again when needed."""
    _words.cache_clear()


# Cached, because a page shows many dates, some repeatedly, and most pages those of the newest issues.


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
    # gettext only reads compiled catalogues; compiling on load avoids a build step after a text is changed.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled), len(catalogue) >= _WITH_ANSWERS)
