"""Advice to authors on invalid front matter, because parsers' own messages are about grammar."""

from __future__ import annotations

_BY_PROBLEM = {
    "mapping values are not allowed": 'put a value that has a colon in it in quotes, as in title: "Rust: the week"',
    "cannot start any token": "put a value that begins with such a sign in quotes",
    "tab character": "write spaces, not tabs",
    "expected ',' or ']'": "close the list that begins here with ]",
    "expected ',' or '}'": "close the map that begins here with }",
    "unexpected end of stream": "close the quotation mark that opens here",
    "did not find expected key": "put the whole value in quotes, or close its brackets",
    "Illegal character '\\n'": "close the quotation mark in this line",
    'Expected "\'"': "close the quotation mark",
    "Invalid value": "put text in quotes",
    "Expected newline or end of document": "put the whole value in quotes",
    "Unclosed array": "close the list with ]",
    "it is not closed": "end it with a line like the one that opens it",
}


def advised(problem: str) -> str:
    """Return a parser's message, with advice if there is any for it."""
    remedy = next((text for part, text in _BY_PROBLEM.items() if part in problem), None)
    return f"{problem}: {remedy}" if remedy else problem


def begins_earlier(problem: str) -> bool:
    """Whether a fault is located where something was opened rather than where the parser failed."""
    return problem == "found unexpected end of stream" or problem.startswith("did not find expected ','")
