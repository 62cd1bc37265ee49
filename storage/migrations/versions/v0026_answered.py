"""Which interactions a process answered that gave a duty back: whoever takes it over answers the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the column on a server; a file needs none."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.add_column("duties", sa.Column("answered", sa.Text(), nullable=False, server_default=""))
