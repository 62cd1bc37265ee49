"""The tables of the first version: settings, newsletters, issues, items, subscriptions, deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    _newsletters()
    _settings()
    _subscriptions()
    _faults()
    _issues()
    _items()
    _deliveries()


def _newsletters() -> None:
    op.create_table(
        "newsletters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_newsletters")),
        sqlite_strict=True,
    )


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settings")),
        sqlite_strict=True,
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("channel_id", types.Id, nullable=False),
        sa.Column("guild_id", types.Id, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("backfill", sa.Integer(), nullable=False),
        sa.Column("role_id", types.Id, nullable=True),
        sa.Column("on_removed", sa.Text(), nullable=False),
        sa.Column("sections", types.Json(), nullable=False),
        sa.Column("exclude_sections", types.Json(), nullable=False),
        sa.Column("tags", types.Json(), nullable=False),
        sa.Column("created_at", types.UtcTime(), nullable=False),
        sa.Column("backfilled_at", types.UtcTime(), nullable=True),
        sa.Column("paused_at", types.UtcTime(), nullable=True),
        sa.Column("waiting_since", types.UtcTime(), nullable=True),
        sa.Column("waiting_reason", sa.Text(), nullable=True),
        sa.Column("removed_at", types.UtcTime(), nullable=True),
        sa.CheckConstraint("layout IN ('items', 'thread', 'forum', 'digest')", name=op.f("ck_subscriptions_layout")),
        sa.CheckConstraint("on_removed IN ('mark', 'delete', 'keep')", name=op.f("ck_subscriptions_on_removed")),
        sa.CheckConstraint("origin IN ('config', 'discord', 'repost')", name=op.f("ck_subscriptions_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_subscriptions_newsletter", "subscriptions", ["newsletter"], unique=False)
    op.create_index(
        "uq_subscriptions_channel_id_newsletter", "subscriptions", ["channel_id", "newsletter"], unique=True
    )


def _faults() -> None:
    op.create_table(
        "faults",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since_at", types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["newsletter"], ["newsletters.name"], name=op.f("fk_faults_newsletter")),
        sa.PrimaryKeyConstraint("newsletter", "path", name=op.f("pk_faults")),
        sqlite_strict=True,
    )


def _issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("date", types.Day(), nullable=True),
        sa.Column("published_at", sa.Text(), nullable=True),
        sa.Column("sorted_at", types.UtcTime(), nullable=False),
        sa.Column("tags", types.Json(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("draft", types.Flag(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("first_seen_at", types.UtcTime(), nullable=False),
        sa.Column("seen_at", types.UtcTime(), nullable=False),
        sa.Column("changed_at", types.UtcTime(), nullable=True),
        sa.Column("removed_at", types.UtcTime(), nullable=True),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("gate_reason", sa.Text(), nullable=False),
        sa.Column("gate_until", types.UtcTime(), nullable=True),
        sa.Column("released_at", types.UtcTime(), nullable=True),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("notices", types.Json(), nullable=False),
        sa.Column("left_out", types.Json(), nullable=False),
        sa.CheckConstraint("gate IN ('waiting', 'held', 'filed', 'released')", name=op.f("ck_issues_gate")),
        sa.ForeignKeyConstraint(["newsletter"], ["newsletters.name"], name=op.f("fk_issues_newsletter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "ix_issues_gate",
        "issues",
        ["gate", "gate_until"],
        unique=False,
        sqlite_where=sa.text("gate IN ('waiting', 'held')"),
        postgresql_where=sa.text("gate IN ('waiting', 'held')"),
    )
    op.create_index("ix_issues_newsletter_sorted_at", "issues", ["newsletter", "sorted_at"], unique=False)
    op.create_index(
        "ix_issues_removed",
        "issues",
        ["newsletter", "path"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_index("ix_issues_sorted_at", "issues", ["sorted_at"], unique=False)
    op.create_index(
        "uq_issues_place",
        "issues",
        ["newsletter", "path", "part"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("issue_id", types.Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("section", types.Json(), nullable=False),
        sa.Column("links", types.Json(), nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("last_line", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", types.UtcTime(), nullable=False),
        sa.Column("removed_at", types.UtcTime(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_items_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_items_title_folded", "items", ["title_folded"], unique=False)
    op.create_index("uq_items_key", "items", ["issue_id", "key"], unique=True)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("subscription_id", types.Id, nullable=False),
        sa.Column("channel_id", types.Id, nullable=False),
        sa.Column("issue_id", types.Id, nullable=False),
        sa.Column("item_id", types.Id, nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rank", types.Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("wanted_version", sa.Integer(), nullable=False),
        sa.Column("claimed_version", sa.Integer(), nullable=False),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("done_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("thread_id", types.Id, nullable=True),
        sa.Column("is_late", types.Flag(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("not_before", types.UtcTime(), nullable=True),
        sa.Column("planned_at", types.UtcTime(), nullable=False),
        sa.Column("sending_at", types.UtcTime(), nullable=True),
        sa.Column("last_message_id", types.Id, nullable=True),
        sa.Column("done_at", types.UtcTime(), nullable=True),
        sa.CheckConstraint("action IN ('post', 'edit', 'withdraw', 'delete')", name=op.f("ck_deliveries_action")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'failed', 'skipped')", name=op.f("ck_deliveries_state")
        ),
        sa.CheckConstraint("wanted IN ('shown', 'withdrawn', 'deleted')", name=op.f("ck_deliveries_wanted")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_deliveries_issue_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_deliveries_item_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_deliveries_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    for state, columns in {
        "pending": ["channel_id", "rank", "position"],
        "sending": ["channel_id"],
        "failed": ["channel_id"],
    }.items():
        is_in = sa.text(f"state = '{state}'")
        op.create_index(f"ix_deliveries_{state}", "deliveries", columns, sqlite_where=is_in, postgresql_where=is_in)
    posted = sa.text("message_id IS NOT NULL")
    op.create_index(
        "ix_deliveries_posted", "deliveries", ["channel_id", "id"], sqlite_where=posted, postgresql_where=posted
    )
    op.create_index("ix_deliveries_issue_id", "deliveries", ["issue_id", "subscription_id"], unique=False)
    op.create_index("ix_deliveries_item_id", "deliveries", ["item_id"], unique=False)
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"], unique=False)
    op.create_index(
        "uq_deliveries_header",
        "deliveries",
        ["subscription_id", "issue_id", "generation"],
        unique=True,
        sqlite_where=sa.text("item_id IS NULL"),
        postgresql_where=sa.text("item_id IS NULL"),
    )
    op.create_index(
        "uq_deliveries_item",
        "deliveries",
        ["subscription_id", "item_id", "generation"],
        unique=True,
        sqlite_where=sa.text("item_id IS NOT NULL"),
        postgresql_where=sa.text("item_id IS NOT NULL"),
    )
