"""Resolving locations in settings: folders, files, a newsletter's source and the database."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, ValidationInfo

from sources.address import FolderAddress, is_short_form, local_path, parse_address, repository_meant

_DATABASES = ("sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+asyncpg")


def _base(info: ValidationInfo) -> Path:
    """Return the folder that relative paths are resolved against: that of the configuration file."""
    context = cast("dict[str, Path] | None", info.context)
    return context["base"] if context else Path.cwd()


def _state(info: ValidationInfo) -> Path:
    """Return the folder that paths of written files are resolved against: the service manager's, else the same."""
    context = cast("dict[str, Path] | None", info.context)
    return context["state"] if context else Path.cwd()


def _absolute(value: Any, info: ValidationInfo) -> Any:
    return _local(str(value), _base(info)) if isinstance(value, (str, Path)) and str(value) else value


def _absolute_state(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, (str, Path)) or not str(value):
        return value
    path = _local(str(value), _state(info))
    if _is_folder(path) is False:
        raise ValueError(f'"{value}" is a file: write the path of a folder')
    return path


def _is_folder(path: Path) -> bool | None:
    """Whether a path is a folder; None if it does not exist or cannot be accessed."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return None


def _local(text: str, base: Path) -> Path:
    try:
        return local_path(text, base)
    except ValueError as error:
        raise ValueError(f'"{text}" {error}') from error


def _read_source(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, (str, Path)):
        return value
    try:
        address = parse_address(str(value), _base(info))
    except ValueError as error:
        raise ValueError(f'"{_without_user(str(value))}" {error}') from error
    if not isinstance(address, FolderAddress):
        return address.url
    # An existing folder takes precedence, even if its name looks like a repository's.
    if address.path.exists():
        return str(address.path)
    if (meant := repository_meant(str(value))) is not None:
        raise ValueError(f"names no folder here: write {meant} if it is a Git repository")
    if is_short_form(str(value), _base(info)):
        raise ValueError(
            f"names no folder here: write https://github.com/{value} if it is a repository on GitHub, "
            f"or create the folder {address.path}"
        )
    return str(address.path)


def _without_user(address: str) -> str:
    """Return the URL without user and password, which may be secret."""
    scheme, mark, rest = address.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}" if mark and "@" in rest.split("/", 1)[0] else address


def _read_storage(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str) or not value:
        return value
    scheme, mark, rest = value.partition("://")
    if not mark:
        path = _local(value, _state(info))
        if _is_folder(path):
            raise ValueError(f'"{value}" is a folder: write the path of a file in it, such as {value}/herald.db')
        return str(path)
    if scheme not in _DATABASES:
        raise ValueError(f"the database {scheme} is not supported: write the path of a file such as herald.db")
    if not rest:
        raise ValueError("the database's address ends too early: write the path of a file such as herald.db")
    return value


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]
StatePath = Annotated[Path, BeforeValidator(_absolute_state)]
SourceAddress = Annotated[str, BeforeValidator(_read_source)]
StorageAddress = Annotated[str, BeforeValidator(_read_storage)]
