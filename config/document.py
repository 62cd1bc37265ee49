"""A YAML file as plain data with the position of each value, and with environment variables substituted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from errors import ConfigError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 20_000  # a small file can expand to many values through aliases
MAX_SECRET_BYTES = 65_536
Key = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_]\w*)(?P<default>:-[^}]*)?\}|(?P<broken>\$\{)")
_COMMENTED = re.compile(r"\s*:[ \t]+(#[^\s#][^\s]*)\s*$")
_TOKEN_KEY: Key = ("discord", "token")
_TOKEN_NAME = "DISCORD_TOKEN"  # noqa: S105 -- the variable's name


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """A fault; if `line` is None, it is the line of `key` or of its nearest existing parent."""

    key: Key
    message: str
    line: int | None = None


class _Loader(yaml.SafeLoader):
    """A safe loader without YAML 1.1's surprises: everything but true, false, null and plain numbers is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 -- PyYAML's own attribute


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))  # pyright: ignore[reportUnknownMemberType]


_resolve("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF")
_resolve("null", r"(?:~|null|Null|NULL)?\Z", "~nN\0")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\Z"), [""])  # pyright: ignore[reportUnknownMemberType]
_resolve("int", r"[-+]?(?:0|[1-9]\d*)\Z", "-+0123456789")
_resolve("float", r"[-+]?(?:0|[1-9]\d*)\.\d+\Z", "-+0123456789")


@dataclass(slots=True)
class Document:
    """A parsed file. `lines` has each key's line; `expanded` the original text of values with variables.

    `unread` are keys that are missing in `data` because `faults` already reports them.
    """

    data: dict[str, Any] = field(default_factory=dict[str, Any])
    lines: dict[Key, int] = field(default_factory=dict[Key, int])
    faults: list[ConfigFault] = field(default_factory=list[ConfigFault])
    unread: set[Key] = field(default_factory=set[Key])
    expanded: dict[Key, tuple[str, str]] = field(default_factory=dict[Key, tuple[str, str]])
    env_token: str | None = None


def read_document(path: Path, env: Mapping[str, str]) -> Document:
    """Read the file and collect its faults; raise ConfigError if it cannot be read at all."""
    text = _read_text(path)
    node = _compose(text, path)
    document = Document()
    reader = _NodeReader(document, env, path, text.split("\n"))
    if node is None:
        raise ConfigError(f"{path}: is empty: copy config.example.yaml over it and adapt it")
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}:{node.start_mark.line + 1}: must hold keys such as `newsletters:`")
    document.data = reader.mapping(node, ())
    document.env_token = reader.lookup(_TOKEN_NAME, ())
    return document


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: does not exist: copy config.example.yaml to {path} and adapt it") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_BYTES:,} bytes and can hardly be a configuration")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{path}: is encoded as UTF-16: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not encoded as UTF-8: save the file as UTF-8") from error


def _compose(text: str, path: Path) -> yaml.Node | None:
    try:
        _check_depth(text, path)
        return yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        what = " ".join(filter(None, (error.context, error.problem)))
        raise ConfigError(f"{path}{where}: is not valid YAML: {what}{_yaml_hint(text, mark)}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested more than {MAX_DEPTH} levels deep") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        letter = ord(error.character) if isinstance(error.character, str) else error.character
        raise ConfigError(f"{path}:{line}: holds the character U+{letter:04X}, which YAML forbids") from error


# Typical damage by word processors, browsers and typos.
_ODD_LINES = (
    (
        re.compile(r"[^#\"']*[\u00a0\u2000-\u200b\u202f\u3000\ufeff]"),
        "has a character that only looks like a space: retype it",
    ),
    (re.compile(r"\s*[\u2010-\u2015\u2022]\s"), "begins with a dash that is not a hyphen: write -"),
    (re.compile(r"\s*(?:- +)?[a-z_]+:[^\s/]"), "needs a space after the colon"),
)


_KEY = re.compile(r"(?P<before>[ -]*)[^\s#][^#]*?:(?:\s|$)")
_ESCAPE = re.compile(r'"[^"]*\\[^"]*"')


