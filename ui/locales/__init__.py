"""The words around a newsletter's own, in its language: one catalogue (`<language>.po`) for each.

English stands in the code and is the key; a translator edits a catalogue with any editor of gettext files. What a
catalogue lacks is shown in English.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

ENGLISH = "en"
_FOLDER = Path(__file__).parent
LANGUAGES = (ENGLISH, *sorted(file.stem for file in _FOLDER.glob("*.po")))


@dataclass(frozen=True, slots=True)
class Words:
    """What one language calls things."""

    language: str
    catalogue: gettext.NullTranslations

    def __call__(self, text: str, **values: object) -> str:
        """`text` in this language, with its `{names}` filled in."""
        return self.catalogue.gettext(text).format(**values)

    def sentence(self, text: str, values: Mapping[str, object]) -> str:
        """Return a sentence that may be one of no catalogue: without `values` its braces are braces."""
        translated = self.catalogue.gettext(text) if text else text
        return translated.format(**values) if values else translated

    def counted(self, number: int, one: str, many: str) -> str:
        """Return a number of things: `one` and `many` are the English "{number} item" and "{number} items"."""
        text = self.catalogue.ngettext(one, many, number)
        return text.format(number=format_decimal(number, locale=self.language))

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
        if self.language == ENGLISH:
            return f"{day.day} {self.month(day)}"
        return format_skeleton("yMMMd", day, locale=self.language)

    def month(self, day: dt.date) -> str:
        """Return a month and its year: `Sep 2023`."""
        return format_skeleton("yMMM", day, locale=self.language)


def N_(text: str) -> str:  # noqa: N802 -- gettext's name for it
    """Mark a sentence that is translated where it is shown, not here."""
    return text


def words_of(language: str) -> Words:
    """Return the words of a language by its tag ("de", "pt-BR"); English where there is no catalogue for it."""
    main = language.replace("_", "-").split("-", 1)[0].lower()
    return _words(main if main in LANGUAGES else ENGLISH)


@functools.cache
def _words(language: str) -> Words:
    if language == ENGLISH:
        return Words(ENGLISH, gettext.NullTranslations())
    with (_FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled))
