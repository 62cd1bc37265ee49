"""Vectors belong to items, not to their places in the index: they outlive a rebuild of the index."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_STATEMENTS = (
    """CREATE TABLE search_vectors_new (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item_id INTEGER NOT NULL UNIQUE REFERENCES items(id) ON DELETE CASCADE,
        signs BLOB NOT NULL,
        vector BLOB NOT NULL
    ) STRICT""",
    (
        "INSERT INTO search_vectors_new (id, item_id, signs, vector) "
        "SELECT v.id, d.item_id, v.signs, v.vector FROM search_vectors v JOIN search_documents d USING (document)"
    ),
    "DROP TABLE search_vectors",
    "ALTER TABLE search_vectors_new RENAME TO search_vectors",
)


def upgrade() -> None:
    """Make the table anew, with the vectors that there are."""
    if op.get_bind().dialect.name != "sqlite":  # its search copy is a file of SQLite's own
        return
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
