"""What a database on a server has beside the tables: the feed of its search copies, and who works on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_FUNCTIONS = (
    # Before anything is changed: who waits for the feed must not keep a row that the feed's holder waits for.
    # The number is that of `search_feed.HELD` (`dialects.lock_number`).
    """CREATE FUNCTION search_feed_hold() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(2504713138328818259); RETURN NULL; END $$""",
    """CREATE FUNCTION search_feed_row() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO search_feed (kind, id) VALUES (TG_TABLE_NAME, COALESCE(NEW.id, OLD.id));
            RETURN NULL;
        END $$""",
    """CREATE FUNCTION search_feed_table() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO search_feed (kind, id) VALUES (TG_TABLE_NAME, 0); RETURN NULL; END $$""",
)
_CHANGED = "INSERT OR UPDATE OR DELETE"
_TRIGGERS = (
    *(
        f"CREATE TRIGGER search_feed_hold BEFORE {_CHANGED} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION search_feed_hold()"
        for table in ("newsletters", "issues", "items")
    ),
    *(
        f"CREATE TRIGGER search_feed_row AFTER {_CHANGED} ON {table} FOR EACH ROW EXECUTE FUNCTION search_feed_row()"
        for table in ("issues", "items")
    ),
    (
        f"CREATE TRIGGER search_feed_table AFTER {_CHANGED} ON newsletters "
        "FOR EACH STATEMENT EXECUTE FUNCTION search_feed_table()"
    ),
)


def upgrade() -> None:
    """Create the tables and triggers on a server; a file needs none of them."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.create_table(
        "search_feed",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_search_feed")),
    )
    op.create_index("ix_search_feed_noted_at", "search_feed", ["noted_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    for statement in (*_FUNCTIONS, *_TRIGGERS):
        op.get_bind().exec_driver_sql(statement)
