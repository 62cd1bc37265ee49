"""Filters: which issues and items a subscription gets, and which word decided. Pure."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from digest.model import Issue, Item
from errors import S_

# Scripts without spaces between words, where a word matches anywhere in the text.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class By(StrEnum):
    """The part of a filter that decided."""

    NOTHING = "nothing"  # no condition, or all are met
    TAG = "tag"
    SECTION = "section"
    EXCLUDED_SECTION = "excluded section"
    ANY = "any word"
    ALL = "all words"
    NONE = "no word"
    SITE = "site"


_RULES = {
    By.TAG: S_('it takes only issues tagged "{word}"'),
    By.SECTION: S_('it takes only items below "{word}"'),
    By.EXCLUDED_SECTION: S_('it takes no items below "{word}"'),
    By.ANY: S_('it takes only items with one of the words "{word}"'),
    By.ALL: S_('it takes only items with the word "{word}"'),
    By.NONE: S_('it takes no items with the word "{word}"'),
    By.SITE: S_("it takes only items with a link to {word}"),
}


@dataclass(frozen=True, slots=True)
class FilterResult:
    """Whether something passes, the part of the filter that decided, and the deciding word ("" if none)."""

    passes: bool
    by: By = By.NOTHING
    word: str = ""

    @property
    def rule(self) -> str:
        """Return the reason for a rejection, as a clause about the channel; "" if it passes."""
        return "" if self.passes else _RULES[self.by].format(word=self.word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Conditions that an item must meet, all of them; empty conditions are always met.

    Words match whole words, ignoring case; "kube*" matches a prefix, and several words in one entry are a phrase. A
    site includes its subdomains.
    """

    sections: tuple[str, ...] = ()
    exclude_sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    words_any: tuple[str, ...] = ()
    words_all: tuple[str, ...] = ()
    words_none: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the filter has no conditions."""
        return self == _EVERYTHING

    def issue(self, issue: Issue) -> FilterResult:
        """Return the verdict on an issue as a whole."""
        return _one_of(self.tags, issue.tags, By.TAG)

    def item(self, item: Item) -> FilterResult:
        """Return the verdict on an item of an issue that passes; section conditions include subsections."""
        return _refusal(self._checks(item)) or FilterResult(passes=True, by=By.NOTHING, word=self._reason(item))

    def _checks(self, item: Item) -> Iterable[FilterResult]:
        yield _none_of(self.exclude_sections, item.section)
        yield _one_of(self.sections, item.section, By.SECTION)
        yield _site(self.sites, item)
        if self.words_none or self.words_all or self.words_any:
            text = _normal(f"{item.title}\n{item.text}")
            yield _without(self.words_none, text)
            yield _with_all(self.words_all, text)
            yield _with_any(self.words_any, text)

    def _reason(self, item: Item) -> str:
        """Return why an item passes, most specific condition first: words, else sites, else sections."""
        text = _normal(f"{item.title}\n{item.text}") if self.words_any or self.words_all else ""
        found = [word for word in (*self.words_any, *self.words_all) if _is_in(word, text)]
        if not found:
            found = [_site(self.sites, item).word] if self.sites else [_one_of(self.sections, item.section).word]
        return ", ".join(word for word in found if word)


_EVERYTHING = Filter()


def _refusal(verdicts: Iterable[FilterResult]) -> FilterResult | None:
    return next((verdict for verdict in verdicts if not verdict.passes), None)


def folded(text: str) -> str:
    """Return a heading or tag for comparison: case-folded, with single spaces."""
    return " ".join(text.split()).casefold()


def _one_of(wanted: Sequence[str], there: Iterable[str], by: By = By.SECTION) -> FilterResult:
    if not wanted:
        return FilterResult(passes=True)
    present = {folded(one) for one in there}
    found = next((one for one in wanted if folded(one) in present), None)
    return FilterResult(passes=found is not None, by=by, word=found or ", ".join(wanted))


def _none_of(refused: Sequence[str], there: Iterable[str]) -> FilterResult:
    present = {folded(one) for one in there} if refused else set[str]()
    found = next((one for one in refused if folded(one) in present), None)
    return FilterResult(passes=found is None, by=By.EXCLUDED_SECTION, word=found or "")


def _site(sites: Sequence[str], item: Item) -> FilterResult:
    if not sites:
        return FilterResult(passes=True)
    hosts = [_host(link.url) for link in item.links]
    found = next((site for site in sites if any(_covers(site.casefold(), host) for host in hosts)), None)
    return FilterResult(passes=found is not None, by=By.SITE, word=found or ", ".join(sites))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _covers(site: str, host: str) -> bool:
    return host == site or host.endswith(f".{site}")


def _without(words: Sequence[str], text: str) -> FilterResult:
    found = next((word for word in words if _is_in(word, text)), None)
    return FilterResult(passes=found is None, by=By.NONE, word=found or "")


def _with_all(words: Sequence[str], text: str) -> FilterResult:
    missing = next((word for word in words if not _is_in(word, text)), None)
    return FilterResult(passes=missing is None, by=By.ALL, word=missing or "")


def _with_any(words: Sequence[str], text: str) -> FilterResult:
    is_there = not words or any(_is_in(word, text) for word in words)
    return FilterResult(passes=is_there, by=By.ANY, word="" if is_there else ", ".join(words))


def _is_in(word: str, text: str) -> bool:
    return _pattern(word).search(text) is not None


@functools.lru_cache(4_096)
def _pattern(word: str) -> re.Pattern[str]:
    plain = _normal(word).strip()
    stem = plain.rstrip("*")
    body = r"\s+".join(re.escape(part) for part in stem.split())
    before = r"(?<!\w)" if stem[:1].isalnum() and not _UNSPACED.match(stem[:1]) else ""
    is_whole = stem == plain and stem[-1:].isalnum() and not _UNSPACED.match(stem[-1:])
    return re.compile(before + body + (r"(?!\w)" if is_whole else ""))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold() if not text.isascii() else text.casefold()
