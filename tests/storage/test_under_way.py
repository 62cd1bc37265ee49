"""A post is recorded once, by Discord's answer or by the gateway's echo, whichever is first."""

from __future__ import annotations

import datetime as dt

import pytest

from delivery.under_way import UnderWay
from storage.archive import Archive
from storage.database import Database
from storage.outbox import Outbox
from storage.records import Delivery, State
from storage.subscriptions import Subscriptions
from storage.wishes import Follow


class CountingOutbox(Outbox):
    """An outbox that counts how often a post is recorded."""

    recorded = 0

    async def sent(self, *given, **more) -> bool:
        self.recorded += 1
        return await super().sent(*given, **more)


@pytest.fixture
def outbox(db: Database) -> CountingOutbox:
    return CountingOutbox(db)


@pytest.fixture
def under_way(outbox: CountingOutbox, now: dt.datetime) -> UnderWay:
    return UnderWay(outbox, lambda: now)


@pytest.fixture
async def claimed(db: Database, outbox: CountingOutbox, make, now: dt.datetime) -> Delivery:
    await Subscriptions(db).add(Follow(newsletter="N", channel=7), now=now)
    [issue] = await Archive(db).store("N", [(make.issue("a", path="1.md"), now)], now=now)
    await outbox.plan(issue.id, now=now)
    found = await outbox.claim_next(7, now=now)
    assert found is not None
    return found


@pytest.mark.parametrize("is_echoed_first", [True, False])
async def test_the_second_to_tell_records_nothing(
    under_way: UnderWay, outbox: CountingOutbox, claimed: Delivery, is_echoed_first: bool
) -> None:
    with under_way.request(claimed, "hash") as request:
        if is_echoed_first:
            await under_way.echoed(claimed.mark, 5)
        assert await under_way.answered(request, 5, None)
        await under_way.echoed(claimed.mark, 5)
    stored = await outbox.delivery(claimed.id)
    assert stored is not None
    assert (outbox.recorded, stored.state, stored.message_id, stored.content_hash) == (1, State.SENT, 5, "hash")


async def test_an_answer_that_names_another_message_than_the_echo_is_a_double(
    under_way: UnderWay, claimed: Delivery
) -> None:
    with under_way.request(claimed, "hash") as request:
        await under_way.echoed(claimed.mark, 5)
        assert not await under_way.answered(request, 6, None)


async def test_an_echo_is_enough_where_no_answer_comes(
    under_way: UnderWay, outbox: CountingOutbox, claimed: Delivery
) -> None:
    with under_way.request(claimed, "hash"):
        await under_way.echoed(claimed.mark, 5)
    stored = await outbox.delivery(claimed.id)
    assert stored is not None
    assert (stored.state, stored.message_id) == (State.SENT, 5)


async def test_an_echo_of_a_request_that_may_not_be_the_first_leaves_the_text_open(
    under_way: UnderWay, outbox: CountingOutbox, claimed: Delivery
) -> None:
    with under_way.request(claimed, None):
        await under_way.echoed(claimed.mark, 5)
    stored = await outbox.delivery(claimed.id)
    assert stored is not None
    assert (stored.state, stored.message_id, stored.content_hash) == (State.SENT, 5, None)


@pytest.mark.parametrize(("channel", "is_known"), [(7, True), (8, False)])
async def test_a_request_tells_of_messages_in_its_own_channel_alone(
    outbox: CountingOutbox, claimed: Delivery, channel: int, is_known: bool
) -> None:
    """After a backup was put back, a new delivery may have been given the number of a message in another channel."""
    unknown = await outbox.found.unknown(channel, {4711: claimed.mark})
    assert (4711 not in unknown) == is_known


async def test_up_to_where_each_channel_is_known(outbox: CountingOutbox, claimed: Delivery, now: dt.datetime) -> None:
    assert await outbox.found.boundaries() == {}
    await outbox.sent(claimed.id, 900, now=now)
    await outbox.found.keep([], 8, until=77, now=now)
    assert await outbox.found.boundaries() == {claimed.channel_id: 900, 8: 77}
    await outbox.found.keep([], claimed.channel_id, until=901, now=now)
    assert await outbox.found.boundaries() == {claimed.channel_id: 901, 8: 77}
