"""Bringing a PostgreSQL database to this version's tables, and refusing one that cannot hold them."""

from __future__ import annotations

import logging

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError
from storage import migrate
from storage.dialects import hold
from storage.postgres.failures import CREATE

log = logging.getLogger(__name__)

OLDEST = 14  # the oldest major version that is tested
_C = {"C", "POSIX"}
_FACTS = text(
    "SELECT current_setting('server_version_num')::int / 10000 AS version, pg_encoding_to_char(encoding) AS encoding,"
    " datcollate AS collation, pg_is_in_recovery() AS is_standby, current_schema() AS schema,"
    " has_schema_privilege(current_schema(), 'CREATE') AS may_create,"
    " current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off' AS is_careless"
    " FROM pg_database WHERE datname = current_database()"
)


async def check_server(connection: AsyncConnection, name: str) -> None:
    """Raise StorageError if the server or the database cannot hold Herald's tables."""
    facts = (await connection.execute(_FACTS)).one()
    if facts.version < OLDEST:
        raise StorageError(f"{name} is on PostgreSQL {facts.version}: Herald needs {OLDEST} or newer.")
    if facts.encoding != "UTF8" or facts.collation not in _C:
        has = f"the encoding {facts.encoding} and the collation {facts.collation}"
        raise StorageError(f"{name} has {has}: Herald needs UTF8 and C. Create it anew with {CREATE}")
    if facts.is_standby:
        raise StorageError(f"{name} can only be read, as a standby can: let `storage` name the primary server.")
    if not facts.may_create:
        raise StorageError(f"{name} lacks rights: Herald's user may not create tables there. Make it the owner.")
    if facts.is_careless:
        log.warning('database may lose committed data database="%s" reason="fsync or synchronous_commit is off"', name)


async def stored_revision(connection: AsyncConnection, name: str) -> str | None:
    """Return the tables' revision; None if there are none. Raises StorageError if they are not Herald's."""
    names = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    tables = set(await connection.scalars(names))
    if migrate.ALEMBIC not in tables:
        if tables:
            raise StorageError(f"{name} holds another program's tables: give Herald a database of its own.")
        return None
    return await connection.scalar(text(f"SELECT version_num FROM {migrate.ALEMBIC}"))  # noqa: S608 -- a constant


async def bring_up_to_date(connection: AsyncConnection, name: str) -> None:
    """Create or migrate the tables within one transaction, one process at a time."""
    await hold(connection, "herald migrations")
    stored, target = await stored_revision(connection, name), migrate.newest()
    if stored == target:
        return
    if stored is not None:
        refuse_newer(name, stored)
    await connection.run_sync(_upgrade, target)
    log.info('storage migrated database="%s" from=%s to=%s', name, stored or "nothing", target)


async def refuse_others(connection: AsyncConnection, name: str) -> None:
    """Raise StorageError if the tables are not this version's, for who only reads."""
    stored = await stored_revision(connection, name)
    if stored is None:
        raise StorageError(f"{name} is empty: run python bot.py import, or start the bot, first.")
    if stored != migrate.newest():
        raise StorageError(f"{name} belongs to another version of Herald: start the bot once, or update this Herald.")


def refuse_newer(name: str, stored: str) -> None:
    """Raise StorageError if this version does not know the tables' revision."""
    if stored not in migrate.known():
        raise StorageError(
            f"{name} was last used by a newer Herald (its tables are at {stored}, this version supports "
            f"{migrate.newest()}): update Herald, or restore a dump from before."
        )


def _upgrade(connection: Connection, target: str) -> None:
    command.upgrade(migrate.config(connection), target)
