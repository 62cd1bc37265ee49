"""Joins the files of a folder into one issue, for newsletters with a file per story."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from digest.head.dates import path_date
from digest.head.metadata import Metadata, read_metadata
from digest.head.titles import name_title
from digest.order import natural_key

_OPENERS = frozenset({"index", "_index", "readme"})  # files that hold the metadata of the issue, not a story
_LINKS = ("url", "link", "externalurl", "href")
_HEADING = re.compile(r"#{1,6} ")


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    head: Metadata
    body: str


def join_files(folder: str, files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the text of the issue made of the files of `folder`, in the natural order of their paths.

    A file with a title in its front matter becomes a story with that title, linked to the URL in its front matter; if
    all stories have a `category`, they are grouped by it. Other files are copied as written. An index or README comes
    first and provides the title. Drafts are left out. If the folder's path has no date, the date is the latest of its
    files'.
    """
    read = [_read(path, data) for path, data in sorted(files, key=lambda file: natural_key(file[0]))]
    shown = [file for file in read if not file.head.withheld]
    openers = [
        file for file in shown if PurePosixPath(file.path).stem.casefold() in _OPENERS and _is_at_top(file, folder)
    ]
    stories = [file for file in shown if file not in openers]
    texts = [file.body for file in openers] + _told(stories)
    return "\n\n".join([_head(folder, openers, shown), *texts]).encode()


def _read(path: str, data: bytes) -> _File:
    from digest.repair import decode  # imported here because few newsletters need it and it is slow to import

    text, _ = decode(data)
    head = read_metadata(text, path)
    return _File(path, head, "\n".join(text.split("\n")[head.body_start_line :]).strip())


def _is_at_top(file: _File, folder: str) -> bool:
    return str(PurePosixPath(file.path).parent) == folder


def _head(folder: str, openers: Sequence[_File], files: Sequence[_File]) -> str:
    title = next((file.head.values["title"] for file in openers if "title" in file.head.values), "")
    days = [file.head.date for file in openers or files if file.head.date]
    day = path_date(folder) or max(days, default=None)
    written = {"title": title or _folder_title(folder), "date": day.isoformat() if day else None}
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in written.items() if value), "---"])


def _folder_title(folder: str) -> str:
    """Return the folder's name as a title; a bare number gets its year or parent folder: "2021 9", "Letters 9"."""
    parts = PurePosixPath(folder).parts
    title = name_title(folder)
    year = next((place for place, part in enumerate(parts) if re.fullmatch(r"(?:19|20)\d\d", part)), None)
    if not title.isdecimal():
        return title
    words = " ".join(parts[-2:] if year is None else parts[year:])
    return words[:1].upper() + words[1:]


def _told(stories: Sequence[_File]) -> list[str]:
    sections = [file.head.values.get("category", "") for file in stories]
    if not all(sections) or len(set(sections)) == 1:
        return [_story(file, "##") for file in stories]
    texts: list[str] = []
    for section in dict.fromkeys(sections):
        texts.append(f"## {section[:1].upper()}{section[1:]}")
        texts += [_story(file, "###") for file, own in zip(stories, sections, strict=True) if own == section]
    return texts


def _story(file: _File, mark: str) -> str:
    title = file.head.values.get("title", "").replace("\n", " ").strip()
    if not title or _HEADING.match(file.body):
        return file.body
    address = next((value for key in _LINKS if (value := file.head.values.get(key, "")).startswith("http")), "")
    shown = re.sub(r"([\\\[\]])", r"\\\1", title)
    return f"{mark} [{shown}](<{address}>)\n\n{file.body}" if address else f"{mark} {title}\n\n{file.body}"
