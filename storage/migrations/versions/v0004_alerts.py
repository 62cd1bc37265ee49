"""Members' alerts: what they want to hear of, what they are owed, and which issues were looked at."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    "CREATE INDEX ix_issues_released_at ON issues (released_at) WHERE removed_at IS NULL",
    """CREATE TABLE alert_members (
        user_id INTEGER NOT NULL,
        closed_at TEXT,
        CONSTRAINT pk_alert_members PRIMARY KEY (user_id)
    ) STRICT""",
    """CREATE TABLE alerts (
        id INTEGER NOT NULL CONSTRAINT pk_alerts PRIMARY KEY AUTOINCREMENT,
        user_id INTEGER NOT NULL,
        guild_id INTEGER,
        query TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX uq_alerts_user_id_query ON alerts (user_id, query)",
    """CREATE TABLE alert_issues (
        issue_id INTEGER NOT NULL,
        matched_at TEXT NOT NULL,
        CONSTRAINT pk_alert_issues PRIMARY KEY (issue_id),
        CONSTRAINT fk_alert_issues_issue_id_issues FOREIGN KEY (issue_id) REFERENCES issues (id) ON DELETE CASCADE
    ) STRICT""",
    """CREATE TABLE alert_deliveries (
        id INTEGER NOT NULL CONSTRAINT pk_alert_deliveries PRIMARY KEY AUTOINCREMENT,
        user_id INTEGER NOT NULL,
        issue_id INTEGER NOT NULL,
        guild_id INTEGER,
        matches TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        error TEXT NOT NULL,
        not_before TEXT,
        planned_at TEXT NOT NULL,
        channel_id INTEGER,
        sending_at TEXT,
        message_id INTEGER,
        done_at TEXT,
        CONSTRAINT fk_alert_deliveries_issue_id_issues
            FOREIGN KEY (issue_id) REFERENCES issues (id) ON DELETE CASCADE,
        CONSTRAINT ck_alert_deliveries_state CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'skipped'))
    ) STRICT""",
    "CREATE UNIQUE INDEX uq_alert_deliveries_user_id_issue_id ON alert_deliveries (user_id, issue_id)",
    """CREATE INDEX ix_alert_deliveries_open ON alert_deliveries (not_before)
        WHERE state IN ('pending', 'sending')""",
)


def upgrade() -> None:
    """Create the tables, empty."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
