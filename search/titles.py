"""Queries that are a title: an item or issue of that title comes before items that contain its words."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from search.scoped import ScopedConnection
from storage.rows import folded
from storage.tokens import tokenize

_WHOLE, _PART_OF = 2, 3  # words of a question that may be a title, and of one that may be a part of one
_MOST = 20  # items that one question names
_COMPARED = 200  # newest issues with the words of a question in their title
_PART = re.compile(r"[:：|]|\s[-–—]\s")  # is between the name of a newsletter and what this issue is called


class Titled(NamedTuple):
    """Documents that a question names, in the order in which they are shown.

    `issue` is the title of the issue that some of them are of, "" for none.
    """

    documents: list[int]
    issue: str = ""


def titled(connection: ScopedConnection, text: str) -> Titled:
    """Return the first item of the newest issue called so, the items with this title, then the issue's others."""
    if len(tokenize(text)) < _WHOLE:
        return Titled([])
    items = connection.execute(
        "SELECT d.document FROM items i JOIN search_documents d ON d.item_id = i.id JOIN issues s ON s.id = i.issue_id"
        " WHERE i.title_folded IN (?, ?) AND s.newsletter IN (SELECT value FROM json_each(?))"
        " ORDER BY d.document DESC LIMIT ?",
        (*_with_question_mark(text), json.dumps(sorted(connection.newsletters)), _MOST),
    )
    documents = [int(document) for (document,) in items]
    issue = _issue_called(connection, text)
    if issue is None:
        return Titled(documents)
    of_issue = connection.execute(
        "SELECT d.document, s.title FROM issues s JOIN items i ON i.issue_id = s.id"
        " JOIN search_documents d ON d.item_id = i.id WHERE s.id = ? AND i.removed_at IS NULL"
        " ORDER BY i.position LIMIT ?",
        (issue, _MOST),
    ).fetchall()
    found = [int(document) for document, _ in of_issue]
    return Titled([*found[:1], *documents, *found[1:]], *(str(title) for _, title in of_issue[:1]))


def _with_question_mark(text: str) -> tuple[str, str]:
    """Return a folded title without and with the question mark that people leave out when they type it."""
    title = folded(text).rstrip("? ")
    return title, f"{title}?"


def _issue_called(connection: ScopedConnection, text: str) -> int | None:
    """Return the newest published issue whose title, most of its title or what follows a colon in it is the text."""
    is_part = len(tokenize(text)) >= _PART_OF
    pattern = "%".join(["", *re.findall(r"[^\W_]+", folded(text)), ""])
    rows = connection.execute(
        f"SELECT id, title_folded FROM issues WHERE removed_at IS NULL AND title_folded {'LIKE' if is_part else '='} ?"  # noqa: S608
        " AND newsletter IN (SELECT value FROM json_each(?)) AND EXISTS"
        " (SELECT 1 FROM items i JOIN search_documents d ON d.item_id = i.id WHERE i.issue_id = issues.id)"
        " ORDER BY sorted_at DESC LIMIT ?",
        (pattern if is_part else folded(text), json.dumps(sorted(connection.newsletters)), _COMPARED),
    )
    asked = _stream(text)
    return next((int(issue_id) for issue_id, title in rows if _is_called(str(title), asked)), None)


def _is_called(title: str, asked: str) -> bool:
    whole = _stream(title)
    if asked in whole and 2 * len(asked) > len(whole):
        return True
    return len(asked.split()) >= _PART_OF and any(asked == _stream(part) for part in _PART.split(title))


def _stream(text: str) -> str:
    return f" {' '.join(token.text for token in tokenize(text))} "
