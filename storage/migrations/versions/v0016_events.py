"""The log of decisions, for /why and /audit."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

_STATEMENTS = (
    """
    CREATE TABLE events (
        id INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, newsletter TEXT NOT NULL, issue_id INTEGER,
        items TEXT NOT NULL, subscription_id INTEGER, delivery_id INTEGER, channel_id INTEGER, guild_id INTEGER,
        user_id INTEGER, detail TEXT NOT NULL,
        CONSTRAINT pk_events PRIMARY KEY (id)
    ) STRICT
    """,
    "CREATE INDEX ix_events_at ON events (at)",
    "CREATE INDEX ix_events_issue_id ON events (issue_id, subscription_id) WHERE issue_id IS NOT NULL",
    "CREATE INDEX ix_events_follower ON events (subscription_id) WHERE issue_id IS NULL",
    "CREATE INDEX ix_events_person ON events (guild_id, id) WHERE user_id IS NOT NULL",
)


def upgrade() -> None:
    """Begin with an empty log: of what was decided before nothing is known."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
