"""The issues next to a file, from which it is learned what recurs in its newsletter."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from digest.items.frame import MAX_EARLIER_BYTES, learn_frame, marks_of
from digest.model import ReadOptions
from digest.neighbours import Neighbours

_MOST_FILES = 5_000  # of a folder that are looked at
_FEW_FILES = 5  # of a folder that may belong to one issue
_FOLDERS = 8  # whose files are kept in order
IsIssue = Callable[[str], bool]
_KEPT = 64  # files whose marks are kept for those that follow


def with_neighbours(file: Path, path: str, options: ReadOptions, is_issue: IsIssue | None = None) -> ReadOptions:
    """Return how a file is read with what the issues before it share; `path` is what it is read as.

    `is_issue` tells by such a path which files are issues; without it all are that end alike.
    """
    if options.split.issue_level is not None:
        return options
    places, neighbours = _own_folder(file.parent, posixpath.dirname(path), is_issue)
    if len(places) <= _FEW_FILES:  # an issue with a folder of its own
        places = places | _in_folders_beside(file, path, is_issue)
        neighbours = Neighbours(places)
    frame = learn_frame(_marks_of(places[one]) for one in neighbours.before(path))
    return replace(options, frames={path: frame})


@lru_cache(_FOLDERS)
def _own_folder(folder: Path, path: str, is_issue: IsIssue | None) -> tuple[dict[str, Path], Neighbours]:
    """Return the issues of a folder, which is read as `path`: once for all of its files."""
    found = ((posixpath.join(path, place.name), place) for place in _listed(folder))
    places = {one: place for one, place in found if is_issue is None or is_issue(one)}
    return places, Neighbours(places)


def _in_folders_beside(file: Path, path: str, is_issue: IsIssue | None) -> dict[str, Path]:
    """Return the files of a file's name in folders next to its own, if that has a number."""
    own, above = file.resolve().parent, posixpath.dirname(posixpath.dirname(path))
    if not any(map(str.isdigit, own.name)):
        return {}
    found = ((posixpath.join(above, place.name, file.name), place / file.name) for place in _listed(own.parent))
    return {one: place for one, place in found if place.is_file() and (is_issue is None or is_issue(one))}


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(islice(folder.iterdir(), _MOST_FILES))
    except OSError:  # it may be entered, but not listed: nothing is next to the file, then
        return []


@lru_cache(_KEPT)
def _marks_of(place: Path) -> frozenset[str]:
    try:
        with place.open("rb") as file:
            return marks_of(file.read(MAX_EARLIER_BYTES + 1))
    except OSError:  # nothing is learned from what cannot be read, as from a folder
        return frozenset()
