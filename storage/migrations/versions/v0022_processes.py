"""Which processes work on a server's database, what each of them does for all, and their shared pace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Create the tables on a server, where one process after another had a lease until now; a file needs none."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.drop_table("leases")  # a Herald of before, should one run, may not write from here on
    op.create_table(
        "processes",
        sa.Column("epoch", sa.BigInteger(), sa.Identity(), nullable=False),  # never used again
        sa.Column("role", sa.Text(), nullable=False),  # "": it works alone
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_processes")),
    )
    op.create_table(
        "duties",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger()),  # of the process that holds it; NULL: nobody does
        # when every request has ended that an earlier holder may have begun
        sa.Column("settles_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duties")),
    )
    op.create_table(
        "pace",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
        prefixes=["UNLOGGED"],  # what was promised before a crash of the server is over after it
    )
