"""The conditions of a query on the index: its filters, excluded words, and the user's scope."""

from __future__ import annotations

import datetime as dt

from errors import S_
from search.index_reader import FAR_FUTURE, Conditions, IndexReader, quoted
from search.query import Parsed, QueryFilter
from search.scoped import ScopedConnection
from search.unknown import unknown_name
from search.when import parse_when
from storage import links
from storage.index import DAY_SHIFT, FIRST_DATED, facet, site_facet
from storage.tokens import fold

_NO_SITE = S_('"{name}" is not a site: write example.org.')
_NO_DATE = S_('"{name}" is not a date and was left out; write 2023, March 2024 or 2024-03-05.')
_REVERSED = S_("since: is later than until:, so nothing can be between them.")
_NAMES = 200  # newsletters, sections or tags that one filter may match


def conditions_of(reader: IndexReader, parsed: Parsed, today: dt.date) -> tuple[Conditions | None, list[str]]:
    """Return the conditions of a query, None if nothing can meet them, and notes about invalid filters."""
    connection = reader.connection
    problems: list[str] = []
    facets = [connection.facets] if connection.facets else []
    without = [reader.expression(unit) for unit in parsed.without]
    for one in parsed.filters:
        if one.key in {"since", "until", "sort"}:
            continue
        if tokens := _facet_tokens(connection, one):
            expression = "facets : (" + " OR ".join(map(quoted, tokens)) + ")"
            (without if one.is_not else facets).append(expression)
        elif not one.is_not:
            return None, [*problems, _unknown(connection, one)]
    first, last = _documents_between(parsed, today, problems)
    return Conditions(" AND ".join(facets), first, last, " OR ".join(filter(None, without))), problems


def _unknown(connection: ScopedConnection, one: QueryFilter) -> str:
    if one.key == "site":
        return _NO_SITE.format(name=one.value)
    return unknown_name(one.key, one.value, [name for name, _ in connection.names(one.key)])


def _documents_between(parsed: Parsed, today: dt.date, problems: list[str]) -> tuple[int, int]:
    """Return the first and last document number of the period; invalid dates are added to `problems`."""
    first, last = 0, FAR_FUTURE
    for one in parsed.filters:
        if one.key not in {"since", "until"}:
            continue
        span = parse_when(one.value, today)
        if span is None:
            problems.append(_NO_DATE.format(name=one.value))
        elif one.key == "since":
            first = max(first, span.first.toordinal() << DAY_SHIFT)
        else:
            last = min(last, ((span.last.toordinal() + 1) << DAY_SHIFT) - 1)
            first = max(first, FIRST_DATED)  # an undated issue may be older
    if first > last:
        problems.append(_REVERSED)
    return first, last


def _facet_tokens(connection: ScopedConnection, one: QueryFilter) -> list[str]:
    """Return the facet tokens of a filter: of the name itself, else of all names with a word that begins so."""
    if one.key == "site":
        return _site_tokens(one.value)
    wanted = " ".join(fold(one.value).split())
    names = [(name, " ".join(fold(name).split())) for name, _ in connection.names(one.key)]
    chosen = [name for name, folded in names if folded == wanted]
    if not chosen and wanted:
        chosen = [name for name, folded in names if f" {wanted}" in f" {folded}"]
    return sorted({facet(one.key, name) for name in chosen[:_NAMES]})


def _site_tokens(value: str) -> list[str]:
    host = links.host_of(value if "//" in value else f"//{value}")
    path = fold(value).split("//")[-1].removeprefix("www.").strip("/").split("/")
    site = f"{host}/{path[1]}" if len(path) > 1 else host
    return [site_facet(site)] if site else []
