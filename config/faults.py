"""Messages for faults of a configuration, with file, line, key and remedy."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.document import ConfigFault, Document, Key
from config.values import shown
from sources.address import FolderAddress, GitAddress, local_path, parse_address

# by pydantic's error type, else by that type's first word
_ODD_SPACES = re.compile("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]+")
_GLUED = re.compile(r"([a-z_]+):(\S+)")
_SENTENCES = {
    "literal_error": "{shown} is not one of the allowed values: write {expected}",
    "enum": "{shown} is not one of the allowed values: write {expected}",
    "tuple_type": "must be a list: begin each entry in a line of its own with a hyphen, or write [one, two]",
    "greater_than_equal": "{shown} is too small: write {ge} or more",
    "less_than_equal": "{shown} is too large: write {le} or less",
    "string_too_short": "is empty: write something or remove the key",
    "string_too_long": "is too long: write at most {max_length} characters",
    "bool": "{shown} is not allowed here: write true or false",
    "int": "{shown} is not allowed here: write a whole number",
    "string": "{shown} is not allowed here: write text",
    "path": "{shown} is not allowed here: write a path",
}


NEEDS_SERVER = "several processes need a `storage` on a PostgreSQL server (docs/scale.md): set that, or remove the role"


def report(faults: Iterable[ConfigFault], document: Document, path: Path) -> str:
    """Return all faults, one line each, in the order of the file."""
    lines = sorted({_line(fault, document) for fault in faults})
    return "\n".join(_text(number, key, message, path) for number, key, message in lines)


def _line(fault: ConfigFault, document: Document) -> tuple[int, str, str]:
    message = fault.message
    if fault.key in document.expanded:
        value, written = document.expanded[fault.key]
        for text in (shown(value), value) if value else ():
            message = message.replace(text, f'"{written}"' if text != value else written)
    return fault.line or _line_of(fault.key, document), key_text(fault.key), message


def _line_of(key: Key, document: Document) -> int:
    while key:
        if key in document.lines:
            return document.lines[key]
        key = key[:-1]
    return 0


def _text(line: int, key: str, message: str, path: Path) -> str:
    where = f"{path}:{line}" if line else f"{path}"
    return f"{where}: {key}: {message}" if key else f"{where}: {message}"


def key_text(key: Key) -> str:
    """Return `("newsletters", 0, "poll")` as `newsletters[0].poll`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in key]
    return "".join(parts).removeprefix(".")


def from_pydantic(error: ValidationError, root: type[BaseModel]) -> Iterator[ConfigFault]:
    """Yield the faults found by pydantic, with our own messages."""
    for detail in error.errors(include_url=False):
        key = tuple(detail["loc"])
        yield ConfigFault(key, _sentence(detail, key, root))


def _sentence(detail: ErrorDetails, key: Key, root: type[BaseModel]) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return _unknown(str(key[-1]), _model_at(root, key[:-1]), root)
    if kind == "missing":
        return f"is missing: {_model_at(root, key[:-1]).model_fields[str(key[-1])].description}"
    if kind in {"model_type", "model_attributes_type"}:
        if isinstance(value, str) and (glued := _GLUED.match(value)) is not None:
            return f"needs a space after each colon: {glued[1]}: {glued[2]}"
        return f"must hold keys: {', '.join(_model_at(root, key).model_fields)}"
    context = {name: str(each).replace("'", "") for name, each in context.items()}
    template = _SENTENCES.get(kind) or _SENTENCES.get(kind.partition("_")[0], detail["msg"])
    return template.format(shown=shown(value), **context)


def _unknown(name: str, model: type[BaseModel], root: type[BaseModel]) -> str:
    if (plain := _ODD_SPACES.sub(" ", name)) != name:
        return f"begins with or holds a space that only looks like one: retype the spaces before {plain.strip()} again"
    near = difflib.get_close_matches(name, model.model_fields, n=1)
    if near:
        return f"is unknown: did you mean {near[0]}?"
    if name in root.model_fields:
        return "does not belong here: write it at the beginning of a line of its own, without indent"
    if homes := [key for key, field in root.model_fields.items() if _has(field.annotation, name)]:
        return f"does not belong here: it is a setting of {' and '.join(homes)}"
    return f"is not a known key: use one of {', '.join(model.model_fields)}"


def _model_at(model: type[BaseModel], key: Key) -> type[BaseModel]:
    """Return the model of the mapping at `key`."""
    for part in key:
        if isinstance(part, str):
            model = next(iter(_models_in(model.model_fields[part].annotation)))
    return model


def _has(annotation: Any, name: str) -> bool:
    return any(name in model.model_fields for model in _models_in(annotation))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def cross_faults(data: dict[str, Any], base: Path) -> Iterator[ConfigFault]:
    """Yield conflicts between settings that are valid individually. Wrong types are reported elsewhere."""
    if data.get("role") is not None and not str(data.get("storage", "")).startswith("postgres"):
        yield ConfigFault(("role",), NEEDS_SERVER)
    newsletters = list(_mappings(data.get("newsletters")))
    yield from _duplicate_names(newsletters)
    yield from _duplicate_ids(newsletters)
    for index, newsletter in newsletters:
        yield from _access_faults(("newsletters", index), newsletter, base)
        yield from _covered_patterns(("newsletters", index), newsletter)
        yield from _split_faults(("newsletters", index, "split"), newsletter)
    names = [str(newsletter["name"]).strip() for _, newsletter in newsletters if "name" in newsletter]
    yield from _subscription_faults(list(_mappings(data.get("subscriptions"))), names)


