"""What else a subscription says: words, sites, its look, quiet hours; and until when it is quiet."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"

_STATEMENTS = (
    "ALTER TABLE subscriptions ADD COLUMN options TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE subscriptions ADD COLUMN quiet_until TEXT",
)


def upgrade() -> None:
    """Add the columns; whoever follows already goes on as before."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
