"""Counting what is stored without reading it: texts are large, and every report counts."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

_STATEMENTS = (
    "CREATE INDEX ix_items_removed ON items (issue_id) WHERE removed_at IS NOT NULL",
    "CREATE INDEX ix_issues_newsletter_gate ON issues (newsletter, gate, id) WHERE removed_at IS NULL",
)


def upgrade() -> None:
    """Add the indexes."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
