"""Checks request bodies against Discord's own description of its interface, where that file is at hand.

It finds what our own rules do not know. If it is stricter than Discord is in fact (identifiers as numbers, for
example) it is loosened here, each place with its reason.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sandbox.errors import bad_form
from sandbox.values import Json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_PLACE = re.compile(r"\{[^}]*\}")
_OVERWRITE = ("PUT", "/channels/{}/permissions/{}")


class OpenApiChecks:
    """Validators of the bodies of all routes, each made when it is first needed; needs the package jsonschema."""

    def __init__(self, path: Path) -> None:
        document: Json = json.loads(path.read_text("utf-8"))
        self._components: Json = document["components"]
        # Discord takes an identifier as a number too, and libraries send it so.
        self._components["schemas"]["SnowflakeType"] = {"type": ["string", "integer"]}
        self._schemas = _bodies(document["paths"])
        overwrites = [self._components["schemas"]["ChannelPermissionOverwriteRequest"], self._schemas[_OVERWRITE]]
        for overwrite in overwrites:  # Discord's reference, and libraries, write permissions as texts
            overwrite["properties"] |= {key: {"type": ["string", "integer", "null"]} for key in ("allow", "deny")}
        self._validators: dict[tuple[str, str], Validator | None] = {}

    def check(self, method: str, path: str, body: Any) -> None:
        """Refuse a body that the description does not allow; a route without one is not checked."""
        key = (method, _PLACE.sub("{}", path))
        if key not in self._validators:
            self._validators[key] = self._make(key)
        validator = self._validators[key]
        if validator is None:
            return
        from jsonschema.exceptions import best_match  # pyright: ignore[reportUnknownVariableType]

        faults: Iterable[ValidationError] = validator.iter_errors(body)
        error = cast("ValidationError | None", best_match(faults))  # pyright: ignore[reportUnknownVariableType]
        if error is not None:
            raise bad_form(tuple(error.absolute_path), "OPENAPI_SCHEMA", error.message[:500])

    def _make(self, key: tuple[str, str]) -> Validator | None:
        from jsonschema import Draft202012Validator

        schema = self._schemas.get(key)
        return None if schema is None else Draft202012Validator({**schema, "components": self._components})


def _bodies(paths: Json) -> dict[tuple[str, str], Json]:
    found: dict[tuple[str, str], Json] = {}
    for path, operations in paths.items():
        for method, operation in operations.items():
            if not isinstance(operation, dict):
                continue
            content: Json = operation.get("requestBody", {}).get("content", {})  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            if "application/json" in content:
                found[method.upper(), _PLACE.sub("{}", path)] = content["application/json"]["schema"]
    return found
