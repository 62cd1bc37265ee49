"""What Alembic runs: the revisions, on the connection and within the transaction of `storage/migrate.py`."""

from __future__ import annotations

from typing import cast

from alembic import context
from sqlalchemy import Connection

from storage.schema import metadata


def _run() -> None:
    connection = cast("Connection", context.config.attributes["connection"])
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


_run()
