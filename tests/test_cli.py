"""Which command is chosen, and how each refusal ends: one sentence, exit status 2."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.version import VERSION
from cli import dispatch
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
        (["--config", "a.yaml", "search", "x"], "search", ["--config", "a.yaml", "x"]),
        (["--verbose", "--config=a.yaml", "import"], "import", ["--verbose", "--config=a.yaml"]),
        (["-v", "--config", "a.yaml"], "run", ["-v", "--config", "a.yaml"]),
    ],
)
def test_the_first_word_is_the_command(argv: list[str], command: str, rest: list[str]) -> None:
    assert choose(argv) == (command, rest)


def run(*argv: str, cwd: Path = ROOT, python: Sequence[str] = (), **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *python, str(ROOT / "bot.py"), *argv],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, timeout=30, check=False,
    )  # fmt: skip


def test_an_unknown_command_is_wrong_usage() -> None:
    done = run("frobnicate")
    assert done.returncode == 2
    assert b'"frobnicate" is not a command: the commands are run, sandbox, split, check, search, import' in done.stderr


def test_a_misspelt_command_is_answered_by_what_was_probably_meant() -> None:
    done = run("--verbose", "serch", "rust")
    assert done.returncode == 2
    assert b'"serch" is not a command: did you mean search?' in done.stderr


def test_shared_options_work_before_and_after_the_command(tmp_path: Path) -> None:
    config = tmp_path / "other.yaml"
    config.write_text("newsletters: []\nstorge: x\n")
    before, after = run("--config", str(config), "check"), run("check", "--config", str(config))
    assert before.returncode == after.returncode == 2
    assert before.stdout == after.stdout
    assert b"storge: is unknown: did you mean storage?" in before.stdout


def test_the_version_names_the_commit() -> None:
    done = run("--version", HERALD_COMMIT="0123abc")
    assert (done.returncode, done.stdout.decode()) == (0, f"Herald {VERSION} (commit 0123abc)\n")


@pytest.mark.parametrize("argv", [("run",), ("search", "x"), ("--config", "a.yaml", "import")])
def test_a_python_without_the_packages_says_what_to_do(argv: tuple[str, ...]) -> None:
    done = run(*argv, python=["-S"])
    text = done.stderr.decode()
    assert done.returncode == 2
    assert re.search(r"Herald needs the package \w+, which .* does not have: .*\.venv/", text)
    assert "Traceback" not in text


def test_a_module_of_its_own_that_is_missing_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dispatch.COMMANDS, "nothing", "a command without a module")
    with pytest.raises(ModuleNotFoundError):
        dispatch.main(["nothing"])


def test_a_python_that_is_too_old_says_so() -> None:
    source = (ROOT / "bot.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 4))  # else it would see a SyntaxError
    old = f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({str(ROOT / 'bot.py')!r})"
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "Herald needs Python 3.11 or newer; this is Python 3.9." in done.stderr
    assert "Traceback" not in done.stderr


ISSUE = """---
title: "Zażółć 🚀 漢字"
---
## News 🚀

### Ünï 漢字 🚀

Text with → arrows.

[Article](https://example.com/a)
"""


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_output_works_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "emoji.md").write_text(ISSUE, "utf-8")
    text = run("split", "emoji.md", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert (text.returncode, text.stderr) == (0, b"")
    assert b"https://example.com/a" in text.stdout
    found = run("split", "--json", "emoji.md", cwd=tmp_path, PYTHONIOENCODING=encoding)
    issue = json.loads(found.stdout.decode(encoding))
    assert (issue["title"], issue["items"][0]["title"]) == ("Zażółć 🚀 漢字", "Ünï 漢字")
    assert issue["items"][0]["text"].startswith("Text with → arrows.")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom cli.dispatch import main\n"
        f"try: main([{option!r}])\nexcept SystemExit as end: assert not end.code\n"
        "assert not {'discord', 'sqlalchemy', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=30)


def test_output_that_is_closed_ends_no_command(tmp_path: Path) -> None:
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "1.md").write_text("---\ntitle: One\n---\n\n## News\n\n### A\n\nText.\n", "utf-8")
    config = tmp_path / "config.yaml"
    config.write_text("newsletters:\n  - {name: Known, source: issues}\n", "utf-8")
    for command in ("import", "search text"):
        line = f'"{sys.executable}" bot.py {command} --config "{config}" >&- 2>&-'
        assert subprocess.run(["sh", "-c", line], cwd=ROOT, timeout=30, check=False).returncode == 0


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f'cd "{gone}" && rmdir "{gone}" && "{sys.executable}" "{ROOT}/bot.py" run'
    done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"The folder in which this was started is gone")


def test_a_service_manager_may_try_again_where_the_database_is_away(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("storage: postgresql://herald@127.0.0.1:1/herald\n", "utf-8")
    done = run("run", "--config", str(config), DISCORD_TOKEN="x")
    assert b"the database herald on 127.0.0.1 cannot be reached" in done.stderr
    assert done.returncode == 1, "2 says that starting again does not help"
