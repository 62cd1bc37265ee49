"""Vectors of items, for searches by meaning (`search.semantic: true`); `search/meaning.py` writes them."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    # `id` grows: what is new has a higher one. `signs` has a bit a number of the vector, `vector` a byte.
    """CREATE TABLE search_vectors (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL UNIQUE REFERENCES search_documents(document) ON DELETE CASCADE,
        signs BLOB NOT NULL,
        vector BLOB NOT NULL
    ) STRICT""",
)


def upgrade() -> None:
    """Create the table; it stays empty where searching by meaning is off."""
    if op.get_bind().dialect.name != "sqlite":  # its search copy is a file of SQLite's own
        return
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
