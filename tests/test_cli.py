"""Which command is chosen, and how each refusal ends: one sentence, exit status 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.dispatch import choose

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("argv", "command", "rest"),
    [
        ([], "run", []),
        (["--config", "a.yaml"], "run", ["--config", "a.yaml"]),
        (["run", "--config", "a.yaml"], "run", ["--config", "a.yaml"]),
        (["split", "a.md", "--json"], "split", ["a.md", "--json"]),
        (["search", "--json", "run"], "search", ["--json", "run"]),
    ],
)
def test_the_first_word_is_the_command(argv: list[str], command: str, rest: list[str]) -> None:
    assert choose(argv) == (command, rest)


def run(*argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), *argv], cwd=cwd, capture_output=True, text=True, timeout=30, check=False
    )


def test_an_unknown_command_is_wrong_usage() -> None:
    done = run("serch")
    assert done.returncode == 2
    assert '"serch" is no command; there are run, sandbox, split, check, search, import' in done.stderr


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom cli.dispatch import main\n"
        f"try: main([{option!r}])\nexcept SystemExit as end: assert not end.code\n"
        "assert not {'discord', 'sqlalchemy', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=30)
