"""Parses the formats of front matter, with limits.

python-frontmatter's handlers with custom loaders: they construct no objects, limit expansion and nesting, keep every
scalar as text as written, and report errors with their lines.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, cast

import yaml
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from digest.head.advice import begins_earlier

MAX_HEAD = 64 * 1024  # characters; real front matter has 1% of that
_MAX_DEPTH = 40
_MAX_NODES = 20_000
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A surrogate pair as JSON and JavaScript escape it; YAML and TOML only know whole characters.
_ESCAPED_PAIR = re.compile(
    r"(?<!\\)\\u(d[89ab][0-9a-f]{2})(?:\\u(d[c-f][0-9a-f]{2}))?|(?<!\\)\\ud[c-f][0-9a-f]{2}", re.IGNORECASE
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class HeadError(Exception):
    """Invalid front matter; `line` counts from 1 within it, 0 if unknown."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


class GuardedYAML(YAMLHandler):
    """YAML with all scalars as text; ignores tags, and rejects merges and aliases of collections."""

    FM_BOUNDARY = re.compile(r"^(?:---|\.\.\.)[ \t]*+(?:ya?ml[ \t]*+)?$", re.MULTILINE)

    def load(self, fm: str, **_: object) -> Any:
        """Return the values (`Keyed` for a mapping); raises `HeadError`."""
        return _Builder().build(_whole_escapes(fm))


class GuardedTOML(BaseHandler):
    """TOML parsed by the standard library, with dates and numbers as text."""

    FM_BOUNDARY = re.compile(r"^(?:\+\+\+|---toml(?=[ \t]*\n)|---)[ \t]*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str) -> Any:
        """Return the values; raises `HeadError`."""
        _guard_nesting(fm)
        try:
            return _as_text(tomllib.loads(_whole_escapes(fm)))
        except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
            at = re.search(r"\(at line (\d+), column \d+\)", str(error))
            raise HeadError(re.sub(r" \(at .*\)", "", str(error)), int(at[1]) if at else 0) from error


class GuardedJSON(JSONHandler):
    """A JSON object at the start of the text, with or without delimiters around it."""

    FM_BOUNDARY = re.compile(r"^---(?:json)?[ \t]*$", re.MULTILINE)

    def split(self, text: str) -> tuple[str, str]:
        """Return front matter and body, split at delimiters; raises ValueError if the closing one is missing."""
        return BaseHandler.split(self, text)

    def load(self, fm: str, **_: object) -> Any:
        """Return the values; raises `HeadError`."""
        value, _end = json_object(fm.strip())
        return value


def _whole_escapes(source: str) -> str:
    """Return `source` with escaped surrogate pairs joined, and unpaired ones replaced by U+FFFD."""
    if "\\u" not in source:
        return source
    return _QUOTED.sub(lambda found: _ESCAPED_PAIR.sub(_whole_escape, found[0]), source)


def _whole_escape(found: re.Match[str]) -> str:
    high, low = found[1], found[2]
    if not high or not low:
        return r"\ufffd"
    return rf"\U{0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00:08x}"


def _guard_nesting(source: str) -> None:
    """Raise `HeadError` for brackets and dotted keys that would nest a recursive parser too deeply."""
    depth = 0
    for char in source:
        if char in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise HeadError("it is nested too deeply")
        elif char in "]}":
            depth -= 1
    if re.search(r"(?:[\w\"'-]{1,40}\s?\.\s?){40}", source):
        raise HeadError("it is nested too deeply")


def _as_text(value: object) -> Any:
    """Return `value` with every scalar as text; dates and numbers are interpreted later, by key."""
    if isinstance(value, dict):
        return {str(key): _as_text(entry) for key, entry in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_as_text(entry) for entry in cast("list[object]", value)]
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- YAML from its events -----------------------------------------------------------------------


class Keyed(dict[str, Any]):
    """A mapping that knows the lines of its keys and notes about them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}
        self.notes: list[tuple[int, str]] = []


class _Builder:
    """Builds plain values from a YAML parser's events, without recursion and within limits."""

    def __init__(self) -> None:
        self._stack: list[tuple[Any, list[str | None]]] = []  # container, [key that waits for its value]
        self._anchors: dict[str, str] = {}
        self._notes: list[tuple[int, str]] = []
        self._root: Any = None

    def build(self, source: str) -> Any:
        try:
            for count, event in enumerate(self._events(source)):
                if count > _MAX_NODES:
                    raise HeadError("it has too many parts", event.start_mark.line + 1)
                self._take(event)
        except yaml.MarkedYAMLError as error:
            problem = str(error.problem or error.context)
            mark = error.problem_mark or error.context_mark
            if begins_earlier(problem):
                mark = error.context_mark or mark
            raise HeadError(problem, mark.line + 1 if mark else 0) from error
        except yaml.YAMLError as error:
            raise HeadError(str(error).split("\n", 1)[0]) from error
        if isinstance(self._root, Keyed):
            self._root.notes = self._notes
        return self._root

    @staticmethod
    def _events(source: str) -> Iterator[Any]:
        yield from yaml.parse(_NOT_YAML.sub(" ", source), Loader=_LOADER)

    def _take(self, event: Any) -> None:
        line: int = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
            if event.anchor and isinstance(value, str):
                self._anchors[event.anchor] = value
            self._put(value, line)
        elif isinstance(event, yaml.AliasEvent):
            anchor = str(event.anchor)
            if anchor not in self._anchors:
                self._note_once(line, "an alias in front matter is not followed")
            self._put(self._anchors.get(anchor), line)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) >= _MAX_DEPTH:
                raise HeadError("it is nested too deeply", line)
            container: Any = Keyed() if isinstance(event, yaml.MappingStartEvent) else []
            self._put(container, line)
            self._stack.append((container, [None]))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()

    def _note_once(self, line: int, message: str) -> None:
        """Add a note unless it was already added for an earlier line, as there may be hundreds of them."""
        if not any(said == message for _, said in self._notes):
            self._notes.append((line, message))

    def _put(self, value: Any, line: int) -> None:
        if not self._stack:
            self._root = value
            return
        container, waiting = self._stack[-1]
        if isinstance(container, list):
            cast("list[Any]", container).append(value)
        elif (key := waiting[0]) is None:
            waiting[0] = value if isinstance(value, str) else ""
            self._note_key(container, waiting[0], line)
        else:
            container[key] = value
            waiting[0] = None

    def _note_key(self, container: Keyed, key: str, line: int) -> None:
        if key in container.lines:
            self._notes.append((line, f'"{key}" is set twice in front matter; the last one counts'))
        container.lines[key] = line


def _scalar(event: Any) -> str | None:
    value = str(event.value)
    is_plain = event.style in (None, "")
    return None if is_plain and value.casefold() in ("", "~", "null") else value


def json_object(source: str) -> tuple[dict[str, Any], int]:
    """Return the object at the start of `source`, and where it ends."""
    depth = 0
    # Possessive, with an unterminated string as one token, to avoid backtracking at each quote.
    for found in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', source, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth > _MAX_DEPTH:
            raise HeadError("it is nested too deeply", source.count("\n", 0, found.start()) + 1)
        if depth == 0:
            source = source[: found.end()]
            break
    try:
        value = json.loads(source, strict=False)
    except json.JSONDecodeError as error:
        raise HeadError(error.msg, error.lineno) from error
    except ValueError as error:  # a number with too many digits
        raise HeadError(str(error)) from error
    if not isinstance(value, dict):
        raise HeadError("it is no object")
    return _as_text(cast("object", value)), len(source)
