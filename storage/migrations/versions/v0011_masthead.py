"""An issue's introduction as Markdown and its language; headers whose links are still to be filled in."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

_STATEMENTS = (
    "ALTER TABLE issues ADD COLUMN introduction TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE issues ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE deliveries ADD COLUMN refresh_at TEXT",
    "CREATE INDEX ix_deliveries_stale ON deliveries (channel_id) WHERE refresh_at IS NOT NULL",
)


def upgrade() -> None:
    """Add the columns; what is stored gets them when its file changes, what is posted stays as it is."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
