"""What was meant: removals that wait for a decision, what a head says against publishing, a newsletter's identity."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    "ALTER TABLE newsletters ADD COLUMN key TEXT",
    "ALTER TABLE newsletters ADD COLUMN source TEXT",
    "ALTER TABLE newsletters ADD COLUMN orphaned_at TEXT",
    "ALTER TABLE issues ADD COLUMN missing TEXT",
    "ALTER TABLE issues ADD COLUMN withheld TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE issues ADD COLUMN expires_at TEXT",
    "ALTER TABLE deliveries ADD COLUMN held TEXT",
    "CREATE INDEX ix_issues_missing ON issues (newsletter) WHERE missing IS NOT NULL",
    "CREATE INDEX ix_deliveries_held ON deliveries (issue_id) WHERE held IS NOT NULL",
)


def upgrade() -> None:
    """Add the columns; nothing is held, and every newsletter gets its identity at the next start."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
