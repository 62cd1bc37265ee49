"""The database fixtures of storage: what is searched is stored by the real rooms."""

from __future__ import annotations

import pytest

from tests.storage.conftest import archive, db, has_threads, make, now, outbox, subscriptions

__all__ = ["archive", "db", "engine", "has_threads", "make", "now", "outbox", "subscriptions"]


@pytest.fixture
def engine() -> str:
    """Return the kind of database; a server's search copy is such a file too."""
    return "sqlite"
