"""Preparing imported issues for storage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from digest.copies import turn
from digest.model import Issue, Item
from storage.records import Gate
from storage.rows import cleaned

Arrival = tuple[Issue, dt.datetime | None]  # an issue and the last change of its file


class Ready(NamedTuple):
    """An arrival in storable form; `digest` is computed from the original issue."""

    issue: Issue
    changed_at: dt.datetime | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The conditions of an import; `first_gate` chooses the gate of new issues."""

    newsletter: str
    now: dt.datetime
    edits_at: dt.datetime
    late_since: dt.datetime | None = None
    first_gate: Callable[[Issue], Gate] | None = None
    holds: bool = False  # removals are held until `HeldChanges` applies them

    def gate(self, issue: Issue) -> Gate:
        """Return the initial gate of a new issue."""
        return self.first_gate(issue) if self.first_gate else Gate.WAITING


def by_file(arrivals: Iterable[Arrival]) -> list[list[Ready]]:
    """Return the arrivals in storable form, grouped by file."""
    taken: set[tuple[str, str]] = set()
    found: list[Ready] = []
    for arrival, changed_at in arrivals:
        whole, digest = cleaned(arrival)
        issue = _distinct(whole)
        part = _free(issue.part, lambda part, path=issue.path: (path, part) in taken)
        taken.add((issue.path, part))
        found.append(Ready(issue if issue.part == part else replace(issue, part=part), changed_at, digest))
    found.sort(key=lambda ready: (turn(ready.issue.path), ready.issue.path))  # copies after originals
    return [list(group) for _, group in groupby(found, key=lambda ready: ready.issue.path)]


def _distinct(issue: Issue) -> Issue:
    """Return the issue with unique item ids, which storage requires."""
    if len({item.id for item in issue.items}) == len(issue.items):
        return issue
    taken: set[str] = set()
    kept: list[Item] = []
    for item in issue.items:
        identity = _free(item.id, taken.__contains__)
        taken.add(identity)
        kept.append(replace(item, id=identity))
    return replace(issue, items=tuple(kept))


def _free(name: str, is_taken: Callable[[str], bool]) -> str:
    found, number = name, 2
    while is_taken(found):
        found, number = f"{name}-{number}", number + 1
    return found
