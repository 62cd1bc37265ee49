"""Finds and parses front matter in any format.

YAML between `---` lines, TOML between `+++` lines and JSON objects are parsed by python-frontmatter's handlers with
custom, limited loaders. Maps of Clojure's site builders are read entry by entry. Pelican's `Key: value` lines, JBake's
`key=value` lines, Notion's properties and the object exported by an MDX file are read line by line. So is invalid front
matter, because a title or date in it may still be readable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from frontmatter.default_handlers import BaseHandler

from digest.head.advice import advised
from digest.head.formats import MAX_HEAD, GuardedJSON, GuardedTOML, GuardedYAML, HeadError, Keyed, json_object
from digest.head.salvage import salvaged
from digest.model import Notice

_RULE = "front-matter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The front matter of an issue. `values` keeps every scalar as text, as written.

    `length` is the number of source lines of front matter; `lines` has the source lines of top-level keys, if known.
    """

    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    lines: Mapping[str, int] = field(default_factory=dict[str, int])
    length: int = 0
    kind: str = ""
    notices: tuple[Notice, ...] = ()


def read_head(text: str) -> Head:
    """Return the front matter of `text`, empty if there is none; never raises."""
    start = re.match(r"\s*", text[:1000])
    blank = start.end() if start else 0
    blank = text.rfind("\n", 0, blank) + 1
    body = text[blank:] if blank else text
    skipped = text.count("\n", 0, blank)
    for reader in (_fenced, _json, _edn, _exported, _plain_keys, _assigned, _title_block, _definitions, _properties):
        head = reader(body)
        if head is not None:
            return _moved(head, skipped) if skipped else head
    return Head()


def _moved(head: Head, lines: int) -> Head:
    return replace(
        head,
        lines={key: line + lines for key, line in head.lines.items()},
        length=head.length + lines,
        notices=tuple(Notice(n.line + lines, n.message, n.rule, n.level) for n in head.notices),
    )


# -- delimited front matter: YAML and TOML -------------------------------------------------------


_FENCES = (
    (re.compile(r"---[ \t]*+(?:ya?ml[ \t]*+)?\n"), "yaml", GuardedYAML()),
    (re.compile(r"\+\+\+[ \t]*\n|---toml[ \t]*\n"), "toml", GuardedTOML()),
    (re.compile(r"---json[ \t]*\n"), "json", GuardedJSON()),
)


def _fenced(text: str) -> Head | None:
    for opening, kind, handler in _FENCES:
        if opening.match(text):
            return _read_fenced(text, kind, handler)
    return None


def _read_fenced(text: str, kind: str, handler: BaseHandler) -> Head | None:
    try:
        source, rest = handler.split(text)
    except ValueError:  # no closing delimiter
        return _open_head(text, kind)
    if len(source) > MAX_HEAD:
        return _open_head(text, kind, "it is longer than 64 KB")
    length = text.count("\n", 0, len(text) - len(rest)) + 1
    try:
        values: Any = handler.load(source.removeprefix("\n"))
    except HeadError as error:
        return _broken(text, kind, length, error)
    if isinstance(values, Keyed):
        return _keyed(values, length, kind)
    if isinstance(values, dict) or not source.strip():
        return Head(values=cast("dict[str, Any]", values or {}), length=length, kind=kind)
    return _broken(text, kind, length, HeadError("it is not a list of keys", 1)) if values else None


def _keyed(values: Keyed, length: int, kind: str) -> Head:
    """Return front matter with the lines of its keys, counted from the delimiter above."""
    lines = {key: line + 1 for key, line in values.lines.items()}
    notices = tuple(Notice(line + 1, message, _RULE) for line, message in values.notes)
    return Head(values=values, lines=lines, length=length, kind=kind, notices=notices)


def _broken(text: str, kind: str, length: int, error: HeadError) -> Head | None:
    """Return invalid front matter as far as it can be read line by line."""
    salvage = salvaged(text[:MAX_HEAD].split("\n")[1:length])
    if not salvage.values:
        return None
    if salvage.length < length - 2:  # prose before the second delimiter, which is therefore a rule across the page
        return _open_head(text, kind)
    line = error.line + 1 if error.line else 1
    read = ", ".join(list(salvage.values)[:8])
    message = f"front matter cannot be read: {advised(str(error))}; Herald still reads {read}"
    return Head(
        values=salvage.values,
        lines={key: line + 1 for key, line in salvage.lines.items()},
        length=length,
        kind=kind,
        notices=(Notice(line, message, _RULE, "error"),),
    )


