"""Process behaviour: a quick start, and workers that neither outlive nor slow down their parent."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import Executor
from pathlib import Path
from types import ModuleType

_LOADED_S = time.monotonic()
_YOUNG = 10_000  # new objects before the youngest are collected; Python's own threshold is 700
# malloc.h and mallopt(3): M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD; the last two are their defaults, which
# no longer move once they are set.
_MALLOC_OPTIONS = {-8: 2, -3: 128 * 1024, -1: 128 * 1024}


@contextlib.contextmanager
def loading() -> Generator[None]:
    """Import within the block without collecting garbage, and leave what was imported out of later collections.

    Modules are never garbage. Collections that search them again and again take a sixth of the time of a start, and
    each one that finds them alive later on would hold up the event loop for 120 ms.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _base(name: str) -> type[object]:
    """Stand for whatever a module is asked for."""
    del name
    return object


@contextlib.contextmanager
def without(*names: str) -> Generator[None]:
    """Import within the block what imports modules that are never used: empty ones stand for those of `names`.

    What is asked of them is `object`, so that classes can be derived from it. Those that are loaded already stay.
    """
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = stand_in = ModuleType(name)
        stand_in.__dict__["__getattr__"] = _base
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextlib.contextmanager
def uncollected() -> Generator[None]:
    """Run the block without collecting garbage, for work that makes much and leaves nothing that refers to itself.

    Reading an issue makes tens of thousands of small objects, all alive until its end: collections that go through
    them again and again take an eighth of the time. Threads may run such blocks side by side: when all have ended, the
    collector is as it was.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def give_memory_back() -> None:
    """Let the C library return freed memory to the system, if that is glibc; to be called before threads start.

    Left to itself it has a heap for each thread, and keeps for later whatever is no larger than the largest block that
    was ever freed: 2.4 MB of an idle bot.
    """
    import ctypes

    try:
        # Only glibc has it: elsewhere the C library is left as it is.
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in _MALLOC_OPTIONS.items():
        set_option(option, value)


def favour_the_loop() -> None:
    """Keep what is not the event loop's from holding it up: once all is loaded.

    A thread that searches gives the interpreter away every millisecond and not every five: next to an import that
    halved the loop's longest wait. A full collection of garbage takes 20 to 50 ms; with a higher threshold it runs a
    fourteenth as often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    sys.setswitchinterval(0.001)


def worker(memory_limit: int | None = None) -> Executor:
    """Return a pool of one process, which starts with its first work; see `prepare`.

    If the process ends before its work, the work raises concurrent.futures.BrokenExecutor.
    """
    # 0.4 MB that most bots need at their first start, and then only when an issue arrives.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=prepare, initargs=(memory_limit,))


def prepare(memory_limit: int | None = None) -> None:
    """In the worker, before its first work: leave Ctrl-C to the parent, end when it ends, step back behind it.

    `memory_limit` bounds its address space, in bytes, if the system can.
    """
    import multiprocessing

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(5)
        if memory_limit is not None:
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (memory_limit, hard))


def _end_with(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def age_s() -> float:
    """How long ago this process started, in seconds; elsewhere than on Linux how long ago this module was loaded."""
    try:
        # proc(5), /proc/pid/stat: field 22 is the start in clock ticks after boot; the name in field 2 may hold spaces
        fields = Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()
        started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started_s)
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic() - _LOADED_S
