"""`python bot.py move`: move everything from one database to another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import logs
from cli.options import log_level, parser_of
from config.settings import Config, load_config
from errors import UserError
from storage.database import Database
from storage.filling import fill
from storage.moving import copy_everything, leave
from storage.opening import open_database
from storage.paths import is_server, path_of

_DESCRIPTION = """Take everything from one database to another, from a file to a PostgreSQL server or back: archive,
channels that follow, what was posted and what is owed. Nothing is posted again. The bot has to be stopped. The target
has to be empty; the source is left as it is, and marked as moved."""


def main(argv: Sequence[str]) -> int:
    """Copy SOURCE into TARGET, compare the two, and mark the source as moved."""
    parser = parser_of("move", _DESCRIPTION)
    parser.add_argument("source", metavar="SOURCE", help="a file, or postgresql://user@host/database")
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="the same (default: `storage` of the configuration)"
    )
    parser.add_argument("--check", action="store_true", help="copy and compare, then undo everything")
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    config = load_config(options.config, os.environ)
    logs.set_up(log_level(options, "warning"), secrets=config.secrets())
    target = options.target or config.storage
    if not is_server(options.source) and not path_of(options.source).exists():
        raise UserError(f"There is no {options.source} to move.")
    if _place(options.source) == _place(target):
        raise UserError("Source and target are the same database.")
    asyncio.run(_move(config, options.source, target, only_check=options.check))
    return 0


def _place(storage: str) -> str:
    return storage if is_server(storage) else str(path_of(storage))


async def _move(config: Config, source: str, target: str, *, only_check: bool) -> None:
    was_there = is_server(target) or path_of(target).exists()
    # Open the source first: its lock keeps a bot from starting on it during the copy.
    old = await open_database(source, cache=config.cache)
    try:
        new = await open_database(target, cache=config.cache)
        try:
            await _copy(old, new, only_check=only_check)
        finally:
            await new.close()
    finally:
        await old.close()
    if only_check:
        # A trial leaves nothing behind.
        if not was_there:
            _delete(path_of(target))
        print("Checked: everything fits. Nothing was moved.")
        return
    # A server database keeps its name and is marked as moved, which a start checks.
    if not is_server(source):
        moved = _set_aside(path_of(source))
        print(f"The old database is {moved} now.")
    where = "the new database" if is_server(target) else str(path_of(target))
    print(f"Moved. Set `storage` to {where}, then start the bot.")


async def _copy(old: Database, new: Database, *, only_check: bool) -> None:
    counts = await copy_everything(
        old, new, only_check=only_check, told=lambda name, count: print(f"  {count:>10,}  {name}")
    )
    print(f"  {sum(counts.values()):>10,}  rows, all compared")
    if only_check:
        return
    # Only after everything was compared: until here the old database is authoritative.
    await leave(old, new)
    # A file contains its index; with a server, each process builds one at startup.
    if new.index is new:
        print("Building the search index …")
        await fill(new)


def _set_aside(path: Path) -> Path:
    """Rename a moved file, so that nobody starts a bot on it by mistake, and return its new path."""
    target = path.with_name(f"{path.name}.moved")
    number = 2
    while target.exists():
        # It was moved before and back again: do not overwrite the older file.
        target, number = path.with_name(f"{path.name}.moved-{number}"), number + 1
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    path.rename(target)
    return target


def _delete(path: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
