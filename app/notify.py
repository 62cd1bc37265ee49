"""Reports Herald's state to systemd: ready, alive, reloading, stopping (sd_notify(3)).

Does nothing unless the service manager asks for it by setting NOTIFY_SOCKET.
"""

from __future__ import annotations

import logging
import os
import socket
import time

log = logging.getLogger(__name__)


def notify(*states: str) -> bool:
    """Send states such as `READY=1` to the service manager; return False if it was not reached."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # Linux's abstract namespace
        address = f"\0{address[1:]}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            # This blocks the event loop, but a working service manager accepts it immediately.
            channel.settimeout(1.0)
            channel.sendto("\n".join(states).encode(), address)
    except OSError as error:
        log.warning("service manager not reached error=%s", error)
        return False
    return True


def standing(servers: int | None, *, is_connected: bool, is_faulty: bool) -> str:
    """Return a process's status line. `servers` is None if it only watches; `is_faulty` concerns its configuration."""
    told = "watching" if servers is None else f"connected, servers: {servers}"
    if not is_connected:
        told = "not connected to Discord"
    return f"{told}; the configuration was not reloaded, see the log" if is_faulty else told


def up_without_discord(reason: str) -> None:
    """Report readiness without Discord: a wait beyond the start timeout would get the process killed repeatedly."""
    notify("READY=1", f"STATUS={reason}")


def reloading() -> None:
    """Report that the configuration is being reloaded; `notify("READY=1")` ends it."""
    now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
    notify("RELOADING=1", f"MONOTONIC_USEC={now_us}")


def watchdog_s() -> float | None:
    """Return the service manager's watchdog interval in seconds; None if it has none."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    # The variables are inherited: a child of the watched process is not watched itself.
    if not usec.isdecimal() or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