def _open_head(text: str, kind: str, reason: str = "it is not closed") -> Head | None:
    """Return front matter without an end: the lines that look like it, if they include a title or date."""
    salvage = salvaged(text[:MAX_HEAD].split("\n")[1:])
    if not _names_issue(salvage.values):  # a rule across the page at the start of the text
        return None
    length = salvage.length + 1
    return Head(
        values=salvage.values,
        lines={key: line + 1 for key, line in salvage.lines.items()},
        length=length,
        kind=kind,
        notices=(Notice(1, f"front matter cannot be read: {advised(reason)}", _RULE, "error"),),
    )


def _names_issue(values: Mapping[str, Any]) -> bool:
    return not {"title", "date"}.isdisjoint(name.casefold() for name in values)


# -- JSON ---------------------------------------------------------------------------------------


def _json(text: str) -> Head | None:
    if not re.match(r'\{\s*["}]', text[:2000]):
        return None
    source = text[:MAX_HEAD]
    try:
        values, end = json_object(source)
    except HeadError as error:
        return _broken_json(source, error)
    line_end = text.find("\n", end)
    if text[end : line_end if line_end >= 0 else None].strip():
        return None  # text after the brace: not front matter
    return Head(values=values, length=text.count("\n", 0, end) + 1, kind="json")


def _broken_json(source: str, error: HeadError) -> Head | None:
    lines = source.split("\n")
    end = next((number for number, line in enumerate(lines) if line.rstrip() in ("}", "};")), None)
    salvage = salvaged([line.strip() for line in (lines[1:end] if end else lines[1:])])
    if not salvage.values:
        return None
    line = error.line or 1
    notice = Notice(line, f"front matter cannot be read: {error}", _RULE, "error")
    length = end + 1 if end else salvage.length + 1
    numbers = {key: number + 1 for key, number in salvage.lines.items()}
    return Head(values=salvage.values, lines=numbers, length=length, kind="json", notices=(notice,))


# -- EDN: the map of Clojure's site builders ("{:title "Weekly 12" :tags ["a" "b"]}") -----------------


_EDN_ENTRY = re.compile(
    r"""[\s,]*:(?P<key>[\w-]+)\??\s+(?:"(?P<text>(?:[^"\\]|\\.)*+)"|#?[\[{(](?P<many>[^\]})]*)[\]})]"""
    r"""|:?(?P<word>[^\s,{}"]+))"""
)
_EDN_NAME = re.compile(r'"((?:[^"\\]|\\.)*+)"?|:?([^\s,"]+)')
_EDN_END = re.compile(r"[\s,]*\}[ \t]*(?:\n|$)")


def _edn(text: str) -> Head | None:
    if not text.startswith("{:"):
        return None
    source = text[:MAX_HEAD]
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    end = 1
    while found := _EDN_ENTRY.match(source, end):
        end, key = found.end(), found["key"]
        lines[key] = source.count("\n", 0, found.start("key")) + 1
        if found["many"] is not None:
            values[key] = [quoted or word for quoted, word in _EDN_NAME.findall(found["many"])]
        else:
            values[key] = found["word"] or re.sub(r"\\(.)", r"\1", found["text"])
    closed = _EDN_END.match(source, end)
    if closed is None or not _names_issue(values):
        return None
    return Head(values=values, lines=lines, length=source.count("\n", 0, closed.end() - 1) + 1, kind="edn")


# -- line by line -------------------------------------------------------------------------------

_META_KEY = re.compile(r"(?P<key>[A-Za-z][\w .-]{0,40}?)[ \t]*:(?:[ \t]+(?P<value>.*)|[ \t]*)$")
_EXPORT = re.compile(
    r"(?:import [^\n]*\n|[^\S\n]*\n)*export const (?:frontmatter|metadata|meta|attributes) = \{[ \t]*\n"
)


def _exported(text: str) -> Head | None:
    """Return the object that an MDX file exports as its metadata."""
    found = _EXPORT.match(text[:MAX_HEAD])
    if not found:
        return None
    before = text.count("\n", 0, found.end())
    lines = text[found.end() : found.end() + MAX_HEAD].split("\n")
    end = next((number for number, line in enumerate(lines) if re.match(r"\}\)?;?\s*$", line)), None)
    if end is None:
        return None
    salvage = salvaged([line.strip() for line in lines[:end]])
    numbers = {key: line + before for key, line in salvage.lines.items()}
    return Head(values=salvage.values, lines=numbers, length=before + end + 1, kind="mdx")


