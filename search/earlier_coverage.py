"""Earlier coverage of an item: of the same link, or of the same thing by its name.

Only issues dated before the item's own count, so the answer does not change later.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from search.cooccurrence import is_telling
from search.index_reader import as_written
from search.scoped import ScopedConnection
from storage.index import DAY_SHIFT, FIRST_DATED
from storage.links import is_account, names_of
from storage.tokens import stem, words

STANDING = 3  # a link that was covered more often recurs in every issue: a form, a list of events
SELDOM = 8  # a name in more titles is a regular topic, whose earlier coverage is not worth mentioning
MENTIONED = 40  # a name that more items mention is an ordinary word
_LEAST = 4  # letters of a name
_NAMES = 12  # names of a title that are looked up
_WORD = re.compile(r"[^\W\d_]\w*")


@dataclass(frozen=True, slots=True)
class Before:
    """The latest earlier day; `topic` is the name as the new title writes it, "" if the link is the same.

    `item_id` is the item that covered it; it does not affect equality.
    """

    day: dt.date
    topic: str = ""
    item_id: int | None = field(default=None, compare=False)


def covered_before(connection: ScopedConnection, item_ids: Iterable[int]) -> dict[int, Before]:
    """Return when an earlier issue last covered each item's link or topic; others are absent."""
    found: dict[int, Before] = {}
    for item_id in item_ids:
        row = connection.execute(
            "SELECT d.document, d.link, i.title, i.links FROM search_documents d JOIN items i ON i.id = d.item_id"
            " WHERE d.item_id = ?",
            (item_id,),
        ).fetchone()
        if row is None:
            continue
        document, link, title, links = row
        today = int(document) >> DAY_SHIFT << DAY_SHIFT
        before = _by_link(connection, link, today) or _by_name(connection, str(title), _names(links), today)
        if before is not None:
            found[item_id] = before
    return found


def _by_link(connection: ScopedConnection, link: int | None, today: int) -> Before | None:
    """Find earlier coverage of the same link. One covered more than `STANDING` times is ignored: every issue has it."""
    if link is None:
        return None
    earlier = connection.documents_about(link, before=today, since=FIRST_DATED, limit=STANDING + 1)
    return _before(connection, earlier[0]) if 0 < len(earlier) <= STANDING else None


def _by_name(connection: ScopedConnection, title: str, own: frozenset[str], today: int) -> Before | None:
    """Find earlier titles with the same name, if they are few. A word is a name if a site or repository is called so.

    Rarity is not enough: in a small archive all words are rare. Both titles have to write the name the same way,
    capitalised or as their first word ("Novel ideas" and "a novel idea" do not share a name).
    """
    written = list(dict.fromkeys(_WORD.findall(title)))[:_NAMES]
    names = [word for at, word in enumerate(written) if not (at and word.islower())]
    found = [_by_one_name(connection, name, own, today) for name in names]
    return max(filter(None, found), key=lambda one: one.day, default=None)


def _by_one_name(connection: ScopedConnection, written: str, own: frozenset[str], today: int) -> Before | None:
    name = next(iter(words(written)), "")
    if len(name) < _LEAST or not is_telling(name):
        return None
    earlier = _titles(connection, name, today)
    if not 0 < len(earlier) <= SELDOM or _is_frequent(connection, name, today):
        return None
    same = [document for document, title, _ in earlier if written in _WORD.findall(title)]
    is_name = name in own or any(name in _names(links) for *_, links in earlier)
    return _before(connection, same[0], written) if same and is_name else None


def _titles(connection: ScopedConnection, name: str, today: int) -> Sequence[tuple[int, str, str]]:
    """Return the documents, titles and links of the newest earlier items whose title has the name, ignoring case."""
    expression = connection.within(f'title : "{stem(name)}" AND {as_written(connection, name)}')
    return connection.execute(
        "SELECT d.document, i.title, i.links FROM search_documents d JOIN items i ON i.id = d.item_id"
        " WHERE d.document IN (SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid >= ? AND rowid < ?"
        " ORDER BY rowid DESC LIMIT ?) ORDER BY d.document DESC",
        (expression, FIRST_DATED, today, SELDOM + 1),
    ).fetchall()


def _is_frequent(connection: ScopedConnection, name: str, today: int) -> bool:
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? AND rowid < ? LIMIT ?)",
        (connection.within(as_written(connection, name)), today, MENTIONED + 1),
    ).fetchone()
    return int(count) > MENTIONED


def _names(links: str) -> frozenset[str]:
    """Return the name in the address of an item's story; `links` are as stored."""
    first = next((url for _, url in json.loads(links) if not is_account(url)), None)
    return frozenset(names_of(first)) if first else frozenset()


def _before(connection: ScopedConnection, document: int, topic: str = "") -> Before:
    day = dt.date.fromordinal(document >> DAY_SHIFT)
    return Before(day, topic, connection.items_of([document]).get(document))
