"""Coverage related to a text and its links: the same links first, then similar words."""

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
_SAME_LINK = 4  # of those shown, if others come near too
_RAREST = (2, 4)  # words of a text that are asked for: those that say most, then some more
_OF_ADDRESS = 4  # words in an address that may say what its page is about
# The share of a question, by the weight of its words, that an item has to have to be near: more than a third of a whole
# title, of few words nearly all. What has less shares a word by chance.
_OF_TITLE, _OF_FEW = 0.38, 0.8
_FEW = 3  # words
_NAMES, _SELDOM = 3, 20  # words of a title that may be names, asked for one by one; items that have one at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What something is about: `titles` say it best, `text` may be long."""

    titles: tuple[str, ...] = ()
    text: str = ""
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """An item that has to do with the clues, and whether it is about one of their links."""

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
        """Return the nearest items, best first; the item `without` and its doubles in the answer are left out."""
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
        """Return the items that have enough of a question, but for those that are `known` or about one of the links."""
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
        """Return what to search for, the most telling question first, and the share of it that an item must have.

        None has a meaning in the query language. Addresses are asked for only if there are no words.
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
    """Return the share of a question that an item has to have to be near: less of a long title."""
    is_long_title = question in titles and len(parse(question).units) >= _FEW
    return _OF_TITLE if is_long_title else _OF_FEW


def plain_words(text: str) -> str:
    """Return a text whose signs mean nothing to a search: no quotes, no minus before a word, no `key:value`."""
    text = text.replace("\\", "")
    for sign in '"“”„«»「」『』＂*`|<>()[]{}':
        text = text.replace(sign, " ")
    words = (word.replace(":", " ").lstrip("-–—") for word in text.split() if "://" not in word)
    return " ".join(" ".join(words).split())


def _main_link(item: ItemRecord) -> int | None:
    main = main_of([link.url for link in item.item.links])
    return link_key(main) if main else None
