"""The database fixtures of storage: what is searched is stored by the real rooms."""

from tests.storage.conftest import archive, db, make, now, outbox, subscriptions

__all__ = ["archive", "db", "make", "now", "outbox", "subscriptions"]
