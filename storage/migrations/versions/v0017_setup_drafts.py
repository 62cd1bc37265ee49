"""What admins have chosen in an open panel of /setup."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

_STATEMENTS = (
    (
        "CREATE TABLE setup_drafts (id INTEGER NOT NULL CONSTRAINT pk_setup_drafts PRIMARY KEY AUTOINCREMENT,"
        " user_id INTEGER NOT NULL, guild_id INTEGER NOT NULL, newsletter TEXT NOT NULL, channel_id INTEGER,"
        " backfill INTEGER NOT NULL, options TEXT NOT NULL, based_on TEXT, changed_at TEXT NOT NULL) STRICT"
    ),
    "CREATE UNIQUE INDEX uq_setup_drafts_user_id_guild_id ON setup_drafts (user_id, guild_id)",
)


def upgrade() -> None:
    """Add the table."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
