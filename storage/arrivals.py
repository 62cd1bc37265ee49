"""Preparing issues for storage as they come from their files."""

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

Arrival = tuple[Issue, dt.datetime | None]  # an issue, and when its file last changed


class Ready(NamedTuple):
    """An arrival as it can be stored; `digest` is that of the issue as it came."""

    issue: Issue
    changed_at: dt.datetime | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How issues are taken in; `first_gate` says what becomes of one that was never seen before."""

    newsletter: str
    now: dt.datetime
    edits_at: dt.datetime
    late_since: dt.datetime | None = None
    first_gate: Callable[[Issue], Gate] | None = None
    holds: bool = False  # what would be taken back is held, until `HeldChanges` carries it out

    def gate(self, issue: Issue) -> Gate:
        """Return the state that a new issue begins in."""
        return self.first_gate(issue) if self.first_gate else Gate.WAITING


def by_file(arrivals: Iterable[Arrival]) -> list[list[Ready]]:
    """Return the arrivals as they can be stored, those of one file together: they are taken in together."""
    taken: set[tuple[str, str]] = set()
    found: list[Ready] = []
    for arrival, changed_at in arrivals:
        whole, digest = cleaned(arrival)
        issue = _distinct(whole)
        part = _free(issue.part, lambda part, path=issue.path: (path, part) in taken)
        taken.add((issue.path, part))
        found.append(Ready(issue if issue.part == part else replace(issue, part=part), changed_at, digest))
    found.sort(key=lambda ready: (turn(ready.issue.path), ready.issue.path))  # copies last
    return [list(group) for _, group in groupby(found, key=lambda ready: ready.issue.path)]


def _distinct(issue: Issue) -> Issue:
    """Return the issue with no two items of one id, for a row's identity must be its own."""
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
