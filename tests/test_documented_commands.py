"""Every command that README and docs name works as it is written, in a clone where `make ready` was run."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.dispatch import main
from pipeline import importer
from tests.support.here_splitter import HereSplitter

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"`([^`\n]+)`|^ {0,4}((?:make|\.venv/bin/|python3? |pip |DISCORD_TOKEN).*)$", re.MULTILINE)
# what stands for something of the reader's own, and what it is here
STANDS_FOR = {
    "issue.md": "issue.md", "FILE…": "issue.md", "FILE": "issue.md", "[FILE|DIR…]": "issue.md", "FOLDER": "folder",
    "NAME": "Weekly", "Tech": "Weekly", "words": "sqlite",
}  # fmt: skip
SERVERS = {"run", "sandbox"}  # they run until they are stopped: their own tests start them
CHANGING = {"restore", "forget", "rename", "move"}  # they ask, or change what the other commands need
NEED_MORE = {"audit", "feeds"}  # a token, a file of the reader's: their own tests run them


def commands() -> list[tuple[str, str]]:
    """Each command line with the page that names it, once."""
    found: dict[str, str] = {}
    for page in PAGES:
        for match in CODE.finditer(page.read_text("utf-8")):
            text = (match[1] or match[2]).split("  ")[0].split(" #")[0].strip()
            if re.search(r"bot\.py|benchmarks\.|python|^make |^pip ", text):
                found.setdefault(text, page.name)
    return sorted(found.items())


COMMANDS = commands()
RUN = [
    (text, page)
    for text, page in COMMANDS
    if ".venv/bin/python bot.py " in text and text.split("bot.py ")[1].split()[0] not in SERVERS | CHANGING | NEED_MORE
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an issue, a newsletter and a configuration, where commands are run."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "examples" / "weekly-index", folder / "folder")
    issue = next((ROOT / "examples" / "weekly-index" / "_posts").glob("*.md"))
    shutil.copy(issue, folder / "issue.md")
    shutil.copytree(ROOT / "examples" / "weekly-index" / "_posts", folder / "_posts")
    (folder / "config.yaml").write_text(
        "storage: herald.db\nnewsletters:\n  - name: Weekly\n    source: folder\n    include: ['_posts/*.md']\n"
    )
    subprocess.run([sys.executable, ROOT / "bot.py", "import"], cwd=folder, check=True, capture_output=True)
    return folder


def test_commands_are_written_for_the_virtual_environment():
    wrong = [f"{page}: {text}" for text, page in COMMANDS if re.match(r"python3? (-m |bot)|pip install -", text)]
    assert wrong == []
    assert len(RUN) > 5


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {text.split()[1] for text, _ in COMMANDS if text.startswith("make ") and text.split()[1].islower()}
    assert named <= targets


def test_benchmarks_exist():
    named = {name for text, _ in COMMANDS for name in re.findall(r"-m (benchmarks\.\w+|sandbox\.\w+)", text)}
    assert {name for name in named if importlib.util.find_spec(name) is None} == set()


@pytest.mark.parametrize("text", [text for text, _ in RUN])
def test_a_documented_command_runs(
    clone: Path, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    words = shlex.split(text[text.index("bot.py ") + len("bot.py ") :])
    monkeypatch.chdir(clone)
    monkeypatch.setattr(importer, "Splitter", HereSplitter)
    try:
        status = main([STANDS_FOR.get(word, word) for word in words])
    except SystemExit as end:  # --help, --version, and a usage that is wrong
        status = end.code or 0
    assert status in {0, 1}, capsys.readouterr().err  # 2 is a wrong usage
