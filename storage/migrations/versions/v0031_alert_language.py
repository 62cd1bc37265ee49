"""The language of a member's alert messages: Discord sends it only with an interaction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add the column; existing members' languages are unknown."""
    op.add_column("alert_members", sa.Column("language", sa.Text, nullable=False, server_default=""))
