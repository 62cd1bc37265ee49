"""What admins took back, by channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "withdrawals",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("subscription_id", types.Id, nullable=False),
        sa.Column("issue_id", types.Id, nullable=False),
        sa.Column("item_id", types.Id, nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=True),
        sa.CheckConstraint("how IN ('mark', 'delete')", name=op.f("ck_withdrawals_how")),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{one}s.id"], name=op.f(f"fk_withdrawals_{one}_id"), ondelete="CASCADE"
            )
            for one in ("subscription", "issue", "item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sqlite_strict=True,
    )
    op.create_index("ix_withdrawals_issue_id", "withdrawals", ["issue_id", "subscription_id"])
