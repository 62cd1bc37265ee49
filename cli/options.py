"""Options that all subcommands share, allowed before or after the subcommand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

_WITH_VALUE, _WITHOUT_VALUE = "--config", ("--verbose", "-v")


def parser_of(
    command: str, description: str, *, epilog: str | None = None, config: bool = True
) -> argparse.ArgumentParser:
    """Return a subcommand's parser with the shared options; `config` is whether it reads a configuration."""
    parser = argparse.ArgumentParser(prog=f"bot.py {command}", description=description, epilog=epilog)
    if config:
        parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration (default: config.yaml)")
    parser.add_argument("--verbose", "-v", action="store_true", help="log everything, with tracebacks")
    return parser


def log_level(options: argparse.Namespace, level: str) -> str:
    """Return `level`, or "debug" with `--verbose`."""
    return "debug" if options.verbose else level


def leading(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the shared options before the subcommand, and the rest."""
    end = 0
    while end < len(argv) and argv[end].partition("=")[0] in {_WITH_VALUE, *_WITHOUT_VALUE}:
        end += 2 if argv[end] == _WITH_VALUE else 1
    return list(argv[:end]), list(argv[end:])
