"""Poolers before the tests' PostgreSQL server: a real pgbouncer where one is installed, and what is known by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import struct
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.postgres_server import USER

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed: apt-get install pgbouncer")
_PORT = 6432  # part of a socket's name; nothing listens on the network
_SETTINGS = """
[databases]
* = host={server}
[pgbouncer]
pool_mode = transaction
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
default_pool_size = 3
max_client_conn = 200
logfile = {folder}/log
"""


@asynccontextmanager
async def pooler(server: str | Path) -> AsyncGenerator[Path]:
    """Give the folder of a pgbouncer's socket; it shares three connections of the server in the folder `server`."""
    folder = Path(tempfile.mkdtemp(prefix="pgb-", dir="/tmp"))
    settings = folder / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(server=server, port=_PORT, folder=folder))
    (folder / "users").write_text('"herald" ""\n')
    user = USER if os.geteuid() == 0 else None  # it does not run as root
    if user is not None:
        shutil.chown(folder, user, user)
    process = await asyncio.create_subprocess_exec(str(PROGRAM), "-q", str(settings), user=user)
    try:
        async with asyncio.timeout(10):
            while not (folder / f".s.PGSQL.{_PORT}").exists():  # noqa: ASYNC110 -- nothing tells of a new file
                await asyncio.sleep(0.02)
        yield folder
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def relay(server: str | Path) -> AsyncGenerator[Path]:
    """Give the folder of a socket that leads to the server and, as a pooler does, gives a process id of its own."""
    folder = Path(tempfile.mkdtemp(prefix="relay-", dir="/tmp"))

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(f"{server}/.s.PGSQL.5432")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.gather(_handed_on(reader, there_writer), _disguised(there_reader, writer))

    async with await asyncio.start_unix_server(connected, folder / f".s.PGSQL.{_PORT}"):
        yield folder
    shutil.rmtree(folder)


async def _handed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def _disguised(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    kind = b""
    while kind != b"K":  # BackendKeyData: the server's process and a secret
        kind = await reader.readexactly(1)
        size = await reader.readexactly(4)
        body = await reader.readexactly(struct.unpack("!I", size)[0] - 4)
        writer.write(kind + size + (struct.pack("!I", 1) + body[4:] if kind == b"K" else body))
    await _handed_on(reader, writer)


def pooled(folder: Path, where: str, **options: object) -> str:
    """Return the address of the database at `where` through the socket in `folder`."""
    database = where.partition("@/")[2].partition("?")[0]
    more = "".join(f"&{name}={value}" for name, value in options.items())
    return f"postgresql://herald@/{database}?host={folder}&port={_PORT}{more}"
