"""When a header whose items are being posted is refreshed: soon at first, seldomer later, at once in the end."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.archive import Archive
from storage.database import Database
from storage.headers import BETWEEN, SELDOMEST
from storage.outbox import Outbox
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

pytestmark = pytest.mark.both_engines
CHANNEL = 7


@pytest.mark.parametrize(
    ("lasts_s", "waits"),
    [(0, BETWEEN), (3, BETWEEN), (60, dt.timedelta(minutes=1)), (7_200, SELDOMEST)],
)
async def test_the_longer_an_issue_is_being_posted_the_seldomer_its_header_is_refreshed(
    db: Database, make, now: dt.datetime, lasts_s: int, waits: dt.timedelta
) -> None:
    outbox = Outbox(db)
    await Subscriptions(db).add(Follow(newsletter="N", channel=CHANNEL), now=now)
    [issue] = await Archive(db).store("N", [(make.issue("a", "b", "c", path="1.md"), now)], now=now)
    await outbox.plan(issue.id, now=now)
    later = now + dt.timedelta(seconds=lasts_s)

    async def post(message_id: int) -> None:
        claimed = await outbox.claim_next(CHANNEL, now=later)
        assert claimed is not None
        await outbox.sent(claimed.id, message_id, now=later)

    await post(1)
    assert not (await outbox.outlook(CHANNEL, now=later + SELDOMEST)).has_stale_header
    await post(2)
    await post(3)
    assert await outbox.claim_header(CHANNEL, now=later + waits - dt.timedelta(seconds=1)) is None
    assert (await outbox.outlook(CHANNEL, now=later + waits)).has_stale_header
    await post(4)
    header = await outbox.claim_header(CHANNEL, now=later)
    assert header is not None
    assert header.item_id is None
