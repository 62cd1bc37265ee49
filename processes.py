"""How a process that works for Herald behaves: it never outlives its parent, and stands back behind it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


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
