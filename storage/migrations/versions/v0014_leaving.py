"""Who left a server, which servers removed Herald; an alert belongs to the server that it was made in."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

_STATEMENTS = (
    """CREATE TABLE left_servers (
        guild_id INTEGER NOT NULL,
        left_at TEXT NOT NULL,
        CONSTRAINT pk_left_servers PRIMARY KEY (guild_id)
    ) STRICT""",
    """CREATE TABLE left_members (
        guild_id INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        left_at TEXT NOT NULL,
        CONSTRAINT pk_left_members PRIMARY KEY (guild_id, user_id)
    ) STRICT""",
    "DROP INDEX uq_alerts_user_id_query",
    "CREATE UNIQUE INDEX uq_alerts_user_id_guild_id_query ON alerts (user_id, guild_id, query)",
)


def upgrade() -> None:
    """Create the tables, empty; no two alerts of a member are the same yet, so the wider index fits."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