def _yaml_hint(text: str, mark: yaml.Mark | None) -> str:
    if mark is None:
        return ""
    lines = text.splitlines()
    # YAML often reports the line after the faulty one.
    for number in range(max(0, mark.line - 2), min(mark.line + 1, len(lines))):
        if hint := next((hint for odd, hint in _ODD_LINES if odd.match(lines[number])), ""):
            return f"; line {number + 1} {hint}"
    if mark.line >= len(lines):
        return ""
    return _line_hint(lines[mark.line]) or _indentation_hint(lines[: mark.line], lines[mark.line])


def _indentation_hint(above: Sequence[str], line: str) -> str:
    """Return advice for a key that is indented unlike any key above it without starting a block."""
    if (key := _KEY.match(line)) is None or not above or above[-1].rstrip().endswith(":"):
        return ""
    columns = {found.end("before") for one in above if (found := _KEY.match(one))}
    return "" if key.end("before") in columns else "; indent this line like the other keys of its entry"


def _line_hint(line: str) -> str:
    if "\t" in line:
        return "; write spaces, not tabs"
    if re.search(r"(?::\s+|[\[,]\s*)[*&!%@`]", line):
        return "; put the value in quotes"
    if _ESCAPE.search(line):
        return "; between double quotes \\ begins an escape: use single quotes"
    key, _, value = line.partition("#")[0].strip(" -").partition(": ")
    if value[:1].isalnum() and ":" in value:
        value = value.strip().replace("\\", "\\\\").replace('"', '\\"')
        return f'; a value that holds a colon needs quotes: {key}: "{value}"'
    return ""


def _check_depth(text: str, path: Path) -> None:
    """Reject deep nesting before the recursive composer; invalid YAML is left for the composer to report."""
    depth = 0
    for event in _events(text):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise ConfigError(f"{path}:{line}: is nested more than {MAX_DEPTH} levels deep")


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield parser events, with libyaml if available: twenty times faster than PyYAML's own parser."""
    with suppress(yaml.YAMLError):
        yield from yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]


