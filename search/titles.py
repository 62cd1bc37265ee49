"""Queries that are a title: an item or issue of that title comes before items that contain its words."""

from __future__ import annotations

import json
from typing import NamedTuple

from search.scoped import ScopedConnection
from storage.rows import folded
from storage.tokens import tokenize

_WHOLE, _PART_OF = 2, 3  # words of a question that may be a title, and of one that may be a part of one
_MOST = 20  # items that one question names
_ITEMS = (
    "SELECT d.document FROM items i JOIN search_documents d ON d.item_id = i.id JOIN issues s ON s.id = i.issue_id"
    " WHERE i.title_folded IN (:text, :text || '?') AND s.newsletter IN (SELECT value FROM json_each(:newsletters))"
    " ORDER BY d.document DESC LIMIT :most"
)
_IS_TITLE = "title_folded IN (:text, :text || '?')"
# Whether an issue's title has the text, and little more, or ends with it behind a sign.
_HAS_TITLE = (
    "instr(title_folded, :text) AND (length(title_folded) < 2 * length(:text)"
    " OR substr(title_folded, -length(:text)) = :text"
    " AND substr(rtrim(substr(title_folded, 1, length(title_folded) - length(:text))), -1)"
    " IN (':', '：', '|', '-', '–', '—'))"
)
# By the index that has all of it: SQLite would choose that of newsletters, and read each issue.
_ISSUE = (
    "SELECT d.document, s.title FROM issues s JOIN items i ON i.issue_id = s.id"
    " JOIN search_documents d ON d.item_id = i.id WHERE i.removed_at IS NULL AND s.id = (SELECT id FROM issues"
    " INDEXED BY ix_issues_titles"
    " WHERE removed_at IS NULL AND newsletter IN (SELECT value FROM json_each(:newsletters)) AND ({})"
    " AND EXISTS (SELECT 1 FROM items JOIN search_documents ON item_id = items.id WHERE issue_id = issues.id)"
    " ORDER BY sorted_at DESC LIMIT 1) ORDER BY i.position LIMIT :most"
)


class Titled(NamedTuple):
    """Documents that a question names, in the order in which they are shown.

    `issue` is the title of the issue that some of them are of, "" for none.
    """

    documents: list[int]
    issue: str = ""


def titled(connection: ScopedConnection, text: str) -> Titled:
    """Return the first item of the newest issue called so, the items with this title, then the issue's others."""
    words = len(tokenize(text))
    title = folded(text).rstrip("?!. ")  # people leave signs out when they type a title
    if words < _WHOLE or not title:
        return Titled([])
    newsletters = json.dumps(sorted(connection.newsletters))
    asked = {"text": title, "newsletters": newsletters, "most": _MOST}
    is_called = _IS_TITLE if words < _PART_OF else f"{_IS_TITLE} OR {_HAS_TITLE}"
    documents = [int(document) for (document,) in connection.execute(_ITEMS, asked)]
    of_issue = connection.execute(_ISSUE.format(is_called), asked).fetchall()
    found = [int(document) for document, _ in of_issue]
    return Titled([*found[:1], *documents, *found[1:]], *(str(issue) for _, issue in of_issue[:1]))
