"""`python bot.py search`: search the archive from a shell, also while a bot runs."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import logs
from cli.options import log_level, parser_of
from config.settings import Config, load_config
from search.model_files import open_meaning
from search.query import with_filters
from search.search import Hit, Page, Query, Search
from search.snippets import END, START
from search.when import parse_when, with_time
from storage.database import Database
from storage.opening import open_database
from storage.scope import Scope
from ui.messages import titled

if TYPE_CHECKING:
    from search.meaning import SemanticIndex

_DESCRIPTION = (
    'Search everything that was ever covered. Words, "phrases", -without, begin*, site:, in:, since: work too.'
)
_EPILOG = "Quotation marks belong to the shell: write '\"a phrase\"'. A query that begins with - comes after --."
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FILTERS = ("newsletter", "section", "tag", "since", "until", "site")


def main(argv: Sequence[str]) -> int:
    """Print the results of one query; return 0 even without results."""
    options = _parser().parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    config = load_config(options.config, os.environ)
    # Set up again: only now are the secrets known that must not be logged.
    logs.set_up(log_level(options, "warning"), secrets=config.secrets())
    words = " ".join(options.words)
    query = Query(
        text=with_filters(
            words if options.since or options.until else with_time(words),
            **{key: getattr(options, key) for key in _FILTERS},
        ),
        offset=options.offset,
        limit=options.limit,
    )
    page = asyncio.run(_search(config, query))
    # The note is printed to standard error, so that standard output is only JSON.
    if options.json:
        if page.note:
            print(page.note, file=sys.stderr)
        print(json.dumps(as_json(query, page), ensure_ascii=False, indent=1))
    else:
        print(as_text(page, is_terminal=sys.stdout.isatty()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("search", _DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("words", nargs="+", metavar="words", help="what to look for")
    parser.add_argument("--json", action="store_true", help="print nothing but JSON on standard output")
    parser.add_argument("--limit", type=_count, default=10, metavar="N", help="results at most (default: 10)")
    parser.add_argument("--offset", type=_count, default=0, metavar="N", help="results to skip")
    parser.add_argument("--newsletter", metavar="NAME", help="only this newsletter")
    parser.add_argument("--section", metavar="NAME", help="only below this heading")
    parser.add_argument("--tag", metavar="NAME", help="only issues with this tag")
    parser.add_argument("--site", metavar="HOST", help="only items that link there, such as arxiv.org")
    parser.add_argument("--since", type=_date, metavar="DATE", help="2023, March 2024, last month, 2024-03-05")
    parser.add_argument("--until", type=_date, metavar="DATE", help="the same; that day is included")
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number from 0 on')
    return int(text)


def _date(text: str) -> str:
    if parse_when(text, dt.datetime.now(dt.UTC).date()) is None:
        raise argparse.ArgumentTypeError(f'"{text}" is not a date: write 2023, "March 2024" or 2024-03-05')
    return text


async def _search(config: Config, query: Query) -> Page:
    # Read-only, so that it works beside a running bot and never migrates its database.
    db = await open_database(config.storage, exclusive=False, cache=config.cache)
    meaning = await _meaning(db) if config.search.semantic else None
    search = Search(db, meaning=meaning)
    try:
        # With a server, the search index is a local copy that may lag behind.
        await db.caught_up()
        # A user with access to the database may see everything in it.
        return await search.search(Scope.everything(), query)
    finally:
        await search.close()
        if meaning:
            await meaning.close()
        await db.close()


async def _meaning(db: Database) -> SemanticIndex | None:
    meaning = open_meaning(db)
    if meaning is None:
        print("search.semantic is on, but requirements-semantic.txt is not installed: words only.", file=sys.stderr)
    else:
        await meaning.load()
    return meaning


def as_json(query: Query, page: Page) -> dict[str, Any]:
    """Return a page in the format of `--json`."""
    return {
        "query": query.text,
        "total": page.total,
        "is_total_exact": page.is_total_exact,
        "note": page.note,
        "results": [_result(hit) for hit in page.hits],
    }


def _result(hit: Hit) -> dict[str, Any]:
    item, issue = hit.item.item, hit.issue.issue
    return {
        "item": {
            "id": item.id,
            "title": item.title,
            "section": list(item.section),
            "text": item.text,
            "links": [{"text": link.text, "url": link.url} for link in item.links],
            "image": item.image,
            "lines": list(item.lines),
        },
        "issue": {
            "title": issue.title,
            "date": issue.date.isoformat() if issue.date else None,
            "url": issue.url,
            "path": issue.path,
            "newsletter": hit.issue.newsletter,
        },
        "snippet": hit.snippet.replace(START, "**").replace(END, "**"),
        "times_covered": hit.times_covered,
        "label": hit.label,
    }


def as_text(page: Page, *, is_terminal: bool) -> str:
    """Return a page as readable text, styled only if `is_terminal`."""
    style = _Style("\x1b[1m", "\x1b[2m", "\x1b[0m") if is_terminal else _Style()
    lines = [f"{page.total_text} {'item' if page.total == 1 else 'items'}", *([page.note] if page.note else [])]
    for number, hit in enumerate(page.hits, 1):
        lines += ["", *_hit_lines(number, hit, style)]
    return "\n".join(lines)


class _Style(NamedTuple):
    """Terminal escape sequences for bold, dim and plain text."""

    bold: str = ""
    dim: str = ""
    plain: str = ""


def _hit_lines(number: int, hit: Hit, style: _Style) -> list[str]:
    item, issue = titled(hit.item.item, hit.issue.issue), hit.issue
    where = [issue.newsletter, *item.section[-1:], *([issue.issue.date.isoformat()] if issue.issue.date else [])]
    where += [f"covered {hit.times_covered} times"] if hit.times_covered > 1 else []
    where += [hit.label] if hit.label else []
    lines = [
        f"{number}. {style.bold}{_printable(item.title)}{style.plain}",
        f"   {style.dim}{_printable(' · '.join(where))}{style.plain}",
        *(f"   {_printable(link.url)}" for link in item.links[:1]),
    ]
    # The marks are control characters; replace them by private-use characters so that the filter keeps them.
    snippet = _printable(hit.snippet.replace(START, "\ue000").replace(END, "\ue001"))
    if snippet:
        lines.append("   " + snippet.replace("\ue000", style.bold or "*").replace("\ue001", style.plain or "*"))
    return lines


def _printable(text: str) -> str:
    """Return `text` without terminal control characters."""
    return _CONTROL.sub(" ", " ".join(text.split()))
