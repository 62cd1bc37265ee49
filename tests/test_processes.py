"""How Herald's processes start."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from digest.model import ReadOptions
from digest.reading import read_issues
from processes import loading, uncollected

ROOT = Path(__file__).parents[1]
# What a bot needs for some things only: migrations, splitting, a server's database, the sandbox, charts, meaning.
USED_LATER = {
    "alembic", "asyncpg", "babel.messages", "digest.items.wording", "digest.joining", "digest.reading", "ftfy",
    "html.entities", "http.server", "jinja2", "markdown_it", "multiprocessing", "numpy", "opencc", "PIL", "pycld2",
    "rapidfuzz", "rjieba", "selectolax", "sources.git.source", "sqlalchemy.dialects.postgresql", "sqlalchemy.orm",
    "Stemmer", "watchfiles", "wcwidth",
}  # fmt: skip


def test_a_starting_bot_loads_only_what_it_uses() -> None:
    code = (
        "import importlib, sys, cli.run, app.client, app.reloading, app.services\n"
        "for name in app.client.COGS: importlib.import_module(name)\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert USED_LATER & set(done.stdout.split()) == set()


def test_asking_for_the_status_loads_little_for_it_is_asked_every_minute() -> None:
    code = "import sys, cli.status\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"aiohttp", "asyncio", "discord", "sqlalchemy"} & set(done.stdout.split()) == set()


def test_a_module_can_be_imported_without_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "borrowing.py").write_text("from lending import Base, make\nclass Derived(Base): pass\n", "utf-8")
    code = (
        "import sys; from processes import without\n"
        "with without('lending', 'json'): import borrowing, json\n"
        "assert 'lending' not in sys.modules and borrowing.Derived()\n"
        "import json; print(json.dumps([1]))"
    )
    env = {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "[1]\n"


def test_no_garbage_is_collected_while_modules_are_loaded() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_a_bot_that_is_ready_collects_seldom() -> None:
    code = (
        "import gc, processes; usual = gc.get_threshold()\n"
        "processes.favour_the_loop(); seldom = gc.get_threshold()\n"
        "print(seldom[0] > 2 * usual[0], seldom[1:] == usual[1:])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"


def test_work_without_collecting_leaves_the_collector_as_it_was() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_no_garbage_is_collected_while_an_issue_is_read() -> None:
    text = "\n\n".join(f"## Story {number}\n\nWhat [happened](https://site.example/{number})." for number in range(400))
    read_issues(text.encode(), "warm.md", ReadOptions())
    gc.collect()
    seen: list[str] = []
    gc.callbacks.append(lambda phase, _: seen.append(phase))
    try:
        read_issues(text.encode(), "issue.md", ReadOptions())
        seen_while_reading = list(seen)
    finally:
        gc.callbacks.pop()
    assert gc.isenabled()
    assert len(seen_while_reading) <= 2  # at most one, as soon as reading has ended


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told so")
def test_what_a_bot_frees_goes_back_to_the_system() -> None:
    code = """
from pathlib import Path
from processes import give_memory_back
def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
give_memory_back()
bytearray(8_000_000)  # the size up to which glibc would keep from now on what is freed
before, blocks = resident_mb(), []
for _ in range(100):
    blocks.append(bytearray(500_000))
    blocks.append(bytearray(2_000))
assert resident_mb() - before > 45
del blocks[::2]  # the small ones between them stay, and hold what is in one heap with them
print(resident_mb() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 5
