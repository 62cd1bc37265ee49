"""The full-text index over items; `storage/index.py` writes it and says how it works."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    """CREATE TABLE search_documents (
        document INTEGER PRIMARY KEY,
        item_id INTEGER NOT NULL UNIQUE REFERENCES items(id) ON DELETE CASCADE,
        link INTEGER
    ) STRICT""",
    "CREATE INDEX search_documents_link ON search_documents(link) WHERE link IS NOT NULL",
    # storage/tokens.py has split the text already: `ascii` with these signs splits at spaces alone.
    """CREATE VIRTUAL TABLE search_index USING fts5(
        title, labels, links, body, forms, facets, names UNINDEXED,
        columnsize = 0, tokenize = 'ascii tokenchars ''+#.-_/:'''
    )""",
    """CREATE TRIGGER search_documents_deleted AFTER DELETE ON search_documents
        BEGIN DELETE FROM search_index WHERE rowid = old.document; END""",
    """CREATE TABLE search_words (
        word TEXT PRIMARY KEY, stem TEXT NOT NULL, documents INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX search_words_stem ON search_words(stem, documents)",
    """CREATE TABLE search_names (
        kind TEXT NOT NULL, name TEXT NOT NULL, newsletter TEXT NOT NULL, items INTEGER NOT NULL,
        PRIMARY KEY (kind, newsletter, name)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE search_state (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    # Version 0 asks for all items to be taken in, see storage/reindex.py.
    "INSERT INTO search_state SELECT 'version', NOT EXISTS (SELECT 1 FROM items)",
    "INSERT INTO search_state VALUES ('changes', 0), ('documents', 0)",
)


def upgrade() -> None:
    """Create the index, empty."""
    if op.get_bind().dialect.name != "sqlite":  # its search copy is a file of SQLite's own
        return
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
