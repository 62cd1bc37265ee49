"""What a running Herald does by itself: an audit each night and one after a backup was put back, and forgetting what
the log of decisions has kept long enough.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.auditing import Auditor, Difference
from app.metrics import Metrics
from clock import utc_now
from delivery.pacing import EDIT, urgency
from errors import HeraldError
from logs import incident
from storage.adoption import FoundMessages
from storage.history import History

log = logging.getLogger(__name__)

EVERY_S = 24 * 3_600.0
LIMIT_S = 3_600.0
RESTORED_DAYS = 90  # that are compared after a backup was put back
LOOK_S = 10.0  # between two looks whether one was, or whether what it lacks was adopted


async def prune_nightly(history: History, keeps: Callable[[], dt.timedelta | None], every_s: float = EVERY_S) -> None:
    """Forget decisions that are older than `keeps()` (None: none is) at once, then every `every_s` until cancelled."""
    while True:
        if (kept := keeps()) is not None:
            try:
                count = await history.prune(utc_now() - kept)
                log.info("old decisions forgotten count=%d", count)
            except HeraldError as error:
                log.warning('old decisions not forgotten reason="%s"', error)
        await asyncio.sleep(every_s * random.uniform(0.95, 1.05))  # noqa: S311 -- spreads load only


async def audit_nightly(auditor: Auditor, metrics: Metrics, every_s: float = EVERY_S) -> None:
    """Audit once every `every_s` until cancelled, and correct messages that show an old text."""

    async def audit() -> None:
        found = await auditor.differences()
        await auditor.mend([one for one in found if one.kind == "old text"])
        auditor.client.dispatch("deliveries_due")
        report(found, metrics)

    while True:
        await asyncio.sleep(every_s * random.uniform(0.95, 1.05))  # noqa: S311 -- spreads load only
        await _bounded(audit)


async def compare_restored(
    auditor: Auditor, found: FoundMessages, is_taken_in: Callable[[], bool], every_s: float = LOOK_S
) -> None:
    """Whenever a backup was put back, make the channels true to it, until cancelled.

    They are compared once each newsletter was looked at (`is_taken_in`) and all that was owed is adopted or posted.
    Stories that are removed before they can be adopted are taken back whenever that happens.
    """
    auditor = replace(auditor, days=RESTORED_DAYS)
    checked: set[int] = set()

    async def compare() -> None:
        if not auditor.client.is_ready() or not is_taken_in():
            return
        is_restored, is_anything_left = await found.is_restored(), bool(await found.places())
        if not (is_restored or is_anything_left):
            return
        if await auditor.outbox.oldest_pending_at(now=auditor.clock()) is not None:
            return
        await auditor.take_back(checked)
        if is_restored:
            for one in await auditor.mend_restored():
                log.info('restored kind="%s" place="%s" what="%s" done="%s"', one.kind, one.place, one.text, one.mended)
            await found.compared()
            auditor.client.dispatch("deliveries_due")

    while True:
        await asyncio.sleep(every_s)
        await _bounded(compare)


async def _bounded(work: Callable[[], Awaitable[None]]) -> None:
    """Do it behind all that people wait for; what goes wrong is logged, and tried again the next time."""
    try:
        async with asyncio.timeout(LIMIT_S):
            with urgency(EDIT):
                await work()
    except (HeraldError, TimeoutError) as error:
        log.warning('audit not finished reason="%s"', error or "it took too long")
    except Exception:
        log.exception("audit failed incident=%s", incident())


def report(found: list[Difference], metrics: Metrics) -> None:
    """Log each difference that nobody explains, and count all."""
    open_ones = [one for one in found if one.is_open]
    for one in open_ones:
        log.warning(
            'audit difference kind="%s" newsletter="%s" place="%s" what="%s"',
            one.kind, one.newsletter, one.place, one.text,
        )  # fmt: skip
    log.info("audited differences=%d explained=%d", len(open_ones), len(found) - len(open_ones))
    metrics.differences.labels("open").set(len(open_ones))
    metrics.differences.labels("explained").set(len(found) - len(open_ones))
