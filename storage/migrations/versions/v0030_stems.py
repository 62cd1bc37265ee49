"""The index of the words' stems without their counts, which each indexed item changes for some forty words."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Make the index anew; what is summed by stem is read from the table, a few words a stem."""
    if op.get_bind().dialect.name != "sqlite":  # its search copy is a file of SQLite's own
        return
    op.drop_index("search_words_stem")
    op.create_index("search_words_stem", "search_words", ["stem"])
