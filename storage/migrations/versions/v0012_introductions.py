"""Introductions as items, which searches find and which can be messages of their own."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

_ADD_COLUMN = (
    "ALTER TABLE subscriptions ADD COLUMN introduction TEXT NOT NULL DEFAULT 'header'"
    " CONSTRAINT ck_subscriptions_introduction CHECK (introduction IN ('header', 'message'))"
)
_ADD_INTRODUCTIONS = (
    "INSERT INTO items (issue_id, position, key, title, title_folded, section, links, anchor, first_line, last_line,"
    " first_seen_at, removed_at, text, body)"
    " SELECT id, -1, 'introduction', title, '', '[]', '[]', '', 0, 0, first_seen_at, removed_at, intro, introduction"
    " FROM issues WHERE trim(intro) <> '' AND trim(introduction) <> '' AND trim(intro) <> trim(summary)"
)


def upgrade() -> None:
    """Add the column; what editors wrote above their items is taken into the index with the next start."""
    for statement in (_ADD_COLUMN, _ADD_INTRODUCTIONS):
        op.get_bind().exec_driver_sql(statement)
