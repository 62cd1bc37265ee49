"""Frames of single files, learned from the issues next to them."""

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

_MOST_FILES = 5_000  # most files of a folder that are considered
_FEW_FILES = 5  # files up to which a folder may belong to one issue
_FOLDERS = 8  # folders whose listings are cached
IsIssue = Callable[[str], bool]
_KEPT = 64  # files whose marks are cached


def with_neighbours(file: Path, path: str, options: ReadOptions, is_issue: IsIssue | None = None) -> ReadOptions:
    """Return `options` with the frame of a file, learned from the issues before it; the file is read as `path`.

    `is_issue` decides by path which files are issues; without it, all files with the same suffix are.
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
    """Return the issues of a folder read as `path`; cached for all its files."""
    found = ((posixpath.join(path, place.name), place) for place in _listed(folder))
    places = {one: place for one, place in found if is_issue is None or is_issue(one)}
    return places, Neighbours(places)


def _in_folders_beside(file: Path, path: str, is_issue: IsIssue | None) -> dict[str, Path]:
    """Return files of the same name in sibling folders, if the file's folder has a number in its name."""
    own, above = file.resolve().parent, posixpath.dirname(posixpath.dirname(path))
    if not any(map(str.isdigit, own.name)):
        return {}
    found = ((posixpath.join(above, place.name, file.name), place / file.name) for place in _listed(own.parent))
    return {one: place for one, place in found if place.is_file() and (is_issue is None or is_issue(one))}


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(islice(folder.iterdir(), _MOST_FILES))
    except OSError:  # it cannot be listed: treat it as empty
        return []


@lru_cache(_KEPT)
def _marks_of(place: Path) -> frozenset[str]:
    try:
        with place.open("rb") as file:
            return marks_of(file.read(MAX_EARLIER_BYTES + 1))
    except OSError:  # unreadable files, such as folders, contribute nothing
        return frozenset()
