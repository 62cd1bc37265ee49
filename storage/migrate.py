"""Migrating a database file to this version's tables, after a backup. Blocking: run it in a thread.

Everything happens in one transaction: if a migration fails or is killed, the file is unchanged.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from concurrent.futures import BrokenExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.pool import NullPool

import processes
from errors import StorageAwayError, StorageError
from storage.failures import explained

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

KEPT_BACKUPS = 3
ALEMBIC = "alembic_version"  # the table with Alembic's revision


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings, without a file."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def known() -> list[str]:
    """Return the revisions that this version knows, oldest first, from their file names, without importing them."""
    files = (Path(__file__).with_name("migrations") / "versions").glob("v[0-9][0-9][0-9][0-9]_*.py")
    return sorted(file.name[1:5] for file in files)


def newest() -> str:
    """Return the revision that this version's code requires."""
    found = known()
    if not found:
        raise StorageError("Herald's installation is incomplete: storage/migrations/versions is empty.")
    return found[-1]


def migrate(path: Path, *, apart: bool = False) -> None:
    """Create the file, or migrate it after a backup. Raises StorageError with a sentence for the operator.

    With `apart` it runs in another process, because Alembic would keep 10 MB of this process's memory.
    """
    try:
        keep_private(path)
        _migrate(path, apart=apart)
    except StorageError:
        raise
    except Exception as error:
        if (told := explained(error, path.name)) is not None:
            raise told from error
        raise


def keep_private(path: Path) -> None:
    """Create a file that only its owner can read, or restrict one that everybody can read.

    SQLite gives the WAL the mode of the database. Access for a group alone is deliberate and stays.
    """
    path.touch(mode=0o600)
    if path.stat().st_mode & 0o007:
        path.chmod(0o600)


def _migrate(path: Path, *, apart: bool) -> None:
    target = newest()
    stored = stored_revision(path)
    if stored == target:
        return
    if stored is not None:
        refuse_newer(path.name, stored)
        back_up(path, stored)
    (_upgrade_apart if apart else _upgrade)(path, target)
    log.info("storage migrated file=%s from=%s to=%s", path.name, stored or "nothing", target)


def _upgrade_apart(path: Path, target: str) -> None:
    with processes.worker() as pool:
        try:
            pool.submit(_upgrade, path, target).result()
        except BrokenExecutor as error:
            raise StorageAwayError(
                f"{path.name} was not migrated: the process that did it was ended from outside, or ran out of memory. "
                "The file is as it was; start again."
            ) from error


def _upgrade(path: Path, target: str) -> None:
    from alembic import command

    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        del record
        connection.isolation_level = None  # sqlite3 would run DDL outside of transactions
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # for new files; `compact` sets it for old ones
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "PRAGMA foreign_keys = OFF"
        )  # because rebuilding a table drops the old one; checked at the end

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), target)
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise StorageError(f"{path.name} cannot be migrated: {len(broken)} of its rows refer to missing ones.")
    finally:
        engine.dispose()


def stored_revision(path: Path) -> str | None:
    """Return the revision of a database file; None if the file is missing or empty.

    Raises StorageError if it is not Herald's.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if ALEMBIC in tables else None
    if row is None and tables:
        raise StorageError(f"{path.name} is another program's database: give Herald a storage of its own.")
    return str(row[0]) if row else None


def refuse_newer(name: str, stored: str) -> None:
    """Raise StorageError if this version does not know the revision of a file."""
    if stored not in known():
        raise StorageError(
            f"{name} was last used by a newer Herald (its tables are at {stored}, this version supports {newest()}): "
            f"update Herald, or put back a backup from before ({name}.*.bak)."
        )


def back_up(path: Path, revision: str) -> Path:
    """Back up the database to `<file>.<revision>.bak`, atomically, and delete the oldest backups.

    Raises StorageAwayError without trying if the disk lacks space, because every start would fill the disk.
    """
    _check_room(path)
    target = path.with_name(f"{path.name}.{revision}.bak")
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    log.info("storage backed up file=%s backup=%s", path.name, target.name)
    backups = sorted(path.parent.glob(f"{path.name}.*.bak"), key=lambda file: file.stat().st_mtime)
    for old in backups[:-KEPT_BACKUPS]:
        old.unlink()
    return target


def _check_room(path: Path) -> None:
    parts = (path, path.with_name(f"{path.name}-wal"))
    needed_mb = sum(part.stat().st_size for part in parts if part.exists()) / 1_000_000
    free_mb = shutil.disk_usage(path.parent).free / 1_000_000
    if free_mb < needed_mb:
        raise StorageAwayError(
            f"{path.name} was not migrated: the backup that is made first takes {needed_mb:,.0f} MB, and the disk has "
            f"{free_mb:,.0f} MB free. Free some space; nothing was changed."
        )


def difference(connection: Connection) -> list[Any]:
    """Return the differences between a migrated database and `schema.py`; a test requires that there are none."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from storage.schema import metadata

    def ours(name: str | None, kind: str, parents: object) -> bool:
        del parents
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, metadata))
