"""Which subcommand was asked for; only that one's modules are loaded."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence

from app.version import VERSION
from errors import HeraldError

DONE, FAULTS, USAGE = 0, 1, 2  # the exit statuses, docs and README name them
COMMANDS = {
    "run": "run the bot (this is what happens without a command)",
    "sandbox": "run it against the embedded sandbox: no account, no token",
    "split": "show the items of an issue",
    "check": "look for faults in issues and in the configuration",
    "search": "search everything that was ever covered",
    "import": "bring the archive up to date once, and post nothing",
}
_MODULES = {"import": "cli.importing"}


def _overview() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {name:<9}{text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="bot.py",
        usage="python bot.py [command] [options]",
        description="Herald posts the items of newsletters that live in a Git repository, and finds them again.",
        epilog=f"commands:\n{lines}\n\n`python bot.py COMMAND --help` lists a command's options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Herald {VERSION}")
    return parser


def choose(argv: Sequence[str]) -> tuple[str, list[str]]:
    """The command and what follows it; without a command it is "run". Raises SystemExit on an unknown one."""
    first = argv[0] if argv else ""
    if first in COMMANDS:
        return first, list(argv[1:])
    if first in {"-h", "--help", "--version"}:
        _overview().parse_args([first])
    if first and not first.startswith("-"):
        _overview().error(f'"{first}" is no command; there are {", ".join(COMMANDS)}')
    return "run", list(argv)


def main(argv: Sequence[str]) -> int:
    """Run the command that `argv` asks for and return the exit status of the process."""
    command, rest = choose(argv)
    module = importlib.import_module(_MODULES.get(command, f"cli.{command}"))
    try:
        status: int = module.main(rest)
    except HeraldError as error:
        print(error, file=sys.stderr)
        logging.getLogger(__name__).debug("ended by an error", exc_info=error)
        return error.exit_status
    except KeyboardInterrupt:
        return 130 if command not in {"run", "sandbox"} else DONE
    except BrokenPipeError:  # `… | head`: the reader has what it wanted
        sys.stderr.close()
        return DONE
    return status
