"""Bots for tests: forked by one process that has imported Herald, which takes longer than most of their lives.

They run the command line from its beginning in a process of their own, and are killed like one (`chaosbench/life.py`).
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class ForkedBot:
    """What tests use of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, stderr: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        self.pid = pid
        self.stderr = stderr
        self.returncode: int | None = None
        self._transport = transport

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait until the bot has ended; returns nothing, and the rest of what it said."""
        rest = await self.stderr.read()
        self._transport.close()
        if self.returncode is None:
            self.returncode = int(_ask({"wait": self.pid}))
        return b"", rest


async def fork(folder: Path, url: str, arguments: list[str], environment: Mapping[str, str]) -> ForkedBot:
    """Start a bot in `folder` against the sandbox at `url`; the environment is next to that of the tests."""
    said = folder / f"said-{os.urandom(4).hex()}"
    os.mkfifo(said)
    stderr = asyncio.StreamReader()
    reading = os.fdopen(os.open(said, os.O_RDONLY | os.O_NONBLOCK), "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stderr), reading
    )
    order: dict[str, Any] = {
        "url": url, "folder": str(folder), "log": str(said), "mutate": "", "die": "", "full": "",
        "environment": dict(environment), "arguments": arguments,
    }  # fmt: skip
    return ForkedBot(int(_ask(order)), stderr, transport)


def _ask(order: dict[str, Any]) -> str:
    """Give an order, which takes milliseconds; returns the answer."""
    process = _forking()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return process.stdout.readline()


@functools.cache
def _forking() -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("DISCORD_TOKEN", None)
    command = [sys.executable, "-m", "benchmarks.chaosbench.life"]
    pipe = subprocess.PIPE  # for stderr, too: its bots know that as a pipe before it becomes theirs
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd=ROOT, text=True)
    atexit.register(process.communicate)  # it ends with its orders
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
