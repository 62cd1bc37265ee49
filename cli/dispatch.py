"""Selection of the subcommand; only its modules are loaded."""

from __future__ import annotations

import argparse
import difflib
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from app.version import full_version
from cli import options, output
from errors import HeraldError
from processes import loading

DONE, FAULTS, USAGE = 0, 1, 2  # exit statuses, as documented in docs and README
COMMANDS = {
    "run": "run the bot (this is what happens without a command)",
    "sandbox": "run it against the embedded sandbox: no account, no token",
    "split": "show the items of an issue",
    "check": "check issues and the configuration for faults",
    "search": "search everything that was ever covered",
    "import": "update the archive once, without posting anything",
    "status": "show how the running bot is doing",
    "audit": "check that sources, archive, ledger and channels agree",
    "backup": "copy the database, also while the bot runs",
    "restore": "replace the database with a backup",
    "move": "move everything to another database, such as one on a server",
    "compact": "return the database's unused space to the disk",
    "feeds": "turn an RSS bot's feed list into a configuration",
    "rename": "give a stored newsletter another name",
    "forget": "delete what is stored about a newsletter, a server or a member",
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
    parser.add_argument("--version", action="store_true", help="show the version and its commit, and exit")
    return parser


def choose(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command, by default "run", and its arguments. Raises SystemExit on an unknown command.

    Shared options before the command become its first arguments.
    """
    shared, rest = options.leading(argv)
    first = rest[0] if rest else ""
    if first in COMMANDS:
        return first, [*shared, *rest[1:]]
    if first in {"-h", "--help"}:
        _overview().parse_args([first])
    if first == "--version":
        print(f"Herald {full_version()}")
        raise SystemExit(DONE)
    if first and not first.startswith("-"):
        near = difflib.get_close_matches(first, COMMANDS, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(COMMANDS)}"
        _overview().error(f'"{first}" is not a command: {remedy}')
    return "run", [*shared, *rest]


def main(argv: Sequence[str]) -> int:
    """Run the command in `argv` and return the exit status of the process."""
    output.set_up()
    try:
        Path.cwd()
    except FileNotFoundError:
        print("The folder in which this was started is gone: change into another one, such as `cd /`.", file=sys.stderr)
        return USAGE
    command, rest = choose(argv)
    try:
        with loading():
            module = importlib.import_module(_MODULES.get(command, f"cli.{command}"))
        status: int = module.main(rest)
    except ModuleNotFoundError as error:
        if _is_own(error.name or ""):
            raise
        print(_not_installed(error.name or "a package"), file=sys.stderr)
        return USAGE
    except HeraldError as error:
        print(error, file=sys.stderr)
        logging.getLogger(__name__).debug("ended by an error", exc_info=error)
        return error.exit_status
    except KeyboardInterrupt:
        # Ctrl-C is the normal end of these two; other commands were interrupted: 128 + SIGINT, as in shells.
        return 130 if command not in {"run", "sandbox"} else DONE
    except BrokenPipeError:  # the reader, such as `head`, closed the pipe
        sys.stderr.close()
        return DONE
    return status


_ROOT = Path(__file__).parents[1]


def _is_own(module: str) -> bool:
    """Whether a module belongs to Herald, so that its absence is a bug, not a missing dependency."""
    top = module.partition(".")[0]
    return (_ROOT / top).is_dir() or (_ROOT / f"{top}.py").exists()


def _not_installed(module: str) -> str:
    """Return what to do if this Python lacks a package."""
    python = next((path for path in (".venv/bin/python", ".venv/Scripts/python.exe") if (_ROOT / path).exists()), None)
    start = (
        f"start it with {python} bot.py" if python else "run `make ready`, then start it with .venv/bin/python bot.py"
    )
    return f"Herald needs the package {module.partition('.')[0]}, which {sys.executable} does not have: {start}"