def _title_block(text: str) -> Head | None:
    """Return a Pandoc title block: title, authors and date, each on a line after a percent sign."""
    lines = text[:MAX_HEAD].split("\n", 3)[:3]
    said: list[str] = []
    for line in lines:
        if not line.startswith("%"):
            break
        said.append(line[1:].strip())
    if len(said) < 2 or not said[0]:  # a single one may be a comment
        return None
    names = ("title", "author", "date")
    values: dict[str, Any] = {name: value for name, value in zip(names, said, strict=False) if value}
    numbers = {name: number for number, name in enumerate(names[: len(said)], 1)}
    return Head(values=values, lines=numbers, length=len(said), kind="pandoc")


_ASSIGNED = re.compile(r"(?P<key>[A-Za-z_][\w.-]{0,40})[ \t]*=[ \t]*(?P<value>.*)$")


def _assigned(text: str) -> Head | None:
    """Return JBake's `key=value` lines up to a line of tildes or hyphens (https://jbake.org/docs/latest/#_metadata)."""
    if not _ASSIGNED.match(text[:200].split("\n", 1)[0]):
        return None
    lines = text[:MAX_HEAD].split("\n")
    length = next((at for at, line in enumerate(lines) if re.fullmatch(r"(?:~{3,}|-{3,})\s*", line)), 0)
    said = {at: found for at, line in enumerate(lines[:length], 1) if (found := _ASSIGNED.match(line))}
    values = {found["key"]: found["value"].strip() for found in said.values()}
    if not _names_issue(values) or any(line.strip() and at not in said for at, line in enumerate(lines[:length], 1)):
        return None
    return Head(values=values, lines={said[at]["key"]: at for at in said}, length=length + 1, kind="jbake")


_DEFINITION = re.compile(
    r"""\[(?P<key>[A-Za-z_][\w.-]{0,40})\]:[ \t]+(?P<place>\S+)(?:[ \t]+["'(](?P<said>.*)["')])?[ \t]*$"""
)


def _definitions(text: str) -> Head | None:
    """Return front matter hidden in link reference definitions: `[date]: / "August 22, 2012"`."""
    values: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    for number, line in enumerate(text[:MAX_HEAD].split("\n"), 1):
        found = _DEFINITION.match(line)
        if not found:
            break
        values[found["key"]] = found["said"] or found["place"]
        numbers[found["key"]] = number
    if not _names_issue(values):
        return None
    return Head(values=values, lines=numbers, length=len(values), kind="definitions")


def _plain_keys(text: str) -> Head | None:
    """Return Pelican's front matter: `Key: value` lines from the first line to a blank line.

    One of the keys must be a title or a date, because prose may also start with "Note: …".
    """
    if not _META_KEY.match(text[:200].split("\n", 1)[0]):
        return None
    head = _meta_lines(text)
    return head if _names_issue(head.values) else None


def _meta_lines(text: str) -> Head:
    values: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    key = ""
    length = 0
    for number, line in enumerate(text[:MAX_HEAD].split("\n"), 1):
        found = _META_KEY.match(line)
        if found:
            key = found["key"]
            values[key] = (found["value"] or "").strip()
            numbers[key] = number
        elif key and line[:1] in " \t" and line.strip():
            values[key] = f"{values[key]} {line.strip()}".strip()
        else:
            length = number if line.strip() in ("---", "...") else number - 1
            break
        length = number
    return Head(values=values, lines=numbers, length=length, kind="pelican")


_PAGE_TITLE = re.compile(r"# (?P<title>[^\n]+)\n\s*\n")
_FEW_PROPERTIES = 2
_PROPERTIES = frozenset({"date", "created", "created time", "published", "publish date", "status", "tags"})


def _properties(text: str) -> Head | None:
    """Return properties as exported by Notion: `Key: value` lines below the page's title, between blank lines."""
    opening = _PAGE_TITLE.match(text[:1000])
    if opening is None:
        return None
    below = text[opening.end() :]
    head = _meta_lines(below)
    names = {key.casefold() for key in head.values}
    is_apart = not "".join(below.split("\n", head.length + 1)[head.length : head.length + 1]).strip()
    are_known = "date" in names or (len(names) >= _FEW_PROPERTIES and not names.isdisjoint(_PROPERTIES))
    if not is_apart or not are_known:
        return None
    values = {"title": opening["title"].strip()} | dict(head.values)
    return _moved(replace(head, values=values, kind="notion"), text.count("\n", 0, opening.end()))
