"""The title of an issue without one in its front matter: from its first heading, or from its file's name."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

_FENCE = re.compile(r" {0,3}(```|~~~)")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)$")
_TWICE = re.compile(r"(?:#{1,6}[ \t]+)+")
_HTML_HEADING = re.compile(r"\s*<h([1-6])\b[^>]*>(.*?)(?:</h\1>|$)", re.IGNORECASE)
_LINE_ACROSS = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*")
_FIRST_CHAPTER = re.compile(r"1(?:\.(?!\d)|[ \t、．)])")  # "1 Introduction", "1. Introduction"; not "1.0 is out"
_CHAPTER = re.compile(r"\d+(?:\.(?!\d)|[ \t、．)])")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_SECTIONS = 2  # minimum further headings of level 1 that make the first one a section
# Maximum lines with text above a title. More of them disqualify a heading of level 1 only if there is a rule across the
# page among them.
_MAX_ABOVE = 8
_MAX_SCAN = 400_000  # characters that are searched for a first heading


def heading_title(text: str, skip: int, name: str) -> str:
    """Return the first heading of the body if it is above all others, else ""; `name` derives from the file's name.

    A first heading of level 1 is the title, unless it is one of several sections. A heading of a lower level, or one
    with a chapter number, is the title only if no later heading is of the same or a higher level.
    """
    first: tuple[int, str] | None = None
    headings = _headings(text[:_MAX_SCAN].split("\n")[skip:])
    for heading, is_deep in headings:
        if first is None and is_deep:
            return ""
        if heading[0] == 1 and (first is None or first[0] > 1) and _FIRST_CHAPTER.match(heading[1]) is None:
            title = _plain(heading[1])
            return "" if _is_issue(name) and _is_section(title, name, headings) else title
        if first is None:
            first = heading
        elif heading[0] <= first[0]:
            first = (0, "")  # continue: a heading of level 1 may follow
    return _plain(first[1]) if first else ""


def _is_issue(name: str) -> bool:
    """Whether a file's name is that of an issue: "Issue 4", "2026-W07", "Newsletter 61 Jan2025"."""
    return any(map(str.isdigit, name)) and any(map(str.isalpha, name))


def _is_section(title: str, name: str, below: Iterator[tuple[tuple[int, str], bool]]) -> bool:
    """Whether a first heading of level 1 is one of several sections.

    It has neither a number nor a word of the file's name, and several such headings without chapter numbers follow.
    """
    words = _LONG_WORD.findall(title.casefold())
    if any(map(str.isdigit, title)) or any(word in name.casefold() for word in words):
        return False
    sections = [text for (level, text), _ in below if level == 1]
    return len(sections) >= _SECTIONS and not any(map(_CHAPTER.match, sections))


def _headings(lines: list[str]) -> Iterator[tuple[tuple[int, str], bool]]:
    """Yield the headings outside of code and comments, each with whether it is too far down to be a title."""
    fence = previous = ""
    in_comment = False
    above = lines_across = 0
    for line in lines:
        above += bool(line.strip())
        lines_across += _LINE_ACROSS.fullmatch(line) is not None
        if in_comment or line.lstrip().startswith("<!--"):
            in_comment = "-->" not in line
            continue
        if found := _FENCE.match(line):
            fence = "" if fence == found[1] else fence or found[1]
        if fence:
            continue
        if heading := _heading(line, previous):
            yield heading, above > _MAX_ABOVE and (lines_across > 0 or heading[0] > 1)
        previous = line


def _heading(line: str, previous: str) -> tuple[int, str] | None:
    start = line.lstrip()[:1]
    if start == "#" and (found := _ATX.match(line)):
        return len(found[1]), _without_closing(found[2])
    if start == "=" and previous.strip() and re.fullmatch(r" {0,3}=+[ \t]*", line):
        return 1, previous
    if start == "<" and (found := _HTML_HEADING.match(line[:2000])):
        return int(found[1]), found[2]
    return None


def _without_closing(heading: str) -> str:
    """Return an ATX heading's text without closing or duplicate number signs: "# Title ##" is "Title"."""
    text = heading.rstrip(" \t")
    if (twice := _TWICE.match(text)) is not None:
        text = text[twice.end() :]
    bare = text.rstrip("#")
    return bare.rstrip(" \t") if not bare or bare[-1] in " \t" else text


def _plain(heading: str) -> str:
    """Return a heading's text without markup; its numbering is kept."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", heading[:2000])
    text = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"<[A-Za-z/!][^>]*>", "", text)
    text = re.sub(r"\s*\{[:#.][^}]*\}\s*$", "", text)
    text = re.sub(r"(\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])", r"\2", text)
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    return " ".join(html.unescape(text).split())


def name_title(path: str) -> str:
    """Return a title from the file's name, without date and extension: "2023-09-07-my-issue.md" is "My issue"."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..", ".")]
    if not parts:
        return ""
    stem = PurePosixPath(parts[-1]).stem.removesuffix(".html")
    if stem.casefold() in ("index", "_index", "readme") and len(parts) > 1:
        stem = parts[-2]
    words = re.sub(r"^\d{4}[-_.]\d{1,2}[-_.]\d{1,2}[-_. ]*", "", stem) or stem
    if re.search(r"[^\d\W]", words):
        words = re.sub(r"[-_]+|\s+", " ", words).strip()
    return words[:1].upper() + words[1:]
