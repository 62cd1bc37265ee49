"""A member may be owed several messages about one issue: one when it is released, one for what was added later."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = (
    "ALTER TABLE alert_deliveries ADD COLUMN round INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX uq_alert_deliveries_user_id_issue_id",
    "CREATE UNIQUE INDEX uq_alert_deliveries_user_id_issue_id ON alert_deliveries (user_id, issue_id, round)",
)


def upgrade() -> None:
    """Count what there is as the first round."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
