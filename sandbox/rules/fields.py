"""Checks of single fields, with Discord's limits, codes and sentences.

Lengths are code points, as Discord's own staff describe their count (discord/discord-api-docs issue 1315).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from sandbox.errors import Form
from sandbox.values import Json, as_id, as_list, as_object

Path = tuple[str | int, ...]

CONTENT = 2000
NONCE = 25
THREAD_NAME = 100


@dataclass(frozen=True, slots=True)
class TextLimits:
    """What a text field may be: from `low` to `high` characters, and absent unless `required`."""

    high: int
    low: int = 0
    required: bool = False


def text(form: Form, body: Json, key: str, path: Path, rule: TextLimits) -> str | None:
    """Check `body[key]` against `rule`; return it when it is a text."""
    value = body.get(key)
    where = (*path, key)
    if value is None:
        if rule.required:
            form.add(where, "BASE_TYPE_REQUIRED", "This field is required")
        return None
    if not isinstance(value, str):
        form.add(where, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        return None
    if not rule.low <= len(value) <= rule.high:
        if rule.low == 0:
            form.add(where, "BASE_TYPE_MAX_LENGTH", f"Must be {rule.high} or fewer in length.")
        elif not value:
            form.add(where, "BASE_TYPE_REQUIRED", "This field is required")
        else:
            form.add(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {rule.low} and {rule.high} in length.")
    return value


def integer(form: Form, body: Json, key: str, path: Path, bounds: tuple[int, int]) -> int | None:
    """Check that `body[key]`, if there, is a whole number within `bounds`; return it when it is one."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        form.add((*path, key), "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        return None
    low, high = bounds
    if value < low:
        form.add((*path, key), "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
    elif value > high:
        form.add((*path, key), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
    return value


def items(form: Form, body: Json, key: str, path: Path, high: int, low: int = 0) -> list[Any]:
    """Check that `body[key]`, if there, is a list of `low` to `high` entries; return it, or an empty list."""
    value = body.get(key)
    where = (*path, key)
    if value is None:
        if low:
            form.add(where, "BASE_TYPE_REQUIRED", "This field is required")
        return []
    if not isinstance(value, list):
        form.add(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    entries = as_list(cast("object", value))
    if low <= len(entries) <= high:
        return entries
    if low:
        form.add(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    else:
        form.add(where, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
    return []


def objects(form: Form, body: Json, key: str, path: Path, high: int, low: int = 0) -> list[Json]:
    """Check a list like `items`, of objects only; return the objects."""
    found: list[Json] = []
    for index, entry in enumerate(items(form, body, key, path, high, low)):
        if (one := as_object(entry)) is not None:
            found.append(one)
        else:
            form.add((*path, key, index), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    return found


def choice(form: Form, body: Json, key: str, path: Path, allowed: Sequence[Any]) -> None:
    """Check that `body[key]`, if there, is one of `allowed`."""
    value = body.get(key)
    # In Python True is 1, which would be a type of command or channel.
    if value is not None and (isinstance(value, bool) or value not in allowed):
        listing = ", ".join(str(one) for one in allowed)
        form.add((*path, key), "BASE_TYPE_CHOICES", f"Value must be one of {{{listing}}}.")


def url(form: Form, value: str, path: Path, schemes: Sequence[str] = ("http", "https")) -> None:
    """Check that `value` is an address with one of `schemes`."""
    try:
        parts = urlsplit(value)
    except ValueError:
        form.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return
    # Addresses of Discord's own scheme have no host.
    hostless = parts.scheme in {"http", "https"} and not parts.hostname
    if not parts.scheme or hostless or any(character.isspace() for character in value):
        form.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif parts.scheme not in schemes:
        listing = ", ".join(f"'{scheme}'" for scheme in schemes)
        message = f"Scheme '{parts.scheme}' is not supported. Scheme must be one of ({listing})."
        form.add(path, "URL_TYPE_INVALID_SCHEME", message)


def snowflakes(form: Form, body: Json, key: str, path: Path, high: int) -> list[int]:
    """Check that `body[key]`, if there, is a list of at most `high` identifiers; return them."""
    found: list[int] = []
    for index, entry in enumerate(items(form, body, key, path, high)):
        if (identifier := as_id(entry)) is None:
            form.add((*path, key, index), "NUMBER_TYPE_COERCE", f'Value "{entry}" is not snowflake.')
        else:
            found.append(identifier)
    return found


def boolean(form: Form, body: Json, key: str, path: Path) -> bool | None:
    """Check that `body[key]`, if there, is true or false; return it when it is."""
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return value
    form.add((*path, key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    return None
