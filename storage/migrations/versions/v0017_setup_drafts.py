"""What admins have chosen in an open panel of /setup."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "setup_drafts",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("user_id", types.Id, nullable=False),
        sa.Column("guild_id", types.Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("channel_id", types.Id, nullable=True),
        sa.Column("backfill", sa.Integer(), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("based_on", types.Json(), nullable=True),
        sa.Column("changed_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_drafts")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("uq_setup_drafts_user_id_guild_id", "setup_drafts", ["user_id", "guild_id"], unique=True)
