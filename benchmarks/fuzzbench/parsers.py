"""Every parser of what comes from outside, with the inputs that it is given."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchmarks.fuzzbench.inputs import ADDRESS, GIT, HEAD, MARKDOWN, QUERY, SETTINGS, blocks, bytes_of, hostile
from config.settings import load_config
from digest.head import dates
from digest.head.metadata import read_metadata
from digest.head.permalink import issue_url
from digest.lint import lint
from digest.match import match
from digest.model import ReadOptions, SplitOptions
from digest.reading import MAX_BYTES, read_issues
from digest.render.cutting import cut
from digest.repair import decode
from errors import ConfigError
from search.query import parse as parse_query
from search.when import parse_when
from sources.address import parse_address
from sources.git.errors import explain
from sources.patterns import Matcher, pattern_fault

_TODAY = dt.date(2026, 3, 10)
_SITE = ReadOptions(site_url="https://example.org", permalink="/:year/:title/")
_PARTS = ReadOptions(split=SplitOptions(issue_level=2, skip=("Sponsor",)))


@dataclass(frozen=True, slots=True)
class Parser:
    """What is called, and what it is called with."""

    work: Callable[[Any], object]
    inputs: SearchStrategy[Any]


def _metadata(text: str) -> None:
    found = read_metadata(text, "_posts/2023-09-07-a.md")
    address = issue_url(found, "content/posts/a.md", site_url="https://example.org")
    for value in (found.title, found.summary, found.slug, *found.tags, address or ""):
        value.encode("utf-8")  # what cannot be written could not be stored


def _dates(text: str) -> None:
    dates.parse_when(text)
    dates.find_date(text)
    dates.path_date(text)
    dates.is_day(text)


def _versions(texts: tuple[str, str]) -> None:
    old, new = (read_issues(text.encode(), "a.md", _SITE)[0].items for text in texts)
    match(old, new)


def _query(text: str) -> None:
    parse_query(text)
    parse_when(text[:1_000], _TODAY)


def _settings(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(text, encoding="utf-8", errors="replace")
        try:
            load_config(file, {"A": "a"})
        except ConfigError:
            return


def _address(text: str) -> None:
    pattern_fault(text)
    try:
        parse_address(text, Path("/nowhere"))
    except ValueError:
        return


def _patterns(texts: tuple[str, str]) -> None:
    pattern, path = texts
    if pattern_fault(pattern) is None:
        Matcher((pattern,), ())(path)


_head = st.builds(
    str.__add__, st.sampled_from(("", "---\n", "+++\n", "{", "{:title ", "Title: a\n")), hostile(HEAD, 70_000)
)
_body = hostile(MARKDOWN, 400_000)
_issue = _body | st.builds(str.__add__, _head, _body)

PARSERS: Mapping[str, Parser] = {
    "encoding": Parser(decode, bytes_of(hostile((*MARKDOWN, "â€™", "ðŸ‘‰", "Ã¼", "\0"), 400_000))),
    "head": Parser(_metadata, _head),
    "date": Parser(_dates, hostile(HEAD, 5_000)),
    "issue": Parser(lambda data: read_issues(data, "a.md", _SITE), bytes_of(_issue)),
    "large issue": Parser(lambda text: read_issues(text.encode(), "a.md", _SITE), hostile(MARKDOWN, MAX_BYTES + 9)),
    "blocks": Parser(lambda text: read_issues(text.encode(), "a.md", _SITE), blocks()),
    "issue of many": Parser(lambda text: read_issues(text.encode(), "a.md", _PARTS), _issue),
    "check": Parser(lambda text: lint(text.encode(), "a.md", ReadOptions()), hostile((*MARKDOWN, *HEAD), 100_000)),
    "versions": Parser(_versions, st.tuples(hostile(MARKDOWN, 60_000), hostile(MARKDOWN, 60_000))),
    "cut": Parser(lambda text: cut(text, 4_096), hostile(MARKDOWN, 400_000)),
    "query": Parser(_query, hostile(QUERY, 70_000)),
    "settings": Parser(_settings, hostile(SETTINGS, 200_000)),
    "address": Parser(_address, hostile(ADDRESS, 5_000)),
    "patterns": Parser(_patterns, st.tuples(hostile(ADDRESS, 200), hostile(ADDRESS, 1_000))),
    "git's messages": Parser(lambda text: explain(text, "https://example.org/a", ("secret",)), hostile(GIT, 64_000)),
}
