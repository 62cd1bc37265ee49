"""Into how many shards each process of a server's database divides the servers: all have to do it alike."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the column on a server; a file needs none."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.add_column("processes", sa.Column("shards", sa.Integer(), nullable=False, server_default="1"))
