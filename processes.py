"""Process behaviour: a fast start, and workers that neither outlive nor slow down their parent."""

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
_YOUNG = 10_000  # new objects that trigger a collection of the youngest generation; Python's default is 700
# malloc.h and mallopt(3): M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD. The last two have their default values,
# but setting them turns off their dynamic adjustment.
_MALLOC_OPTIONS = {-8: 2, -3: 128 * 1024, -1: 128 * 1024}


@contextlib.contextmanager
def loading() -> Generator[None]:
    """Disable garbage collection for imports in the block, and exclude the imported objects from later collections.

    Modules are never garbage. Scanning them repeatedly takes a sixth of the start-up time, and each later full
    collection would block the event loop for 120 ms.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _base(name: str) -> type[object]:
    """Stand in for any attribute of a module."""
    del name
    return object


@contextlib.contextmanager
def without(*names: str) -> Generator[None]:
    """Replace the modules `names` by empty stand-ins for imports in the block, because they are never used.

    Their attributes are all `object`, so that classes can be derived from it. Modules already loaded stay.
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
    """Disable garbage collection in the block, for work that allocates much and leaves no reference cycles.

    Reading an issue creates tens of thousands of small objects that live until its end; collections would scan them
    repeatedly and take an eighth of the time. Threads may run such blocks concurrently: when all have ended, the
    collector is restored.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def give_memory_back() -> None:
    """Make glibc return freed memory to the system; must be called before threads start.

    By default it has a heap per thread and keeps free blocks up to the size of the largest block that was ever freed:
    2.4 MB in an idle bot.
    """
    import ctypes

    try:
        # Only glibc has mallopt; other C libraries are left alone.
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in _MALLOC_OPTIONS.items():
        set_option(option, value)


def favour_the_loop() -> None:
    """Reduce how long other threads and garbage collection block the event loop; call it once all is loaded.

    Search threads release the interpreter lock every millisecond instead of every five, which halved the loop's longest
    wait during an import. A full collection takes 20 to 50 ms; with a higher threshold it runs a fourteenth as often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    sys.setswitchinterval(0.001)


def worker(memory_limit: int | None = None) -> Executor:
    """Return a pool of one process, which starts with its first task; see `prepare`.

    If the process dies during a task, the task raises concurrent.futures.BrokenExecutor.
    """
    # Imported here: 0.4 MB that most bots need only at their first start and when an issue arrives.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=prepare, initargs=(memory_limit,))


def prepare(memory_limit: int | None = None) -> None:
    """Prepare the worker process: leave Ctrl-C to the parent, end with it, and run at a lower priority.

    `memory_limit` bounds its address space in bytes, where the system supports that.
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
    """Return the seconds since this process started; except on Linux, since this module was loaded."""
    try:
        # proc(5), /proc/pid/stat: field 22 is the start in ticks after boot; the name in field 2 can have spaces
        fields = Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()
        started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started_s)
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic() - _LOADED_S
