"""Telling systemd how Herald is doing: ready, alive, reloading, stopping (sd_notify(3)).

Does nothing where the service manager did not ask for it by NOTIFY_SOCKET.
"""

from __future__ import annotations

import logging
import os
import socket
import time

log = logging.getLogger(__name__)


def notify(*states: str) -> bool:
    """Send states such as `READY=1` to the service manager; False if there is none to hear them."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # Linux' abstract namespace
        address = f"\0{address[1:]}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            # The event loop waits here: the manager takes it at once, or something is wrong with it.
            channel.settimeout(1.0)
            channel.sendto("\n".join(states).encode(), address)
    except OSError as error:
        log.warning("service manager not reached error=%s", error)
        return False
    return True


def standing(servers: int | None, *, is_connected: bool, is_faulty: bool) -> str:
    """Return how a process is doing; `servers` is None where it only watches, `is_faulty` is of its configuration."""
    told = "watching" if servers is None else f"connected, servers: {servers}"
    if not is_connected:
        told = "not connected to Discord"
    return f"{told}; the configuration was not reloaded, see the log" if is_faulty else told


def up_without_discord(reason: str) -> None:
    """Tell the service manager that the start is over: it would end a process that waits for Discord for longer than
    a start may take, again and again.
    """
    notify("READY=1", f"STATUS={reason}")


def reloading() -> None:
    """Say that the configuration is being read again; `notify("READY=1")` ends it."""
    now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
    notify("RELOADING=1", f"MONOTONIC_USEC={now_us}")


def watchdog_s() -> float | None:
    """How often the service manager wants a sign of life, in seconds; None if it does not."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    # Variables are inherited: a process that was started by the watched one is not watched itself.
    if not usec.isdecimal() or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
