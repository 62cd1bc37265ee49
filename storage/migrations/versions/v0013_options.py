"""What else a subscription says: words, sites, its look, quiet hours; and until when it is quiet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; whoever follows already goes on as before."""
    op.add_column("subscriptions", sa.Column("options", types.Json(), nullable=False, server_default="{}"))
    op.add_column("subscriptions", sa.Column("quiet_until", types.UtcTime(), nullable=True))
