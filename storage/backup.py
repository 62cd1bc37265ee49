"""Online backups of a database, with verification and restore. Blocking: run it in a thread."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from errors import StorageError, UserError
from storage import migrate
from storage.adoption import RESTORED
from storage.failures import explained

log = logging.getLogger(__name__)

_MAGIC = b"SQLite format 3\0"  # sqlite.org/fileformat.html, section 1.3.1
_STAMP = "%Y-%m-%dT%H%M%SZ"
_STAMP_SHAPE = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z"


def back_up(database: Path, target: Path, *, keep: int | None = None, now: dt.datetime) -> Path:
    """Back up a database, even while a bot uses it, and return the verified copy.

    A target that is a folder, or has no extension, is the folder for the copy. With `keep`, the time is added to the
    file name, and only the newest `keep` of such copies are kept. Raises StorageError if the copy cannot be made or is
    damaged; an incomplete copy is deleted.
    """
    if not database.exists():
        raise StorageError(f"There is no {database.name} to back up at {database.parent}.")
    target = _file_in(target, database.name)
    if keep is not None:
        target = target.with_name(f"{target.stem}.{now.strftime(_STAMP)}{target.suffix}")
    if target.exists():
        raise UserError(f"{target} exists already: choose another name, or use --keep.")
    try:
        _copy(database, target)
    except (OSError, sqlite3.Error) as error:
        raise explained(error, target.name) or error from error
    if keep is not None:
        # Only after verification, so that a full disk does not cost the old copies.
        for old in kept(target)[:-keep]:
            old.unlink()
    return target


def _file_in(target: Path, name: str) -> Path:
    """Return the target file: the target itself, or `name` in the folder that it is, created if needed."""
    if target.suffix and not target.is_dir():
        return target
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise explained(error, target.name) or error from error
    return target / name


def kept(one: Path) -> list[Path]:
    """Return the copies that differ from `one` only in the time in their name, oldest first."""
    stem = one.name.removesuffix(one.suffix).rpartition(".")[0]
    return sorted(one.parent.glob(f"{_literal(stem)}.{_STAMP_SHAPE}{_literal(one.suffix)}"))


def check(path: Path) -> list[str]:
    """Return the damage of a copy; empty if it can be restored. Raises StorageError if it is not Herald's."""
    if not path.is_file():
        raise StorageError(f"There is no backup {path}.")
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
        if start not in {b"", _MAGIC}:
            raise StorageError(f"{path.name} is not a database: choose a file that `bot.py backup` made.")
        revision = migrate.stored_revision(path)
        if revision is None:
            raise StorageError(f"{path.name} is empty: it is not a backup.")
        migrate.refuse_newer(path.name, revision)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
    except StorageError:
        raise
    except PermissionError as error:
        remedy = f"give it to whom the folder belongs (chown --reference={path.parent} {path})."
        raise StorageError(f"Herald may not read {path}: {remedy}") from error
    except Exception as error:
        raise explained(error, path.name) or error from error
    return [line for line in found if line != "ok"] + [f"{row[0]} row {row[1]}: no such {row[2]}" for row in broken]


def restore(backup: Path, database: Path, *, now: dt.datetime) -> Path | None:
    """Replace the database by a verified copy; returns the path of the old database, None if there was none.

    The caller must hold the database's lock. The copy is durable before any file is moved.
    """
    if faults := check(backup):
        raise StorageError(f"{backup.name} is damaged and was not put back: {'; '.join(faults[:3])}.")
    fresh = database.with_name(f"{database.name}.restoring")
    old: Path | None = None
    try:
        _copy(backup, fresh)
        with closing(sqlite3.connect(fresh)) as connection, connection:
            connection.execute(
                # Makes the next start read the channels back, because the ledger lacks the messages posted since.
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
                (RESTORED, now.isoformat()),
            )
        if database.exists():
            _empty_log(database)  # the log belongs to the old database
            old = database.with_name(f"{database.name}.{now.strftime(_STAMP)}.before-restore")
            _keep_as(old, database)
        for ending in ("-wal", "-shm"):
            database.with_name(database.name + ending).unlink(missing_ok=True)
        fresh.replace(database)
        _sync_folder(database.parent)
    except (OSError, sqlite3.Error) as error:
        fresh.unlink(missing_ok=True)
        raise explained(error, database.name) or error from error
    return old


def _keep_as(old: Path, database: Path) -> None:
    """Keep the database under a second name, so that a kill before it is replaced leaves it under its own."""
    try:
        os.link(database, old)
    except OSError:  # a file system without hard links, such as exFAT
        database.replace(old)


def _empty_log(database: Path) -> None:
    """Checkpoint a database's log; ignore a damaged database, which the restore replaces."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:  # locked, or the disk is full
        raise
    except sqlite3.DatabaseError as error:
        log.warning('log of the damaged database lost file=%s error="%s"', database.name, error)


def compact(database: Path) -> tuple[int, int]:
    """Compact the database; returns its size in bytes before and after. The caller must hold its lock."""
    try:
        before = database.stat().st_size
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("INSERT INTO search_index (search_index) VALUES ('optimize')")
            # Takes effect with the VACUUM below; afterwards space can be returned incrementally.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("VACUUM")
            connection.execute("PRAGMA optimize")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before, database.stat().st_size
    except (OSError, sqlite3.Error) as error:
        raise explained(error, database.name) or error from error


def _copy(source: Path, target: Path) -> None:
    """Copy to `target` atomically, after verification, readable only by its owner."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    # The permissions are set before anything is written, because a copy contains members' alerts.
    os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    try:
        address = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as here, closing(sqlite3.connect(unfinished)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")  # a single file without a log beside it
        if faults := check(unfinished):
            raise StorageError(f"{source.name} is damaged, the copy was not kept: {'; '.join(faults[:3])}.")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        for path in _with_logs(unfinished):
            path.unlink(missing_ok=True)
        raise


def _with_logs(path: Path) -> Sequence[Path]:
    return (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")))


def _sync_folder(folder: Path) -> None:
    """Make new file names in a folder durable, if the system supports it."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _literal(text: str) -> str:
    """Return a glob pattern that matches `text` literally."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
