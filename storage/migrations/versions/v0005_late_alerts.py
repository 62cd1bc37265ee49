"""A member may be owed several messages about one issue: one when it is released, one for what was added later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INDEX = "uq_alert_deliveries_user_id_issue_id"


def upgrade() -> None:
    """Count what there is as the first round."""
    op.add_column("alert_deliveries", sa.Column("round", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.drop_index(_INDEX, "alert_deliveries")
    op.create_index(_INDEX, "alert_deliveries", ["user_id", "issue_id", "round"], unique=True)
