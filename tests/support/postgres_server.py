"""A real PostgreSQL server for the tests: one for the whole run, in a folder that goes with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
USER = "postgres"
UNDEFINED = asyncpg.UndefinedTableError
_OWNER = "owner"  # a file with the process that the server belongs to
# What makes a server safe costs time, and nobody will miss these data.
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "listen_addresses": "",
}


def missing() -> str:
    """Why no server can be started here; "" if one can."""
    if not BINARIES and shutil.which("initdb") is None:
        return "PostgreSQL is not installed: apt-get install postgresql"
    if _is_root() and (shutil.which("runuser") is None or not Path(f"~{USER}").expanduser().is_absolute()):
        return f"PostgreSQL does not run as root, and there is no user {USER} or no runuser"
    return ""


class Server:
    """A server in a new folder; only this machine's users reach it, over a socket in that folder.

    With `primary` it is a standby of that one.
    """

    def __init__(self, primary: Server | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        if _is_root():
            shutil.chown(self.folder, USER, USER)
        self.folder.chmod(0o755)
        (self.folder / _OWNER).write_text(os.environ.get("TESTS_OWNER", str(os.getpid())))
        self._data = self.folder / "data"
        if primary is None:
            _run("initdb", "--pgdata", self._data, "--username=herald", "--auth=trust", "--encoding=UTF8",
                 "--locale=C", "--no-sync", "--no-instructions")  # fmt: skip
        else:
            _run("pg_basebackup", "--pgdata", self._data, "--host", primary.folder, "--username=herald",
                 "--checkpoint=fast", "--write-recovery-conf", "--no-sync")  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = {**_OPTIONS, "unix_socket_directories": str(self.folder)}
        words = " ".join(f"-c {name}={value or repr('')}" for name, value in options.items())
        _run("pg_ctl", "--pgdata", self._data, "--wait", "--log", self.folder / "log", "--options", words, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; `immediate` is as a crash."""
        _run("pg_ctl", "--pgdata", self._data, "--mode", mode, "--wait", "stop")

    async def caught_up(self, primary: Server) -> None:
        """Wait until a standby has all that its primary has now."""
        written = await value(address(primary.folder, "postgres"), "SELECT pg_current_wal_insert_lsn()::text")
        has_it = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        while not await value(address(self.folder, "postgres"), has_it):  # noqa: ASYNC110 -- another process's work
            await asyncio.sleep(0.02)

    async def fall_behind(self) -> None:
        """Let a standby receive nothing more."""
        where = address(self.folder, "postgres")
        await execute(where, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        while await value(where, "SELECT count(*) FROM pg_stat_wal_receiver"):  # noqa: ASYNC110 -- the same
            await asyncio.sleep(0.02)

    def promote(self) -> None:
        """Let a standby take over with what it has."""
        _run("pg_ctl", "--pgdata", self._data, "--wait", "promote")

    def remove(self) -> None:
        """Stop the server, if it runs, and delete its folder."""
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


@asynccontextmanager
async def pair() -> AsyncGenerator[tuple[Server, Server, str]]:
    """Return a primary, its standby and the address of a database on whichever takes writes, owned by a plain role."""
    primary = await asyncio.to_thread(Server)
    try:
        owned = ("CREATE ROLE plain LOGIN", "CREATE DATABASE herald OWNER plain TEMPLATE template0")
        await execute(address(primary.folder, "postgres"), *owned)
        standby = await asyncio.to_thread(Server, primary)
        try:
            yield primary, standby, address(f"{primary.folder},{standby.folder}", "herald", "plain")
        finally:
            await asyncio.to_thread(standby.remove)
    finally:
        await asyncio.to_thread(primary.remove)


def address(folder: str | Path, database: str, user: str = "herald") -> str:
    """Return the address of a database of the server in `folder`."""
    return f"postgresql://{user}@/{database}?host={folder}"


def shared_server(shared: Path) -> str:
    """Return the folder of the run's one server, which the first who asks starts; `stop_shared` ends it."""
    lock, told = shared / "postgres.lock", shared / "postgres"
    while not told.exists():
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            time.sleep(0.05)
            continue
        unfinished = shared / "postgres.part"
        try:
            if not told.exists():
                _sweep()
                unfinished.write_text(str(Server().folder))
                unfinished.rename(told)
        finally:
            lock.unlink()
    return told.read_text()


def _sweep() -> None:
    """End the servers of runs that were killed."""
    for owner in Path("/tmp").glob(f"pg-*/{_OWNER}"):
        try:
            os.kill(int(owner.read_text()), 0)
        except ProcessLookupError:
            with contextlib.suppress(RuntimeError):  # it had not started
                _run("pg_ctl", "--pgdata", owner.parent / "data", "--mode", "immediate", "--wait", "stop")
            shutil.rmtree(owner.parent, ignore_errors=True)
        except (OSError, ValueError):  # somebody else's
            continue


def stop_shared(shared: Path) -> None:
    """End the run's server, if there is one."""
    told = shared / "postgres"
    if told.exists():
        folder = Path(told.read_text())
        _run("pg_ctl", "--pgdata", folder / "data", "--mode", "immediate", "--wait", "stop")
        shutil.rmtree(folder, ignore_errors=True)
        told.unlink()


def _run(program: str, *arguments: str | Path) -> None:
    path = BINARIES[-1] / program if BINARIES else Path(shutil.which(program) or program)
    command = [str(path), *map(str, arguments)]
    if _is_root():
        command = ["runuser", "-u", USER, "--", *command]
    done = subprocess.run(
        command, check=False, cwd="/tmp", capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout} {done.stderr}")


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


_MADE: set[str] = set()  # the databases that this process has made on the run's server
# To truncate sixty tables and indexes gives each a new file, which took longer than most tests.
_EMPTY = """
DO $$ DECLARE one record; BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to what
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
        WHERE last_value IS NOT NULL;
END $$
"""


@asynccontextmanager
async def database(folder: str, name: str = "herald") -> AsyncGenerator[str]:
    """Give the address of an empty database of this process; afterwards it is emptied, its tables stay."""
    name = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    if name not in _MADE:
        await execute(address(folder, "postgres"), f"CREATE DATABASE {name} TEMPLATE template0")
        _MADE.add(name)
    yield address(folder, name)
    await execute(address(folder, name), _EMPTY)


async def value(where: str, query: str) -> Any:
    """Return the one value that a query asks for, on a connection of its own."""
    connection = await asyncpg.connect(where)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def execute(where: str, *statements: str) -> None:
    """Run statements, each by itself, on a connection of its own."""
    connection = await asyncpg.connect(where)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