class _NodeReader:
    """Converts nodes to values."""

    def __init__(self, document: Document, env: Mapping[str, str], path: Path, lines: Sequence[str]) -> None:
        self._document = document
        self._lines = lines
        self._env = env
        self._path = path
        self._count = 0
        self._open: set[int] = set()
        self._unreadable: set[str] = set()  # variables whose file cannot be read, reported once

    def mapping(self, node: yaml.MappingNode, at: Key) -> dict[str, Any]:
        """Return the mapping's keys and values; a key without a value is omitted, so that its default applies."""
        result: dict[str, Any] = {}
        seen: dict[str, int] = {}
        for key_node, value_node in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(at, "has a key that is not a plain word", line)
                continue
            name = cast("str", key_node.value)
            key = (*at, name)
            if name in seen:
                fault = ConfigFault(key, f"is set twice, first on line {seen[name]}: keep one", line)
                self._document.faults.append(fault)  # the first one's value is used, and validated
                continue
            seen[name] = line
            self._document.lines[key] = line
            if comment := self._commented(key_node, value_node):
                self._fault(key, f'is empty, for # begins a comment: write "{comment}" in quotes', line)
                continue
            value = self._value(value_node, key)
            if value is not None:
                result[name] = value
        return result

    def _commented(self, key: yaml.Node, value: yaml.Node) -> str:
        """Return a value such as #ff0000 or #news directly after its key, which YAML takes for a comment.

        A real comment has a space after its mark, or more than one word.
        """
        if not isinstance(value, yaml.ScalarNode) or value.value or value.style is not None:
            return ""
        end = key.end_mark
        found = _COMMENTED.match(self._lines[end.line][end.column :]) if end.line < len(self._lines) else None
        return found[1] if found else ""

    def _value(self, node: yaml.Node, at: Key) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            line = node.start_mark.line + 1
            raise ConfigError(f"{self._path}:{line}: its aliases stand for more than {MAX_VALUES:,} values")
        if id(node) in self._open:
            return self._fault(at, "refers to itself", node.start_mark.line + 1)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, at)
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node, at)
            return self._scalar(cast("yaml.ScalarNode", node), at)
        finally:
            self._open.discard(id(node))

    def _sequence(self, node: yaml.SequenceNode, at: Key) -> list[Any]:
        result: list[Any] = []
        for child in cast("list[yaml.Node]", node.value):
            key = (*at, len(result))
            self._document.lines[key] = child.start_mark.line + 1
            value = self._value(child, key)
            result.append("" if value is None else value)  # keep the indices of the following entries
            if value is None and key not in self._document.unread:
                self._fault(key, "is an empty entry: remove its hyphen or write a value", child.start_mark.line + 1)
        return result

    def _scalar(self, node: yaml.ScalarNode, at: Key) -> Any:
        text, kind = cast("str", node.value), node.tag.rpartition(":")[2]
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text) if len(text) <= 25 else text
            case "float":
                return float(text)
            case "str":
                return self._text(node, at)
            case _:
                return self._fault(at, f"has the tag {node.tag}: tags are not supported", node.start_mark.line + 1)

    def _text(self, node: yaml.ScalarNode, at: Key) -> str | None:
        text = cast("str", node.value)
        if node.style is None and text[:1] in set("“„‘") and text[-1:] in set("”“’"):
            fault = f'has typographic quotes, which would be part of it: write "{text[1:-1]}"'
            return self._fault(at, fault, node.start_mark.line + 1)
        return self._expand(text, at)

    def _expand(self, text: str, at: Key) -> str | None:
        """Substitute ${NAME} and ${NAME:-default} from the environment; $${ is an escaped ${."""
        if "${" not in text:
            return text
        missing: list[str] = []

        def replacement(match: re.Match[str]) -> str:
            if match["broken"]:
                self._fault(at, "has ${ without a variable's name and }: write $${ for the two characters themselves")
                return ""
            if (name := match["name"]) is None:
                return "${"
            value = self.lookup(name, at)
            if match["default"] is not None:
                return value or match["default"][2:]
            if value is None and at not in self._document.unread:
                missing.append(name)
            return value or ""

        result = _VARIABLE.sub(replacement, text)
        if missing == [_TOKEN_NAME] and at == _TOKEN_KEY:
            return None  # only the bot itself needs the token, and reports that it is missing
        for name in missing:
            credential = f", or add the credential {name.lower()}" if self._env.get("CREDENTIALS_DIRECTORY") else ""
            remedy = f"set {name}, or {name}_FILE to a file's path{credential}"
            self._fault(at, f"needs the variable {name}, which is not set: {remedy}")
        self._document.expanded[at] = (result, text)
        return None if at in self._document.unread else result

    def lookup(self, name: str, at: Key) -> str | None:
        """Return a variable's value, else the content of its file, else None.

        The file is the one named by NAME_FILE, or the credential passed by systemd: `name`, or `herald_name` if a whole
        folder of credentials is loaded as "herald".
        """
        if value := self._env.get(name):
            return value
        file_name = self._env.get(f"{name}_FILE") or self._credential(name)
        if not file_name:
            return self._env.get(name)
        try:
            with Path(file_name).open("rb") as file:
                return file.read(MAX_SECRET_BYTES).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            if name in self._unreadable:
                self._document.unread.add(at)
            else:
                self._unreadable.add(name)
                self._fault(at, f"the file {file_name} of {name}_FILE cannot be read: {reason}")
            return None

    def _credential(self, name: str) -> str | None:
        folder = self._env.get("CREDENTIALS_DIRECTORY")
        if not folder:
            return None
        candidates = (Path(folder, prefix + name.lower()) for prefix in ("", "herald_"))
        return next((str(path) for path in candidates if path.is_file()), None)

    def _fault(self, at: Key, message: str, line: int | None = None) -> None:
        fault = ConfigFault(at, message, line)
        self._document.unread.add(at)
        if fault not in self._document.faults:
            self._document.faults.append(fault)
