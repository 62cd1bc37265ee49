"""Coverage related to a text and its links: items with the same links first, then items with similar words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.introduction import is_introduction
from search.query import parse
from search.search import Query, Search
from search.topics import Topics
from storage.links import link_key, main_of, words_of
from storage.records import IssueRecord, ItemRecord
from storage.scope import Scope

SHOWN = 6
_SAME_LINK = 4  # items with the same link, if there are others
_RAREST = (2, 4)  # numbers of a text's rarest words to search for, one query each
_OF_ADDRESS = 4  # words of a URL that may describe its page
# The share of a query's weight that a related item needs: more than a third of a whole title, nearly all of few words.
# Items with less share a word by chance.
_OF_TITLE, _OF_FEW = 0.38, 0.8
_FEW = 3  # words
_NAMES, _SELDOM = 3, 20  # possible names in a title, one query each, and items that each of them has at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What to find related items for; `titles` are the most specific, `text` may be long."""

    titles: tuple[str, ...] = ()
    text: str = ""
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """A related item, and whether it is about one of the clues' links."""

    item: ItemRecord
    issue: IssueRecord
    has_same_link: bool = False


class Related:
    """Finds items related to some clues."""

    def __init__(self, search: Search, topics: Topics) -> None:
        self._search = search
        self._topics = topics

    async def of(
        self, scope: Scope, clues: Clues, *, without: int | None = None, limit: int = SHOWN
    ) -> list[RelatedItem]:
        """Return the most related items, best first, without the item `without` and without duplicates."""
        same = [
            RelatedItem(mention.item, mention.issue, has_same_link=True)
            for mention in await self._topics.covering(scope, clues.urls, without=without, limit=limit)
        ]
        found = same[:_SAME_LINK]
        for question, least in await self._questions(scope, clues):
            if len(found) >= limit:
                break
            known = {without, *(one.item.id for one in found)}
            found += await self._near(scope, question, least, known, {_main_link(one.item) for one in found} - {None})
        return [*found, *same[_SAME_LINK:]][:limit]

    async def _near(
        self, scope: Scope, question: str, least: float, known: set[int | None], links: set[int | None]
    ) -> list[RelatedItem]:
        """Return the items with enough of a query, except those that are `known` or about one of the links."""
        page = await self._search.search(scope, Query(text=question, limit=SHOWN + len(known)))
        found: list[RelatedItem] = []
        for hit in page.hits:
            is_near = hit.share > least and not is_introduction(hit.item.item)
            link = _main_link(hit.item)
            if is_near and hit.item.id not in known and link not in links:
                found.append(RelatedItem(hit.item, hit.issue))
                links |= {link} - {None}
        return found

    async def _questions(self, scope: Scope, clues: Clues) -> list[tuple[str, float]]:
        """Return the queries, the most specific first, with the share of each that an item needs.

        They contain no operators of the query language. URLs are used only if there are no words.
        """
        titles = list(map(plain_words, clues.titles[:3]))
        text, words = plain_words(clues.text), " ".join(titles).split()
        names = " ".join(word for word in words if not word[0].islower())
        questions = [*titles, *await self._topics.telling_words(scope, names, _NAMES, most=_SELDOM)]
        questions += [" ".join(await self._topics.telling_words(scope, text, count)) for count in _RAREST]
        if not words and not text:
            questions = [" ".join(words_of(url)[:_OF_ADDRESS]) for url in clues.urls[:3]]
        return [(one, _least_share(one, titles)) for one in dict.fromkeys(questions) if one]


def _least_share(question: str, titles: Sequence[str]) -> float:
    """Return the share of a query that a related item needs: less of a long title."""
    is_long_title = question in titles and len(parse(question).units) >= _FEW
    return _OF_TITLE if is_long_title else _OF_FEW


def plain_words(text: str) -> str:
    """Return a text without operators of the query language: quotes, a minus before a word, `key:value`."""
    text = text.replace("\\", "")
    for sign in '"“”„«»「」『』＂*`|<>()[]{}':
        text = text.replace(sign, " ")
    words = (word.replace(":", " ").lstrip("-–—") for word in text.split() if "://" not in word)
    return " ".join(" ".join(words).split())


def _main_link(item: ItemRecord) -> int | None:
    main = main_of([link.url for link in item.item.links])
    return link_key(main) if main else None
