"""What a running Herald does once a night: an audit of the last days, told only where something differs."""

from __future__ import annotations

import asyncio
import logging
import random

from app.auditing import Auditor, Difference
from app.metrics import Metrics
from delivery.pacing import EDIT, urgency
from errors import HeraldError
from logs import incident

log = logging.getLogger(__name__)

EVERY_S = 24 * 3_600.0
LIMIT_S = 3_600.0


async def audit_nightly(auditor: Auditor, metrics: Metrics, every_s: float = EVERY_S) -> None:
    """Audit once every `every_s` until cancelled; nothing is mended."""
    while True:
        await asyncio.sleep(every_s * random.uniform(0.95, 1.05))  # noqa: S311 -- spreads load only
        try:
            async with asyncio.timeout(LIMIT_S):
                with urgency(EDIT):
                    found = await auditor.differences()
        except (HeraldError, TimeoutError) as error:
            log.warning('audit not finished reason="%s"', error or "it took too long")
            continue
        except Exception:
            log.exception("audit failed incident=%s", incident())
            continue
        report(found, metrics)


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
