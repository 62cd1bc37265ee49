"""Background jobs of a running Herald: a nightly audit, an audit after a restore, and pruning of old data."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from app.auditing import Auditor, Difference
from app.metrics import Metrics
from clock import utc_now
from config.settings import Config
from delivery.pacing import EDIT, urgency
from errors import HeraldError
from logs import incident
from sources.cache import prune
from storage.adoption import FoundMessages
from storage.alert_outbox import AlertOutbox
from storage.database import Database
from storage.history import History

log = logging.getLogger(__name__)

EVERY_S = 24 * 3_600.0
FIRST_S = 60.0  # after the start, which has more urgent work
LIMIT_S = 3_600.0
RESTORED_DAYS = 90  # days compared after a restored backup
LOOK_S = 10.0  # between two checks for a restored backup, and for the adoption of its missing messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Housekeeping:
    """Deletes data past its configured retention, and frees its space."""

    config: Callable[[], Config]
    db: Database
    history: History
    alerts: AlertOutbox

    async def tidy(self) -> None:
        """Prune once. Raises StorageError if the database is not writable."""
        config, now = self.config(), utc_now()
        decisions = await self.history.prune(now - config.keep_decisions) if config.keep_decisions is not None else 0
        alerts = await self.alerts.tidy(now - config.keep_alerts if config.keep_alerts is not None else None)
        await asyncio.to_thread(prune, config.cache, config.keep_cache)
        freed = await self.db.trim()
        log.info("old data forgotten decisions=%d alerts=%d freed_bytes=%d", decisions, alerts, freed)


async def tidy_nightly(housekeeping: Housekeeping, first_s: float = FIRST_S, every_s: float = EVERY_S) -> None:
    """Prune soon after the start, then every `every_s`, until cancelled."""
    await asyncio.sleep(first_s)
    while True:
        await _bounded(housekeeping.tidy, "housekeeping")
        await asyncio.sleep(every_s * random.uniform(0.95, 1.05))  # noqa: S311 -- spreads load only


async def audit_nightly(auditor: Auditor, metrics: Metrics, every_s: float = EVERY_S) -> None:
    """Audit every `every_s` until cancelled, and correct messages with an old text."""

    async def audit() -> None:
        found = await auditor.differences()
        await auditor.mend([one for one in found if one.kind == "old text"])
        auditor.client.dispatch("deliveries_due")
        report(found, metrics)

    while True:
        await asyncio.sleep(every_s * random.uniform(0.95, 1.05))  # noqa: S311 -- spreads load only
        await _bounded(audit, "audit")


async def compare_restored(
    auditor: Auditor, found: FoundMessages, is_taken_in: Callable[[], bool], every_s: float = LOOK_S
) -> None:
    """Bring the channels in line with each restored backup, until cancelled.

    They are compared once each newsletter was polled (`is_taken_in`) and all pending deliveries are adopted or posted.
    Items that are removed before their messages are adopted are withdrawn when that happens.
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
                log.info(
                    'audit repaired kind="%s" place="%s" what="%s" done="%s"', one.kind, one.place, one.text, one.mended
                )
            await found.compared()
            auditor.client.dispatch("deliveries_due")

    while True:
        await asyncio.sleep(every_s)
        await _bounded(compare, "audit")


async def _bounded(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Run a job at low urgency with a time limit; log failures, which are retried the next time."""
    try:
        async with asyncio.timeout(LIMIT_S):
            with urgency(EDIT):
                await work()
    except (HeraldError, TimeoutError) as error:
        log.warning('%s not finished reason="%s"', name, error or "it took too long")
    except Exception:
        log.exception("%s failed incident=%s", name, incident())


def report(found: list[Difference], metrics: Metrics) -> None:
    """Log each unexplained difference, and count all."""
    open_ones = [one for one in found if one.is_open]
    for one in open_ones:
        log.warning(
            'audit difference kind="%s" newsletter="%s" place="%s" what="%s"',
            one.kind, one.newsletter, one.place, one.text,
        )  # fmt: skip
    log.info("audit finished differences=%d explained=%d", len(open_ones), len(found) - len(open_ones))
    metrics.differences.labels("open").set(len(open_ones))
    metrics.differences.labels("explained").set(len(found) - len(open_ones))
