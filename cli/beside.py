"""The issues beside a file, from which it is learned what recurs in its newsletter."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from digest.items.frame import MAX_EARLIER_BYTES, learn_frame, marks_of
from digest.model import ReadOptions
from digest.neighbours import Neighbours

_MOST_FILES = 5_000  # of a folder that are looked at
_KEPT = 64  # files whose marks are kept for those that follow


def read_beside(
    file: Path, path: str, options: ReadOptions, is_issue: Callable[[str], bool] | None = None
) -> ReadOptions:
    """Return how a file is read with what the issues before it share; `path` is what it is read as.

    `is_issue` tells by such a path which files are issues; without it all are that end alike.
    """
    if options.split.issue_level is not None:
        return options
    found = {one: place for one, place in islice(_beside(file, path), _MOST_FILES) if is_issue is None or is_issue(one)}
    frame = learn_frame(_marks_of(found[one]) for one in Neighbours(found).before(path))
    return replace(options, frames={path: frame})


def _beside(file: Path, path: str) -> Iterator[tuple[str, Path]]:
    """Yield the files of a file's folder, and those of its name in folders beside that one, where it has a number."""
    folder = posixpath.dirname(path)
    yield from ((posixpath.join(folder, place.name), place) for place in _listed(file.parent))
    own = file.resolve().parent
    if any(map(str.isdigit, own.name)):
        for place in _listed(own.parent):
            if place != own and (place / file.name).is_file():
                yield posixpath.join(posixpath.dirname(folder), place.name, file.name), place / file.name


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # it may be entered, but not listed: nothing stands beside the file, then
        return []


@lru_cache(_KEPT)
def _marks_of(place: Path) -> frozenset[str]:
    try:
        with place.open("rb") as file:
            return marks_of(file.read(MAX_EARLIER_BYTES + 1))
    except OSError:  # nothing is learned from what cannot be read, as from a folder
        return frozenset()
