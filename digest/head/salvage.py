"""Reads invalid front matter line by line, because a title or date in it may still be readable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_KEY = re.compile(r"""["']?(?P<key>[A-Za-z_][\w.-]{0,60}?)["']?(?:[ \t]*=[ \t]*|[ \t]*:(?!//|:))(?P<value>.*)$""")
_ENTRY = re.compile(r"[ \t]*[-*][ \t]+(?P<value>.*)$")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Readable parts: the values, their lines counted from 1, and the number of lines of front matter."""

    values: dict[str, Any]
    lines: dict[str, int]
    length: int


def salvaged(lines: list[str]) -> Salvaged:
    """Return the top-level `key: value` lines at the start of `lines`, up to the first prose."""
    salvage = _Salvage()
    length = 0
    for number, line in enumerate(lines, 1):
        if not salvage.take(number, line):
            break
        if line.strip():
            length = number
    return Salvaged(salvage.finish(), salvage.numbers, length)


class _Salvage:
    """Reads invalid front matter line by line."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.numbers: dict[str, int] = {}
        self.blocks: dict[str, list[str]] = {}  # lines of block scalars by key
        self.key = ""

    def take(self, number: int, line: str) -> bool:
        """Read one line; return whether it is part of the front matter."""
        is_inner = line[:1] in " \t"
        entry = _ENTRY.match(line)
        found = None if is_inner and self.values else _KEY.match(line.strip().rstrip(","))
        if found:
            self.set(found["key"], _bare(found["value"]), number)
        elif entry and self.takes_entries():
            self.values[self.key] = [*(self.values[self.key] or []), _unquoted(entry["value"])]
        elif is_inner and self.key:
            if self.key in self.blocks:
                self.blocks[self.key].append(line.strip())
        else:
            return not line.strip() or line.startswith("#")
        return True

    def set(self, key: str, value: Any, number: int) -> None:
        self.key = key
        self.numbers[key] = number
        self.values[key] = value
        self.blocks.pop(key, None)
        if value in (">", "|", ">-", "|-"):
            self.values[key], self.blocks[key] = "", []

    def takes_entries(self) -> bool:
        """Whether list entries may follow the last key."""
        if not self.key or self.key in self.blocks:
            return False
        value = self.values[self.key]
        return not value or isinstance(value, list)

    def finish(self) -> dict[str, Any]:
        """Return all values, with block scalars as single lines."""
        return self.values | {name: " ".join(filter(None, lines)) for name, lines in self.blocks.items()}


def _bare(value: str) -> Any:
    """Return the text of a value without quotes; a list in brackets becomes a list of texts."""
    value = value.strip()
    if len(value) > 1 and value[0] == "[" and value[-1] == "]":
        return [_unquoted(part) for part in value[1:-1].split(",") if part.strip()]
    return _unquoted(value)


def _unquoted(value: str) -> str:
    value = value.strip()
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`"
    if is_quoted:
        return value[1:-1]
    # An unclosed quotation mark is a typical reason why front matter is invalid.
    return value[1:] if value[:1] in {'"', "'"} and value.count(value[0]) == 1 else value
