"""Queries that are a title: the item or issue of that title ranks before items that contain its words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from search.frames import FUNCTION_WORDS
from search.query import Unit
from search.scoped import ScopedConnection
from storage.rows import folded
from storage.tokens import tokenize

_WHOLE, _PART_OF = 2, 3  # words that a query needs to be a title, and to be part of one
_MOST = 20  # items that one query can name
_MOST_WORDS = 50  # words of a query that can be part of a title: stored titles are cut after 200 characters
_LOOKED_AT = 20  # newest issues whose title contains all words as substrings
_ITEMS = (
    "SELECT d.document FROM items i JOIN search_documents d ON d.item_id = i.id JOIN issues s ON s.id = i.issue_id"
    " WHERE i.title_folded IN (:text, :text || '?') AND s.newsletter IN (SELECT value FROM json_each(:newsletters))"
    " ORDER BY d.document DESC LIMIT :most"
)
_IS_TITLE = "title_folded IN (:text, :text || '?')"
# Whether an issue's title contains the text and little else, or ends with it after a separator.
_HAS_TITLE = (
    f"instr(title_folded, :text) AND ({_IS_TITLE} OR length(title_folded) < 2 * length(:text)"
    " OR substr(title_folded, -length(:text)) = :text"
    " AND substr(rtrim(substr(title_folded, 1, length(title_folded) - length(:text))), -1)"
    " IN (':', '：', '|', '-', '–', '—'))"
)
# Uses the covering index; SQLite's planner would choose the one on newsletters and read each issue. The condition comes
# first because it is the most selective.
_ISSUES = (
    "SELECT id, title FROM issues INDEXED BY ix_issues_titles"
    " WHERE removed_at IS NULL AND ({}) AND newsletter IN (SELECT value FROM json_each(:newsletters))"
    " AND EXISTS (SELECT 1 FROM items JOIN search_documents ON item_id = items.id WHERE issue_id = issues.id)"
    " ORDER BY sorted_at DESC LIMIT :looked_at"
)
_OF_ISSUE = (
    "SELECT d.document FROM items i JOIN search_documents d ON d.item_id = i.id"
    " WHERE i.issue_id = ? AND i.removed_at IS NULL ORDER BY i.position LIMIT ?"
)


class Titled(NamedTuple):
    """Documents named by a query, in the order in which they are shown.

    `issue` is the title of the issue that they belong to, "" for none.
    """

    documents: list[int]
    issue: str = ""


def titled(connection: ScopedConnection, text: str) -> Titled:
    """Return the first item of the newest issue with this title, the items with this title, then the issue's others."""
    words = len(tokenize(text))
    title = folded(text).rstrip("?!. ")  # people omit punctuation when they type a title
    if words < _WHOLE or not title:
        return Titled([])
    newsletters = json.dumps(sorted(connection.newsletters))
    asked = {"text": title, "newsletters": newsletters, "most": _MOST, "looked_at": 1}
    is_called = _IS_TITLE if words < _PART_OF else _HAS_TITLE
    documents = [int(document) for (document,) in connection.execute(_ITEMS, asked)]
    for number, issue in connection.execute(_ISSUES.format(is_called), asked).fetchall():
        first, *others = _documents_of(connection, number)
        return Titled([first, *documents, *others], str(issue))
    return Titled(documents)


def titled_with(connection: ScopedConnection, units: Sequence[Unit]) -> Titled:
    """Return the newest issue with the units in its title, for a query that no item matches as a whole."""
    if any(unit.kind != "words" for unit in units):
        return Titled([])
    words = {f"word{at}": surface for at, surface in enumerate(surface for unit in units for surface in unit.surfaces)}
    if len(words) > _MOST_WORDS:
        return Titled([])
    # Substrings only: whole words are compared below.
    has_words = " AND ".join(f"instr(title_folded, :{name})" for name in words)
    asked = {**words, "newsletters": json.dumps(sorted(connection.newsletters)), "looked_at": _LOOKED_AT}
    for number, issue in connection.execute(_ISSUES.format(has_words), asked).fetchall():
        if _is_named(str(issue), units):
            return Titled(_documents_of(connection, number), str(issue))
    return Titled([])


def _is_named(title: str, units: Sequence[Unit]) -> bool:
    """Whether units are adjacent in a title ("LCC 304"), or are half of it ("tutorial for Clojure").

    Words scattered over a title that lists its issue's contents do not name the issue.
    """
    tokens = tokenize(title)
    telling = [token.text for token in tokens if token.surface not in FUNCTION_WORDS]
    typed = [token for unit in units for token in unit.tokens]
    if any(f" {' '.join(typed)} " in f" {' '.join(of)} " for of in (telling, [token.text for token in tokens])):
        return True
    is_half = 2 * len(typed) >= len(telling)
    return is_half and all(f" {' '.join(unit.tokens)} " in f" {' '.join(telling)} " for unit in units)


def _documents_of(connection: ScopedConnection, issue: int) -> list[int]:
    return [int(document) for (document,) in connection.execute(_OF_ISSUE, (issue, _MOST))]
