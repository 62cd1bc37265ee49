"""Changes to a bot of the bench, made in its own process before it starts: moments to die at, and promises to break.

The product knows nothing of them. A die point is `module:Class.function:before|after|pause:N`: the process kills itself
at the N-th call of that function, before it begins or after it returned; or it stops itself before that begins, until
somebody lets it go on.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import secrets
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

Call = Callable[..., Awaitable[Any]]

DIE_POINTS = (
    "storage.outbox:Outbox.claim_next:after",  # it says `sending`, no request has left
    "storage.outbox:Outbox.claim_next:before",
    "delivery.requests:carry_out:before",
    "delivery.requests:carry_out:after",  # Discord did it, nothing is recorded but by the echo
    "delivery.requests:open_thread:before",  # a header without its thread
    "delivery.requests:open_thread:after",
    "storage.outbox:Outbox.sent:before",  # neither the answer nor the echo is recorded
    "storage.outbox:Outbox.sent:after",
    "storage.outbox:Outbox.plan:before",
    "storage.outbox:Outbox.plan:after",
    "storage.outbox:Outbox.echoed:before",
    "storage.archive:Archive.rename:after",
    "storage.archive:Archive.miss:after",
    "storage.held:HeldChanges.carry_out:before",
    "storage.held:HeldChanges.carry_out:after",
    "storage.archive:Archive.store:after",
    "storage.archive:Archive.set_revision:before",
    "storage.archive:Archive.set_revision:after",
    "storage.subscriptions:Subscriptions.backfilled:before",
)

MIGRATION_POINTS = (
    "storage.migrate:back_up:before:1",
    "storage.migrate:back_up:after:1",
    "alembic.command:upgrade:before:1",
    "alembic.command:upgrade:after:1",  # all done, nothing committed
    "storage.database:Database.set_setting:before:1",
    "storage.archive:Archive.store:after:2",
)


def die_at(point: str) -> None:
    """Let this process kill itself at a die point."""
    module_name, path, when, number = point.split(":")
    holder: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    original: Any = getattr(holder, name)
    left = int(number)

    def begins() -> bool:
        nonlocal left
        left -= 1
        is_last = left == 0  # others may be called while this one is under way
        if is_last and when != "after":
            os.kill(os.getpid(), signal.SIGKILL if when == "before" else signal.SIGSTOP)
        return is_last

    def ends(*, is_last: bool) -> None:
        if is_last and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(original)
    def dying_at_once(*args: Any, **options: Any) -> Any:
        is_last = begins()
        result = original(*args, **options)
        ends(is_last=is_last)
        return result

    @functools.wraps(original)
    async def dying(*args: Any, **options: Any) -> Any:
        is_last = begins()
        result = await original(*args, **options)
        ends(is_last=is_last)
        return result

    setattr(holder, name, dying if inspect.iscoroutinefunction(original) else dying_at_once)


def fill_disk_while(flag: Path) -> None:
    """While the file `flag` exists SQLite finds no room: as on a full disk, its error is SQLITE_FULL."""
    from storage.sqlite import SqliteDatabase

    original = SqliteDatabase.transaction

    @asynccontextmanager
    async def transaction(self: SqliteDatabase) -> AsyncGenerator[AsyncConnection]:
        async with original(self) as connection:
            is_full = flag.exists()  # noqa: ASYNC240 -- a look at one name
            pages = 1 if is_full else 1 << 30  # never below what is in use: growing fails, the rest works
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            yield connection

    SqliteDatabase.transaction = transaction


def _replace(holder: Any, name: str, replacement: object) -> None:
    """Put something else in place of what the product uses. Raises AttributeError if it uses no such thing."""
    getattr(holder, name)
    setattr(holder, name, replacement)


def _no_nonce() -> None:
    """Each attempt has a nonce of its own, as discord.py makes them."""
    from delivery import requests

    original: Call = requests.carry_out

    async def carry_out(place: Any, delivery: Any, *args: Any) -> Any:
        from dataclasses import replace

        return await original(place, replace(delivery, nonce=secrets.token_hex(8)), *args)

    _replace(requests, "carry_out", carry_out)


def _no_readback() -> None:
    """Nothing is ever found by reading back."""
    from delivery import courier

    async def read_back(*_: Any) -> None:
        return None

    _replace(courier, "read_back", read_back)


def _record_first() -> None:
    """Let a delivery count as sent before its request leaves."""
    from delivery.courier import Courier
    from storage.records import Action

    original: Call = getattr(Courier, "_attempt")  # noqa: B009

    async def attempt(self: Any, delivery: Any, **options: Any) -> None:
        if delivery.action is Action.POST:
            await self._outbox.sent(delivery.id, None, now=self._clock())
        await original(self, delivery, **options)

    _replace(Courier, "_attempt", attempt)


def _no_adoption() -> None:
    """Never recognise what is in a channel and unknown to the ledger."""
    from delivery.matching import Matcher

    async def match_among(*_: Any) -> None:
        return None

    _replace(Matcher, "match_among", match_among)


def _no_brake() -> None:
    """Whatever is gone from a source is taken back at once."""
    from pipeline import importer

    def is_bulk_removal(*_: Any) -> bool:
        return False

    _replace(importer, "is_bulk_removal", is_bulk_removal)


def _always(answer: object) -> Callable[..., object]:
    """Return a function that answers so whatever it is asked."""

    def answering(*_: object) -> object:
        return answer

    return answering


def _no_filter() -> None:
    """Every filter lets every item through."""
    from storage.options import Options

    _replace(Options, "wants_item", _always(True))


def _no_quiet_hours() -> None:
    """Post at any hour."""
    from storage.options import Options

    _replace(Options, "quiet_until", _always(None))


def _no_withdrawals() -> None:
    """Forget what an admin took back once its issue changes."""
    from storage.withdrawals import Withdrawals

    _replace(Withdrawals, "of", _always(None))
    _replace(Withdrawals, "hides", _always(None))


def _no_corrections() -> None:
    """Leave what is posted once as it is."""
    from storage import lifecycle

    original = lifecycle.want

    def want(life: Any, wanted: Any, **_: bool) -> Any:
        return original(life, wanted)

    _replace(lifecycle, "want", want)


def _last_first() -> None:
    """Post first what was planned last."""
    from storage import planning

    original: Call = planning.next_rank

    async def next_rank(connection: AsyncConnection) -> int:
        return -int(await original(connection))

    _replace(planning, "next_rank", next_rank)


def _lease(lease_s: float, every_s: float, request_s: float) -> None:
    from storage.postgres import database, membership

    membership.LEASE_S, membership.EVERY_S, membership.REQUEST_S, membership.IDLE_S = (
        lease_s, every_s, request_s, lease_s,
    )  # fmt: skip
    database.PostgresDatabase.request_limit_s = request_s


def _quick_lease() -> None:
    """Shorten the lease of a process on a server, so that others take over soon; it breaks nothing."""
    _lease(3.0, 0.3, 2.0)


def _slow_heart() -> None:
    """Renew the lease late, and let requests last as long as it: one may be out long after others took over; it breaks
    nothing.
    """
    _lease(6.0, 5.0, 6.0)


def _no_fence() -> None:
    """Never notice that another process has taken over."""
    from storage.postgres.membership import Membership

    async def check(*_: Any) -> None:
        return None

    def may_act(self: Membership, duty: str) -> bool:
        return not duty or duty in self._held  # pyright: ignore[reportPrivateUsage]

    async def seen(self: Membership) -> None:
        async with self.begin() as connection:
            await connection.exec_driver_sql(
                f"UPDATE processes SET seen_at = clock_timestamp() WHERE epoch = {self.epoch}"
            )

    _replace(Membership, "check", check)
    _replace(Membership, "may_act", may_act)
    _replace(Membership, "_seen", seen)


def _no_wait() -> None:
    """Settle at once what the process before left open."""
    from storage.postgres.membership import Membership

    def unsettled_s(*_: Any) -> float:
        return 0.0

    _replace(Membership, "unsettled_s", unsettled_s)


def _no_timeline() -> None:
    """Never notice that a standby took over."""
    from storage.postgres import membership

    async def current_timeline(*_: Any) -> str:
        return ""

    _replace(membership, "current_timeline", current_timeline)


MUTATIONS: dict[str, Callable[[], None]] = {
    "last-first": _last_first,
    "no-adoption": _no_adoption,
    "no-brake": _no_brake,
    "no-corrections": _no_corrections,
    "no-fence": _no_fence,
    "no-filter": _no_filter,
    "no-nonce": _no_nonce,
    "no-quiet-hours": _no_quiet_hours,
    "no-readback": _no_readback,
    "no-timeline": _no_timeline,
    "no-wait": _no_wait,
    "no-withdrawals": _no_withdrawals,
    "quick-lease": _quick_lease,
    "record-first": _record_first,
    "slow-heart": _slow_heart,
}
