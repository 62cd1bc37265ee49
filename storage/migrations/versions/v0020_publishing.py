"""Which messages of announcement channels are to be published, and when they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the columns; what was posted before is not published."""
    for name in ("publish_at", "published_at"):
        op.add_column("deliveries", sa.Column(name, UtcTime))
        is_set = sa.text(f"{name} IS NOT NULL")
        index = f"ix_deliveries_{name}"
        op.create_index(index, "deliveries", ["channel_id", name], sqlite_where=is_set, postgresql_where=is_set)
