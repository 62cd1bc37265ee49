"""Who left a server, which servers removed Herald; an alert belongs to the server that it was made in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the tables, empty; no two alerts of a member are the same yet, so the wider index fits."""
    op.create_table(
        "left_servers",
        sa.Column("guild_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("left_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_left_servers")),
        sqlite_strict=True,
    )
    op.create_table(
        "left_members",
        sa.Column("guild_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("user_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("left_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_left_members")),
        sqlite_strict=True,
    )
    op.drop_index("uq_alerts_user_id_query", "alerts")
    op.create_index("uq_alerts_user_id_guild_id_query", "alerts", ["user_id", "guild_id", "query"], unique=True)
