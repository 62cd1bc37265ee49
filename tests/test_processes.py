"""How Herald's processes start."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

from processes import loading

ROOT = Path(__file__).parents[1]
# What a bot needs for some things only: migrations, splitting, a server's database, the sandbox, charts, meaning.
USED_LATER = {
    "alembic", "asyncpg", "digest.items.wording", "digest.reading", "ftfy", "jinja2", "markdown_it", "numpy", "PIL",
    "pycld2", "rjieba", "selectolax", "sqlalchemy.dialects.postgresql", "watchfiles",
}  # fmt: skip


def test_a_starting_bot_loads_only_what_it_uses() -> None:
    code = (
        "import importlib, sys, cli.run, app.client, app.reloading, app.services\n"
        "for name in app.client.COGS: importlib.import_module(name)\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert USED_LATER & set(done.stdout.split()) == set()


def test_no_garbage_is_collected_while_modules_are_loaded() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
