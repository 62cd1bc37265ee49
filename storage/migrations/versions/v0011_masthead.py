"""An issue's introduction as Markdown and its language; headers whose links are still to be filled in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns; what is stored gets them when its file changes, what is posted stays as it is."""
    for name in ("introduction", "language"):
        op.add_column("issues", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("refresh_at", types.UtcTime(), nullable=True))
    is_stale = sa.text("refresh_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_stale", "deliveries", ["channel_id"], sqlite_where=is_stale, postgresql_where=is_stale
    )
