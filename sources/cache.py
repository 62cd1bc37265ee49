"""The cache folder with copies of repositories and states of folders. It may be deleted at any time."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import time
from pathlib import Path

log = logging.getLogger(__name__)

MAX_CACHE_BYTES = 5_000_000_000
_IN_USE_S = 2 * 86_400.0  # nearly all newsletters are polled at least every day


def prune(folder: Path, kept: dt.timedelta | None) -> None:
    """Delete copies unused for `kept` (None: keep them); beyond 5 GB also the least recently used ones.

    Copies used within the last two days are only deleted if they were unused for `kept`. Several Heralds may share the
    folder, so only the time of last use shows what is unused.
    """
    copies = sorted((_used_at(copy), copy) for copy in (*folder.glob("*.git"), *folder.glob("folder-*")))
    total = sum(folder_bytes(copy) for _, copy in copies)
    now = time.time()
    for used_at, copy in copies:
        unused_s = now - used_at
        is_wanted = kept is None or unused_s < kept.total_seconds()
        if is_wanted and (total <= MAX_CACHE_BYTES or unused_s < _IN_USE_S):
            continue
        size = folder_bytes(copy)
        log.info('unused repository copy deleted path="%s" bytes=%d', copy, size)
        # Another Herald that shares the folder may be deleting it at the same moment.
        shutil.rmtree(copy, ignore_errors=True)
        total -= size


def folder_bytes(folder: Path) -> int:
    """Return the total size of all files below a folder in bytes; files deleted meanwhile count as 0."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total


def _used_at(copy: Path) -> float:
    times: list[float] = [0.0]
    for path in (copy, copy / "HEAD"):
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    return max(times)
