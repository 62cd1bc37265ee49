"""`python bot.py restore`: replace the database with a backup."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import logs
from cli.asking import confirm
from cli.options import log_level, parser_of
from clock import utc_now
from config.settings import load_config
from storage import backup
from storage.paths import path_of
from storage.sqlite import take_lock


def main(argv: Sequence[str]) -> int:
    """Verify FILE and replace the database with it; the old database is kept next to it."""
    parser = parser_of(
        "restore",
        "Verify a backup and put it in the database's place. The bot has to be stopped. The old database is kept "
        "beside it. What was posted since the backup is found in the channels at the next start, and not posted again.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    database = path_of(load_config(options.config, os.environ).storage)
    source = options.file.absolute()
    lock = take_lock(database)
    try:
        if faults := backup.check(source):
            print(f"{source} is damaged:", *faults, sep="\n  ")
            return 1
        confirm(f"{source} takes the place of {database}.", "restore", yes=options.yes)
        old = backup.restore(source, database, now=utc_now())
    finally:
        lock.release()
    print(f"{database} restored" + (f"; the one before is kept as {old.name}" if old else ""))
    return 0
