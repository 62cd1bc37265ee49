"""What was covered of a text and its links: the same links first, then what comes near its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from digest.introduction import is_introduction
from search.query import parse
from search.search import Query, Search
from search.topics import Topics
from storage.links import link_key, main_of, words_of
from storage.readers import TookTooLong
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
class Found:
    """An item that has to do with the clues, and whether it is about one of their links."""

    item: ItemRecord
    issue: IssueRecord
    has_same_link: bool = False


class Related:
    """Finds what has to do with something."""

    def __init__(self, search: Search, topics: Topics) -> None:
        self._search = search
        self._topics = topics

    async def of(self, scope: Scope, clues: Clues, *, without: int | None = None, limit: int = SHOWN) -> list[Found]:
        """Return the nearest items, best first; the item `without` and its doubles in the answer are left out."""
        same = [
            Found(mention.item, mention.issue, has_same_link=True)
            for mention in await self._topics.covering(scope, clues.urls, without=without, limit=limit)
        ]
        found = {one.item.id: one for one in same[:_SAME_LINK]}
        for question, least in await self._questions(scope, clues):
            page = await self._search.search(scope, Query(text=question, limit=limit + 1))
            for hit in page.hits:
                is_near = hit.share > least and hit.item.id != without and not is_introduction(hit.item.item)
                if is_near and not _is_double(hit.item, found.values()):
                    found.setdefault(hit.item.id, Found(hit.item, hit.issue))
            if len(found) >= limit:
                break
        found |= {one.item.id: one for one in same[_SAME_LINK:]} if len(found) < limit else {}
        return list(found.values())[:limit]

    async def _questions(self, scope: Scope, clues: Clues) -> list[tuple[str, float]]:
        """Return what to search for, the most telling question first, and the share of it that an item must have.

        None has a meaning in the query language. Addresses are asked for only where there are no words.
        """
        titles = [title for title in map(plain_words, clues.titles[:3]) if title]
        questions = [(title, _OF_TITLE if len(parse(title).units) >= _FEW else _OF_FEW) for title in titles]
        if not titles and not clues.text.strip():
            questions += [(" ".join(words_of(url)[:_OF_ADDRESS]), _OF_FEW) for url in clues.urls[:3]]
        names = " ".join(word for title in titles for word in title.split() if not word[0].islower())
        questions += [(name, _OF_FEW) for name in await self._rarest(scope, names, _NAMES, most=_SELDOM)]
        text = plain_words(clues.text)
        questions += [(" ".join(await self._rarest(scope, text, count)), _OF_FEW) for count in _RAREST if text]
        return [(question, least) for question, least in dict.fromkeys(questions) if question.strip()]

    async def _rarest(self, scope: Scope, text: str, count: int, most: int | None = None) -> list[str]:
        """Return the words of a text that say most, none where finding out takes too long."""
        try:
            return await self._topics.telling_words(scope, text, count, most)
        except TookTooLong:
            return []


def plain_words(text: str) -> str:
    """Text whose signs mean nothing to a search: no quotes, no minus before a word, no `key:value`."""
    text = text.replace("\\", "")
    for sign in '"“”„«»「」『』＂*`|<>()[]{}':
        text = text.replace(sign, " ")
    words = (word.replace(":", " ").lstrip("-–—") for word in text.split() if "://" not in word)
    return " ".join(" ".join(words).split())


def _is_double(item: ItemRecord, known: Iterable[Found]) -> bool:
    """Whether an item is the same story as one that is known already: about the same link."""
    link = _main_link(item)
    return link is not None and link in {_main_link(one.item) for one in known}


def _main_link(item: ItemRecord) -> int | None:
    main = main_of([link.url for link in item.item.links])
    return link_key(main) if main else None
