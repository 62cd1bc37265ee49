"""The log of decisions, for /why and /audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0016"
down_revision = "0015"

_ABOUT = ("subscription", "delivery", "channel", "guild", "user")
_INDEXES = {
    "issue_id": (["issue_id", "subscription_id"], "issue_id IS NOT NULL"),
    "follower": (["subscription_id"], "issue_id IS NULL"),
    "person": (["guild_id", "id"], "user_id IS NOT NULL"),
}


def upgrade() -> None:
    """Begin with an empty log: of what was decided before nothing is known."""
    op.create_table(
        "events",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("at", types.UtcTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("issue_id", types.Id, nullable=True),
        sa.Column("items", types.Json(), nullable=False),
        *(sa.Column(f"{name}_id", types.Id, nullable=True) for name in _ABOUT),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_strict=True,
    )
    op.create_index("ix_events_at", "events", ["at"])
    for name, (columns, condition) in _INDEXES.items():
        where = sa.text(condition)
        op.create_index(f"ix_events_{name}", "events", columns, sqlite_where=where, postgresql_where=where)
