"""Patterns as in .gitignore that decide which files are issues."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import cast

import re2
from pathspec import GitIgnoreSpec

_LONGEST = 500  # characters of a pattern
_TooComplex = cast("type[Exception]", re2.error)  # pyright: ignore[reportUnknownMemberType]
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def pattern_fault(pattern: str) -> str | None:
    """Return why `pattern` can never match a file, with what to write instead; None if it can."""
    core = pattern.strip().removeprefix("!")
    parts = core.split("/")
    plain = re.sub(r"\\[#! ]", "", core)
    faults = (
        (core in {"", "/"}, "is empty and matches nothing: write a pattern such as _posts/*.md"),
        (core.startswith("#"), "begins with # and is a comment: write \\# for a file whose name begins so"),
        (
            "\\" in plain or _DRIVE.match(core),
            "has a backslash or a drive: write folders with / and from the source's top",
        ),
        (core.startswith("./"), f"begins with ./ and never matches: write {core[2:] or '**'}"),
        (".." in parts or "." in parts, "leads out of the source by . or .. and never matches"),
        (len(core) > _LONGEST, f"has {len(core):,} characters: write a pattern of at most {_LONGEST}"),
        (not _is_valid(pattern), "is not a valid pattern: see the patterns of .gitignore"),
        (
            any(part.startswith(".") for part in parts) and not pattern.strip().startswith("!"),
            "names a hidden file or folder, and hidden files are never issues",
        ),
    )
    return next((sentence for is_wrong, sentence in faults if is_wrong), None)


def patterns_fault(patterns: Sequence[str]) -> str | None:
    """Return why valid `patterns` cannot be combined, with what to write instead; None if they can."""
    try:
        _spec(patterns)
    except _TooComplex:
        return f"has {len(patterns):,} patterns, more than can be matched: name folders in place of their files"
    return None


def _is_valid(pattern: str) -> bool:
    try:
        patterns = _spec([pattern.strip()]).patterns
    except (ValueError, re.error, _TooComplex):
        return False
    return any(each.include is not None for each in patterns)


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    with warnings.catch_warnings():  # "[[a]" is a set that a later Python may parse differently
        warnings.simplefilter("ignore", FutureWarning)
        # RE2 matches in linear time; Python's engine is polynomial in the path's length, of a degree that grows with
        # the number of asterisks.
        return GitIgnoreSpec.from_lines(lines, backend="re2")


def _plain_suffix(path: str) -> str:
    stem, point, suffix = path.rpartition(".")
    return f"{stem}{point}{suffix.lower()}"


def _encodable(path: str) -> str:
    """Return `path` with bytes that are not UTF-8 replaced by question marks, as RE2 accepts only UTF-8."""
    return path.encode(errors="replace").decode()


class Matcher:
    """Decides by path whether a file is an issue. An empty `include` means all files.

    Hidden files and folders never match. The case of a file's suffix is ignored.
    """

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = _spec(tuple(include) or ("**",))
        self._exclude = _spec(tuple(exclude))

    def __call__(self, path: str) -> bool:
        """Whether the file at `path` (relative, forward slashes) is an issue."""
        path = _encodable(path)
        if any(part.startswith(".") or not part for part in path.split("/")):
            return False
        # *.md also matches ISSUE-12.MD: the case of a suffix depends on the author's system
        spellings = {path, _plain_suffix(path)}
        return any(map(self._include.match_file, spellings)) and not any(map(self._exclude.match_file, spellings))

    def excludes_folder(self, path: str) -> bool:
        """Whether nothing below the folder at `path` matches."""
        return self._exclude.match_file(f"{_encodable(path)}/")


def pattern_key(include: Iterable[str], exclude: Iterable[str]) -> str:
    """Return a hash of the patterns; other patterns mean other files, even if the source did not change."""
    text = json.dumps([[*include], [*exclude]])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
