"""How a process that works for Herald behaves: it never outlives its parent, and stands back behind it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait
from pathlib import Path

_LOADED_S = time.monotonic()


def prepare(memory_limit: int | None = None) -> None:
    """In the worker, before its first work: leave Ctrl-C to the parent, end when it ends, step back behind it.

    `memory_limit` bounds its address space, in bytes, where the system can.
    """
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
