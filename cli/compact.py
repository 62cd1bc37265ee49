"""`python bot.py compact`: return the database's unused space to the disk."""

from __future__ import annotations

import os
from collections.abc import Sequence

import logs
from cli.options import log_level, parser_of
from config.settings import load_config
from errors import StorageError
from storage import backup
from storage.paths import path_of
from storage.sqlite import take_lock


def main(argv: Sequence[str]) -> int:
    """Compact the database; the bot has to be stopped."""
    parser = parser_of(
        "compact",
        "Return the database's unused space to the disk. Stop the bot first; as much free space as the database takes "
        "is needed meanwhile.",
    )
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    database = path_of(load_config(options.config, os.environ).storage)
    if not database.exists():
        raise StorageError(f"There is no {database.name} to compact at {database.parent}.")
    lock = take_lock(database)
    try:
        before, after = backup.compact(database)
    finally:
        lock.release()
    print(f"{database}: {before:,} bytes before, {after:,} bytes now")
    return 0
