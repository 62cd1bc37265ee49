"""Splitting of issues in a separate process, so that no file can block, starve or crash the bot."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from pathlib import Path

import processes
from digest.model import Issue, ReadOptions

log = logging.getLogger(__name__)

FILE_LIMIT_S = 10.0  # CPU time; the slowest hostile file measured took 1.3 s
_STANDSTILL = 12  # limit of elapsed time, as a multiple of the CPU time, for a busy machine
IDLE_S = 60.0
MEMORY_LIMIT = 2 * 1024**3  # address space of the worker, in bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of reading one file: its issues, or the fault, with a traceback if any."""

    path: str
    issues: tuple[Issue, ...] = ()
    fault: str | None = None
    trace: str = ""


def split_batch(files: Sequence[tuple[str, bytes]], options: ReadOptions, limit_s: float) -> list[Outcome]:
    """Read each file, in the worker. The system kills the process if a file takes more than `limit_s` seconds."""
    from digest.reading import read_issues

    outcomes: list[Outcome] = []
    for path, data in files:
        try:
            with limited(limit_s):
                outcomes.append(Outcome(path, read_issues(data, path, options)))
        except MemoryError:
            outcomes.append(Outcome(path, fault="reading it needs too much memory"))
        except RecursionError:
            outcomes.append(Outcome(path, fault="it is nested too deeply to be read"))
        except Exception as error:  # noqa: BLE001 -- a bug with one file must not block the others
            fault = f"Herald failed on it ({_where(error)}): please report this"
            outcomes.append(Outcome(path, fault=fault, trace=traceback.format_exc()))
        except BaseException:  # noqa: BLE001 -- a Rust panic in a library, as out of memory, is not an Exception
            # This process cannot be trusted any more: another one reads the remaining files.
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    return outcomes


def _where(error: Exception) -> str:
    """Return the error's type with the file and line where it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def _logged(outcomes: list[Outcome]) -> list[Outcome]:
    """Log the tracebacks returned by the worker, which has no log of its own, and return `outcomes`."""
    for outcome in outcomes:
        if outcome.trace:
            log.error('reading failed path="%s"\n%s', outcome.path, outcome.trace.rstrip())
    return outcomes


@contextlib.contextmanager
def limited(limit_s: float) -> Generator[None]:
    """Kill this process if the block takes more than `limit_s` of CPU time, or `_STANDSTILL` times that in all."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    signal.setitimer(signal.ITIMER_REAL, limit_s * _STANDSTILL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


Work = Callable[[Sequence[tuple[str, bytes]], ReadOptions, float], list[Outcome]]


class Splitter:
    """One worker process, started on demand and ended after `idle_s` seconds without work."""

    def __init__(self, *, file_limit_s: float = FILE_LIMIT_S, idle_s: float = IDLE_S, work: Work = split_batch) -> None:
        self._file_limit_s = file_limit_s
        self._idle_s = idle_s
        self._work = work
        self._pool: Executor | None = None
        self._pid: int | None = None
        self._is_closed = False
        self._lock = asyncio.Lock()
        self._closing: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether the worker process exists now."""
        return self._pool is not None

    async def split(self, files: Sequence[tuple[str, bytes]], options: ReadOptions) -> list[Outcome]:
        """Read `files`; one that kills the worker gets a fault and does not affect the others."""
        async with self._lock:
            self._keep_open()
            try:
                return _logged(await self._run(files, options))
            except BrokenExecutor:
                if self._is_closed:
                    raise
                log.warning("reading process died, reading its files one by one files=%d", len(files))
                return _logged([await self._alone(path, data, options) for path, data in files])
            finally:
                if not self._is_closed:
                    self._close_when_idle()

    async def _run(self, files: Sequence[tuple[str, bytes]], options: ReadOptions) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        try:
            if self._is_closed:  # otherwise a waiting file would start another process
                raise BrokenExecutor("the splitter is closed")
            if self._pool is None:
                self._pool = processes.worker(MEMORY_LIMIT)
                # starting a process takes tens of milliseconds
                self._pid = await asyncio.wrap_future(await asyncio.to_thread(self._pool.submit, os.getpid))
            return await loop.run_in_executor(self._pool, self._work, files, options, self._file_limit_s)
        except BrokenExecutor:
            self._close_now()
            raise

    async def _alone(self, path: str, data: bytes, options: ReadOptions) -> Outcome:
        started = time.monotonic()
        try:
            return (await self._run([(path, data)], options))[0]
        except BrokenExecutor:
            if time.monotonic() - started >= self._file_limit_s:
                return Outcome(path, fault=f"reading it took longer than {self._file_limit_s:g} s")
            return Outcome(path, fault="reading it crashed the reading process")

    def _keep_open(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def _close_when_idle(self) -> None:
        self._keep_open()
        self._closing = asyncio.get_running_loop().call_later(self._idle_s, self._close_now)

    def _close_now(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._pid = None

    async def close(self) -> None:
        """Kill the worker and wait until it is gone. Nothing can be split afterwards."""
        self._is_closed = True
        self._keep_open()
        pool, pid = self._pool, self._pid
        self._pool = self._pid = None
        if pool is not None:
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                    os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(pool.shutdown, wait=True)
