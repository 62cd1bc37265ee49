"""Discord's rules for application commands (reference: "Application Command Object")."""

from __future__ import annotations

import re
import unicodedata

from sandbox.errors import Form
from sandbox.rules import fields
from sandbox.rules.fields import Path, TextLimits
from sandbox.values import Json, as_id, as_list, as_object

CHAT, USER, MESSAGE, ENTRY_POINT = 1, 2, 3, 4
SUB_COMMAND, GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
OPTION_TYPES = tuple(range(1, 12))
COUNTS = {CHAT: 100, USER: 15, MESSAGE: 15, ENTRY_POINT: 1}
"""How many commands of each type an application may have; Discord raised user and message commands from 5 to 15."""
TOTAL = 8000
_NAME = re.compile(r"[-_'\w]{1,32}")
_SAFE_INTEGER = 2**53


def check(form: Form, command: Json, path: Path = ()) -> None:
    """Check one command's definition."""
    fields.choice(form, command, "type", path, (CHAT, USER, MESSAGE, ENTRY_POINT))
    kind = command.get("type") or CHAT
    if kind == CHAT:
        name(form, command, path)
        fields.text(form, command, "description", path, TextLimits(100, 1, required=True))
        _options(form, command, path, depth=0)
    else:
        fields.text(form, command, "name", path, TextLimits(32, 1, required=True))
        if command.get("description"):
            message = "Context menu commands cannot have description"
            form.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET", message)
        if command.get("options"):
            message = "Context menu commands cannot have options"
            form.add((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_CANNOT_BE_SET", message)
    needed = command.get("default_member_permissions")
    if needed is not None and as_id(needed) is None:
        form.add((*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", "Must be a number of permissions.")
    if _size(command) > TOTAL:
        message = f"Command exceeds maximum size ({TOTAL})"
        form.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def name(form: Form, body: Json, path: Path) -> None:
    """Check a slash command's or option's name: word characters, hyphens and apostrophes, no capital letters."""
    value = fields.text(form, body, "name", path, TextLimits(32, 1, required=True))
    if value is None or not 1 <= len(value) <= 32:
        return
    marks = (character for character in value if unicodedata.category(character).startswith("M"))
    plain = value
    for mark in marks:  # combining marks belong to words of Indic scripts and Thai, which are allowed
        plain = plain.replace(mark, "")
    if not _NAME.fullmatch(plain) or value != value.lower():
        form.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _options(form: Form, body: Json, path: Path, depth: int) -> None:
    seen: set[str] = set()
    optional_before = False
    for index, option in enumerate(fields.objects(form, body, "options", path, 25)):
        where = (*path, "options", index)
        _option(form, option, where, depth)
        if str(option.get("name")) in seen:
            message = "Option names must be unique"
            form.add((*where, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        seen.add(str(option.get("name")))
        if option.get("type") in (SUB_COMMAND, GROUP):
            continue
        if option.get("required") and optional_before:
            message = "Required options must be placed before non-required options"
            form.add((*where, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_before = optional_before or not option.get("required")
    # A command has subcommands or values, never both.
    kinds = {option.get("type") in (SUB_COMMAND, GROUP) for option in _objects(body, "options")}
    if len(kinds) > 1:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        form.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


def _option(form: Form, option: Json, path: Path, depth: int) -> None:
    name(form, option, path)
    fields.text(form, option, "description", path, TextLimits(100, 1, required=True))
    kind = option.get("type")
    if kind is None:
        form.add((*path, "type"), "BASE_TYPE_REQUIRED", "This field is required")
        return
    fields.choice(form, option, "type", path, OPTION_TYPES)
    if (kind == GROUP and depth > 0) or (kind == SUB_COMMAND and depth > 1):
        message = "Sub-commands and groups cannot be nested that deep"
        form.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    if kind in (SUB_COMMAND, GROUP):
        _options(form, option, path, depth + (1 if kind == GROUP else 2))
        return
    _choices(form, option, path)
    _bounds(form, option, path)


def _choices(form: Form, option: Json, path: Path) -> None:
    seen: set[str] = set()
    choices = fields.objects(form, option, "choices", path, 25)
    for index, choice in enumerate(choices):
        where = (*path, "choices", index)
        label = fields.text(form, choice, "name", where, TextLimits(100, 1, required=True))
        if label in seen:
            form.add((*where, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Names must be unique")
        seen.add(label or "")
        _choice_value(form, option, choice, where)
    takes_text = option["type"] in (STRING, INTEGER, NUMBER)
    if choices and not takes_text:
        form.add((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "This type has no choices")
    if not option.get("autocomplete"):
        return
    if choices:
        message = "Autocomplete and choices are mutually exclusive"
        form.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_NOT_COMPATIBLE_WITH_CHOICES", message)
    if not takes_text:
        message = "This type cannot be completed"
        form.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID_OPTION_TYPE", message)


def _choice_value(form: Form, option: Json, choice: Json, where: Path) -> None:
    value = choice.get("value")
    if option["type"] == STRING:
        fields.text(form, choice, "value", where, TextLimits(100, 1, required=True))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        form.add((*where, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')


def _bounds(form: Form, option: Json, path: Path) -> None:
    fields.integer(form, option, "min_length", path, (0, 6000))
    fields.integer(form, option, "max_length", path, (1, 6000))
    for key in ("min_value", "max_value"):
        value = option.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _SAFE_INTEGER:
            form.add((*path, key), "NUMBER_TYPE_COERCE", f'Value "{value}" is not within 2^53.')
    low, high = option.get("min_value"), option.get("max_value")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        form.add((*path, "min_value"), "APPLICATION_COMMAND_OPTIONS_MIN_VALUE_INVALID", "min_value exceeds max_value")


def _size(body: Json) -> int:
    """Return the characters that count towards a command's size: names, descriptions and choices' values."""
    own = sum(len(body[key]) for key in ("name", "description") if isinstance(body.get(key), str))
    own += sum(len(str(value)) for choice in _objects(body, "choices") for value in choice.values())
    return own + sum(_size(option) for option in _objects(body, "options"))


def _objects(body: Json, key: str) -> list[Json]:
    return [one for entry in as_list(body.get(key)) if (one := as_object(entry)) is not None]
