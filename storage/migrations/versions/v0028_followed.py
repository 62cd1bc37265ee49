"""An index for what the servers follow: it is asked for each message, and with each command."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_subscriptions_guild_id", "subscriptions", ["guild_id", "newsletter"])
