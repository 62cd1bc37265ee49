"""Converting database failures to a sentence for the operator."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from errors import StorageAwayError, StorageError

_DAMAGED = "{name} is damaged: restore a backup ({name}.*.bak), or remove it to import everything again."
_SENTENCES = (
    ("database or disk is full", "{name} cannot grow: the disk is full. Free some space; no data was stored in part."),
    (
        "readonly database",
        "{name} cannot be written to: give Herald's user the right to write the file and its folder.",
    ),
    ("database is locked", "{name} is locked by another program: close what has it open."),
    ("file is not a database", "{name} is not a database: move the file away, or give Herald another storage."),
    ("malformed", _DAMAGED),  # the file, its schema, or the full-text index
    ("could not decode to utf-8", _DAMAGED),
    ("vtable constructor failed", _DAMAGED),  # from the full-text index, which reads its settings from the file
    ("unsupported file format", _DAMAGED),
    ("unable to open database", "{name} cannot be opened: check that its folder exists and Herald may use it."),
    ("disk i/o error", "{name} cannot be read or written: the disk or the network drive reports an error."),
)
_PASSING = {"database or disk is full", "database is locked", "disk i/o error"}


def explained(error: BaseException, name: str) -> StorageError | None:
    """Return the sentence for a known failure of the environment; None for any other, which is a bug."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        text = str(original).lower()
        part, says = next((each for each in _SENTENCES if each[0] in text), ("", ""))
        kind = StorageAwayError if part in _PASSING else StorageError
        return kind(says.format(name=name)) if says else None
    if isinstance(original, UnicodeDecodeError):  # SQLite's message quotes a damaged schema verbatim
        return StorageError(_DAMAGED.format(name=name))
    if isinstance(original, OSError):
        return of_system(original, name)
    return None


def of_system(error: OSError, name: str) -> StorageError:
    """Return the sentence for an operating system error about the file `name`."""
    folder = Path(os.fsdecode(error.filename)).absolute().parent if error.filename else "its folder"
    if error.errno == errno.EROFS:
        return StorageError(f"{name} cannot be used: {folder} can only be read there. Mount it for writing.")
    if error.errno in {errno.EACCES, errno.EPERM}:
        who = f"user {os.getuid()}" if hasattr(os, "getuid") else "its user"  # Windows has no user ids
        return StorageError(f"{name} cannot be used: Herald may not write in {folder}. Give {who} the right to.")
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return StorageError(f"{name} cannot be used: {error.filename} is not a folder. Write another path in storage.")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageAwayError(f"{name} cannot be used: the disk is full. Free some space and start again.")
    return StorageError(f"{name} cannot be used: {error.strerror or error}.")