def _mappings(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, entry in enumerate(cast("list[Any]", value) if isinstance(value, list) else []):
        if isinstance(entry, dict):
            yield index, cast("dict[str, Any]", entry)


def _duplicate_names(newsletters: list[tuple[int, dict[str, Any]]]) -> Iterator[ConfigFault]:
    first: dict[str, int] = {}
    for index, newsletter in newsletters:
        name = str(newsletter.get("name", "")).strip()
        before = first.setdefault(_folded(name), index)
        if name and before != index:
            yield ConfigFault(
                ("newsletters", index, "name"), f"{shown(name)} is the name of newsletters[{before}] too: rename one"
            )


def _folded(name: str) -> str:
    """Return the normal form of a name: case and accents removed, single spaces, as in searches."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _duplicate_ids(newsletters: list[tuple[int, dict[str, Any]]]) -> Iterator[ConfigFault]:
    first: dict[str, int] = {}
    for index, newsletter in newsletters:
        key = str(newsletter.get("id") or "").strip()
        before = first.setdefault(key, index)
        if key and before != index:
            yield ConfigFault(("newsletters", index, "id"), f"{shown(key)} is the id of newsletters[{before}] too")


def _access_faults(at: Key, newsletter: dict[str, Any], base: Path) -> Iterator[ConfigFault]:
    source = newsletter.get("source")
    try:
        address = parse_address(source, base) if isinstance(source, str) and source else None
    except ValueError:
        return
    if isinstance(address, FolderAddress):
        for name in ("branch", "token", "ssh_key", "ca_file"):
            if newsletter.get(name):
                yield ConfigFault((*at, name), "is for Git repositories, and the source is a folder: remove it")
    if isinstance(address, GitAddress):
        yield from _git_faults(at, newsletter, address, base)


def _git_faults(at: Key, newsletter: dict[str, Any], address: GitAddress, base: Path) -> Iterator[ConfigFault]:
    if newsletter.get("token") and not address.may_carry_token:
        yield ConfigFault((*at, "token"), "is sent over https only: write the source as https://…, or remove the token")
    if newsletter.get("ssh_key") and address.scheme != "ssh":
        yield ConfigFault((*at, "ssh_key"), "is for ssh only: write the source as git@host:owner/repository.git")
    if (ca_file := newsletter.get("ca_file")) and address.scheme != "https":
        yield ConfigFault((*at, "ca_file"), "is for https only: write the source as https://…, or remove the ca_file")
    elif isinstance(ca_file, str) and ca_file and not _is_file(ca_file, base):
        yield ConfigFault((*at, "ca_file"), f"{shown(ca_file)} is not a file that Herald may read: correct the path")


def _is_file(text: str, base: Path) -> bool:
    try:
        return os.access(local_path(text, base), os.R_OK)
    except ValueError:  # already reported as an invalid path
        return True


def _covered_patterns(at: Key, newsletter: dict[str, Any]) -> Iterator[ConfigFault]:
    excluded = newsletter.get("exclude")
    included = newsletter.get("include")
    if isinstance(excluded, list) and isinstance(included, list):
        for index, pattern in enumerate(cast("list[Any]", included)):
            if isinstance(pattern, str) and pattern in excluded:
                yield ConfigFault((*at, "include", index), f"{shown(pattern)} is also in exclude, so it never matches")


def _split_faults(at: Key, newsletter: dict[str, Any]) -> Iterator[ConfigFault]:
    split = newsletter.get("split")
    if isinstance(split, dict) and "item_level" in split and cast("dict[str, Any]", split).get("one_story") is True:
        yield ConfigFault((*at, "item_level"), "says which headings are items, and one_story that none is: remove one")


def _unknown_newsletter(key: Key, name: str, names: list[str]) -> ConfigFault:
    near = difflib.get_close_matches(name.casefold(), [each.casefold() for each in names], n=1)
    if near:
        remedy = f"did you mean {shown(next(each for each in names if each.casefold() == near[0]))}?"
    else:
        remedy = f"its newsletters are {', '.join(names)}" if names else "it has none yet"
    return ConfigFault(key, f"{shown(name)} is not a newsletter in this file: {remedy}")


def _subscription_faults(subscriptions: list[tuple[int, dict[str, Any]]], names: list[str]) -> Iterator[ConfigFault]:
    first: dict[tuple[str, str], int] = {}
    for index, subscription in subscriptions:
        at: Key = ("subscriptions", index)
        name = str(subscription.get("newsletter", "")).strip()
        if name and name not in names:
            yield _unknown_newsletter((*at, "newsletter"), name, names)
        pair = (name, str(subscription.get("channel", "")).strip())
        before = first.setdefault(pair, index)
        if all(pair) and before != index:
            yield ConfigFault(
                (*at, "channel"), f"follows this newsletter in subscriptions[{before}] already: remove one"
            )
        yield from _both_ways(at, subscription)


def _both_ways(at: Key, subscription: dict[str, Any]) -> Iterator[ConfigFault]:
    wanted, unwanted = subscription.get("sections"), subscription.get("exclude_sections")
    if isinstance(wanted, list) and isinstance(unwanted, list):
        names = {str(name).casefold() for name in cast("list[Any]", unwanted)}
        for index, name in enumerate(cast("list[Any]", wanted)):
            if str(name).casefold() in names:
                yield ConfigFault((*at, "sections", index), f"{shown(name)} is also in exclude_sections: remove one")
