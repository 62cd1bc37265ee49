"""What was known to recur in a newsletter when an issue was read: read again, it is the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the column; of issues that are there nothing is known, as they were read."""
    op.add_column("issues", sa.Column("frame", sa.Text(), nullable=False, server_default=""))
