"""`python bot.py backup`: make a verified copy of the database, also while the bot runs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import logs
from cli.options import log_level, parser_of
from clock import utc_now
from config.settings import load_places
from storage import backup
from storage.paths import path_of


def main(argv: Sequence[str]) -> int:
    """Copy the database to FILE and verify the copy."""
    parser = parser_of("backup", "Copy the database, also while the bot runs, and verify the copy.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the copy, or the folder to put it in")
    parser.add_argument(
        "--keep", type=_at_least_one, metavar="N", help="put the time into the copy's name, and keep the newest N"
    )
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    # Backups must continue if the configuration becomes invalid while the bot runs.
    database = path_of(load_places(options.config, os.environ).storage)
    copy = backup.back_up(database, options.file.absolute(), keep=options.keep, now=utc_now())
    print(f"{copy}: {copy.stat().st_size:,} bytes, verified")
    return 0


def _at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of copies: write 1 or more')
    return int(text)
