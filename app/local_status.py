"""A running Herald's report for `bot.py status`, over a Unix socket next to the database.

It works without the web server, and only those who can read the database can query it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger(__name__)

_TIMEOUT_S = 8.0
_LONGEST = 100  # bytes of a Unix socket's path; systems allow 104 to 108
_MAX_BYTES = 16_000_000


def socket_path(database: Path) -> Path:
    """Return the socket of the Herald that uses `database`."""
    return database.with_name(f"{database.name}.sock")


@asynccontextmanager
async def answering(database: Path, report: Callable[[], Awaitable[dict[str, Any]]]) -> AsyncGenerator[None]:
    """Send the report to each client during the block; if no socket can be opened, run the block without it."""
    import asyncio

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                writer.write(json.dumps(await report()).encode())
                await writer.drain()
        except (OSError, TimeoutError) as error:
            log.debug("status not delivered error=%s", error)
        finally:
            writer.close()

    path = socket_path(database)
    # AttributeError and NotImplementedError: Windows does not support these sockets.
    try:
        server = await asyncio.start_unix_server(answer, sock=_bound(path))
    except (OSError, AttributeError, NotImplementedError) as error:
        log.warning("local status not available path=%s error=%s", path, error)
        yield
        return
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def ask(database: Path) -> dict[str, Any] | None:
    """Return the report of the Herald that uses `database`; None if none answers."""
    path = socket_path(database)
    parts: list[bytes] = []
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel, _reachable(path) as address:
            channel.settimeout(_TIMEOUT_S)
            channel.connect(address)
            while part := channel.recv(65_536):
                parts.append(part)
                # Another listener on this socket must not fill the memory.
                if sum(map(len, parts)) > _MAX_BYTES:
                    return None
        return json.loads(b"".join(parts))
    # AttributeError: the system does not support Unix sockets.
    except (OSError, ValueError, AttributeError):
        return None


def _bound(path: Path) -> socket.socket:
    """Return a socket at `path` for its owner alone. The database's lock ensures that no other Herald uses it."""
    path.unlink(missing_ok=True)
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _reachable(path) as address:
            channel.bind(address)
        # The folder may be open to others, and the report names channels and newsletters.
        path.chmod(0o600)
    except OSError:
        channel.close()
        raise
    return channel


@contextlib.contextmanager
def _reachable(path: Path) -> Generator[str]:
    """Yield an address for `path` that is short enough: on Linux, a deep folder via an open descriptor."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
