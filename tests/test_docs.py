"""The example configuration, the documentation and the code say the same."""

from __future__ import annotations

import datetime as dt
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from discord import app_commands
from discord.ext import commands
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.client import COGS
from config.settings import Config, load_config

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.yaml"
DOCUMENT = ROOT / "docs" / "configuration.md"
_MAKES_SENSE_ONLY_AS_AN_EXAMPLE = {"site_url"}


def model_of(field: FieldInfo) -> type[BaseModel] | None:
    def models(annotation: Any) -> Iterator[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        for argument in get_args(annotation):
            yield from models(argument)

    return next(models(field.annotation), None)


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}", field
        if (inner := model_of(field)) is not None:
            yield from walk(inner, f"{prefix}{name}.")


FIELDS = dict(walk(Config))


def default_text(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "required"
    if value in (None, "", ()):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.timedelta):
        seconds = int(value.total_seconds())
        unit, size = next((unit, size) for unit, size in (("d", 86_400), ("m", 60), ("s", 1)) if seconds % size == 0)
        return f"{seconds // size}{unit}"
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


def row(key: str, field: FieldInfo) -> str:
    """The key's row in docs/configuration.md."""
    default = default_text(field)
    shown = default if default in {"required", "none"} else f"`{default}`"
    return f"| `{key}` | {field.description} | {shown} |"


LEAVES = {key: field for key, field in FIELDS.items() if model_of(field) is None}


def example_lines() -> dict[str, str]:
    """The comment behind each key of the example, by the key's path without list positions."""
    found: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in EXAMPLE.read_text("utf-8").splitlines():
        match = re.match(r"(?P<indent> *(?:- )?)(?P<key>\w+):[^#]*# (?P<comment>.+)\Z", line)
        if match is None:
            continue
        indent = len(match["indent"])
        while stack and stack[-1][0] >= indent:
            stack.pop()
        stack.append((indent, match["key"]))
        found[".".join(key for _, key in stack)] = match["comment"]
    return found


def test_example_explains_every_key_and_no_other() -> None:
    assert set(example_lines()) == set(FIELDS)


@pytest.mark.parametrize("key", sorted(FIELDS))
def test_example_says_of_a_key_what_the_code_says(key: str) -> None:
    field, comment = FIELDS[key], example_lines()[key]
    assert comment.startswith(str(field.description))
    default = default_text(field)
    if model_of(field) is None:
        wanted = "Required." if default == "required" else f"Default: {default}."
        assert wanted in comment or (isinstance(field.default, tuple) and "Default: these" in comment)


def test_example_loads_and_holds_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(EXAMPLE, {"DISCORD_TOKEN": "token"})
    assert config.discord.token == SecretStr("token")
    assert config.storage == str(ROOT / "herald.db")
    newsletter, subscription = config.newsletters[0], config.subscriptions[0]
    for section in (newsletter, newsletter.split, subscription, config.search, config.alerts, config.web):
        for name, field in type(section).model_fields.items():
            if not field.is_required() and name not in _MAKES_SENSE_ONLY_AS_AN_EXAMPLE:
                assert getattr(section, name) == field.default, name


def test_example_is_what_people_without_our_loader_read_too() -> None:
    plain = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    assert set(plain) == set(Config.model_fields)


@pytest.mark.parametrize("key", sorted(LEAVES))
def test_documentation_has_the_keys_row(key: str) -> None:
    assert row(key, LEAVES[key]) in DOCUMENT.read_text("utf-8").splitlines()


def test_documentation_has_no_row_of_a_key_that_is_not_there() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(LEAVES)


def test_the_readme_names_every_command_and_no_other() -> None:
    modules = [importlib.import_module(name) for name in COGS]
    cogs = [each for module in modules for each in vars(module).values() if isinstance(each, commands.CogMeta)]
    known = {
        command.qualified_name
        for cog in cogs
        for top in cog.__cog_app_commands__
        for command in (top.walk_commands() if isinstance(top, app_commands.Group) else [top])
    }
    table = (ROOT / "README.md").read_text("utf-8").partition("## What people do with it")[2].partition("\n## ")[0]
    named = {text for row in table.splitlines() if row.startswith("|") for text in re.findall(r"`/([a-z -]+)`", row)}
    assert named == known


def test_documentation_names_the_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert {"run", "test", "check", "bench", "lock", "clean", "help"} <= targets
