"""New databases for the tests: copies of one that all migrations made once in this process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from storage import migrate

really_upgrade = migrate._upgrade


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
