"""The language in which a member is told of what their alerts found: Discord names it only with a command."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add the column; of members until now it is not known."""
    op.add_column("alert_members", sa.Column("language", sa.Text, nullable=False, server_default=""))
