"""New databases for the tests: copies of one that all migrations made once in this process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from storage import migrate, sqlite

really_upgrade = migrate._upgrade
SAFE = sqlite._WRITER_PRAGMAS
CARELESS = tuple(pragma.replace("synchronous = FULL", "synchronous = OFF") for pragma in SAFE)


def make_cheap() -> None:
    """Let this process migrate a new database once, and wait for no disk: no test can cut the power.

    What is killed here, or in a process of its own, has written to the system's cache, which outlives it.
    """
    migrate._upgrade = upgrade_or_copy
    sqlite._WRITER_PRAGMAS = CARELESS


def upgrade_or_copy(path: Path, target: str) -> None:
    """Stand in for `migrate._upgrade`: an empty file becomes a copy, any other is migrated step by step.

    All migrations one after the other take longer than most tests of storage, and there are a thousand new databases.
    """
    if path.stat().st_size or target != migrate.newest():
        really_upgrade(path, target)
    else:
        path.write_bytes(_migrated())


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="herald-tests-") as folder:
        path = Path(folder, "herald.db")
        really_upgrade(path, migrate.newest())
        return path.read_bytes()
