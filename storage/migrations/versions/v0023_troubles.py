"""What the admins were told that needs a person, as long as it does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "troubles",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since_at", types.UtcTime(), nullable=False),
        sa.Column("channel_id", types.Id, nullable=True),
        sa.Column("message_id", types.Id, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_troubles")),
        sqlite_strict=True,
    )
