"""Members' alerts: what they want to hear of, what they are owed, and which issues were looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0004"
down_revision = "0003"

_STATES = "state IN ('pending', 'sending', 'sent', 'failed', 'skipped')"


def upgrade() -> None:
    """Create the tables, empty."""
    is_live, is_open = sa.text("removed_at IS NULL"), sa.text("state IN ('pending', 'sending')")
    op.create_index("ix_issues_released_at", "issues", ["released_at"], sqlite_where=is_live, postgresql_where=is_live)
    _wishes()
    _issues()
    _deliveries()
    op.create_index("uq_alert_deliveries_user_id_issue_id", "alert_deliveries", ["user_id", "issue_id"], unique=True)
    op.create_index(
        "ix_alert_deliveries_open", "alert_deliveries", ["not_before"], sqlite_where=is_open, postgresql_where=is_open
    )


def _wishes() -> None:
    op.create_table(
        "alert_members",
        sa.Column("user_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("closed_at", types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_alert_members")),
        sqlite_strict=True,
    )
    op.create_table(
        "alerts",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("user_id", types.Id, nullable=False),
        sa.Column("guild_id", types.Id, nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("uq_alerts_user_id_query", "alerts", ["user_id", "query"], unique=True)


def _issues() -> None:
    op.create_table(
        "alert_issues",
        sa.Column("issue_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("matched_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_alert_issues")),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_alert_issues_issue_id_issues"), ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )


def _deliveries() -> None:
    op.create_table(
        "alert_deliveries",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("user_id", types.Id, nullable=False),
        sa.Column("issue_id", types.Id, nullable=False),
        sa.Column("guild_id", types.Id, nullable=True),
        sa.Column("matches", types.Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("not_before", types.UtcTime(), nullable=True),
        sa.Column("planned_at", types.UtcTime(), nullable=False),
        sa.Column("channel_id", types.Id, nullable=True),
        sa.Column("sending_at", types.UtcTime(), nullable=True),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("done_at", types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_deliveries")),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_alert_deliveries_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(_STATES, name=op.f("ck_alert_deliveries_state")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
