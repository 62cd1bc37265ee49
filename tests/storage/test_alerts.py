"""Alerts: what members want, what matches, and the life of the messages owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from search import alert_matching
from search.alert_matching import AlertMatcher
from search.query import Parsed
from storage.alert_outbox import AlertDelivery, AlertOutbox, Unmatched
from storage.alerts import PER_MEMBER, Alert, Alerts
from storage.archive import Archive
from storage.database import Database
from storage.outbox import Outbox
from storage.records import Gate, State
from storage.scope import Scope

ALL = Scope.everything()

ANN, BOB, SERVER = 11, 22, 33
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def alerts(db: Database) -> Alerts:
    return Alerts(db)


@pytest.fixture
def alert_outbox(db: Database) -> AlertOutbox:
    return AlertOutbox(db)


@pytest.fixture
async def matcher(db: Database, now: dt.datetime) -> AsyncIterator[AlertMatcher]:
    found = AlertMatcher(db, now=lambda: now)
    yield found
    await found.close()


async def released(archive: Archive, outbox: Outbox, make, now: dt.datetime, *names: str, path: str = "a.md") -> int:
    """An issue that came and was released at `now`."""
    [stored] = await archive.store("Tech", [(make.issue(*names, path=path), None)], now=now)
    await outbox.plan(stored.id, now=now)
    return stored.id


async def planned(alert_outbox: AlertOutbox, matcher: AlertMatcher, now: dt.datetime, *servers: int) -> int:
    """Compare the one issue that has something new; returns how many messages that makes."""
    [unmatched] = await alert_outbox.unmatched(now=now)
    awaiting = await alert_outbox.awaiting(frozenset(servers or {SERVER}), unmatched)
    matches = await matcher.matches(ALL, unmatched, awaiting)
    return await alert_outbox.plan(unmatched.issue_id, matches, now=now)


async def add(alerts: Alerts, user_id: int, query: str, now: dt.datetime) -> Alert:
    added = await alerts.add(user_id, SERVER, query, now=now)
    assert added is not None
    return added


async def test_the_same_wish_twice_is_one_and_there_is_a_limit(alerts: Alerts, now: dt.datetime) -> None:
    first = await add(alerts, ANN, "Otter", now)
    assert await add(alerts, ANN, "otter", now) == first
    for number in range(PER_MEMBER - 1):
        await add(alerts, ANN, f"word {number}", now)
    assert await alerts.add(ANN, SERVER, "one more", now=now) is None
    assert await alerts.add(ANN, SERVER, "OTTER", now=now) == first
    assert (await add(alerts, BOB, "otter", now)).user_id == BOB
    assert len(await alerts.of(ANN)) == PER_MEMBER


@pytest.mark.both_engines
async def test_only_ones_own_alerts_are_removed(alerts: Alerts, now: dt.datetime) -> None:
    mine, other = await add(alerts, ANN, "otter", now), await add(alerts, BOB, "otter", now)
    assert await alerts.remove(ANN, [mine.id, other.id]) == [mine]
    assert (await alerts.of(ANN), await alerts.of(BOB)) == ([], [other])


async def test_matching_asks_for_all_words_and_keeps_to_the_new_issue(
    alerts: Alerts, matcher: AlertMatcher, archive: Archive, outbox: Outbox, make, now: dt.datetime
) -> None:
    await archive.store("Tech", [(make.issue("otter", "badger", path="old.md"), None)], now=now, first_gate=_filed)
    for query in (
        "otter",
        "otter badger",
        '"happened to otter"',
        "happened -otter",
        "in:tech section:news otter",
        "ott*",
    ):
        await add(alerts, ANN, query, now)
    await add(alerts, ANN, "otter site:elsewhere.example", now)
    await add(alerts, ANN, "ottre", now)  # a slip is repaired in a search, not here
    issue_id = await released(archive, outbox, make, now + HOUR, "otter", "badger")
    found = await matcher.matches(ALL, Unmatched(issue_id, "Tech", now), await alerts.of(ANN))
    items = {record.item.id: record.id for record in await archive.items(ALL, issue_id)}
    assert {alert.query: list(ids) for alert, ids in found[ANN]} == {
        "otter": [items["otter"]],
        '"happened to otter"': [items["otter"]],
        "happened -otter": [items["badger"]],
        "in:tech section:news otter": [items["otter"]],
        "ott*": [items["otter"]],
    }


async def test_an_alert_that_cannot_be_asked_keeps_no_other_from_being_told(
    alerts: Alerts,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real = alert_matching.parse

    def parse(query: str) -> Parsed:
        if query == "poison":
            raise RecursionError
        return real(query)

    monkeypatch.setattr(alert_matching, "parse", parse)
    for query in ("otter", "poison", "badger"):
        await add(alerts, ANN, query, now)
    issue_id = await released(archive, outbox, make, now + HOUR, "otter", "badger")
    found = await matcher.matches(ALL, Unmatched(issue_id, "Tech", now), await alerts.of(ANN))
    assert [alert.query for alert, _ in found[ANN]] == ["otter", "badger"]
    assert "alert cannot be matched" in caplog.text


def _filed(issue: object) -> Gate:
    del issue
    return Gate.FILED


async def test_only_what_is_released_after_the_wish_counts(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
) -> None:
    await released(archive, outbox, make, now - HOUR, "otter", path="before.md")
    assert await alert_outbox.unmatched(now=now) == []  # nobody waits for anything
    await add(alerts, ANN, "otter", now)
    await archive.store("Tech", [(make.issue("otter", path="filed.md"), None)], now=now, first_gate=_filed)
    await archive.store("Tech", [(make.issue("otter", path="waiting.md"), None)], now=now)
    after = await released(archive, outbox, make, now + HOUR, "otter", path="after.md")
    await add(alerts, BOB, "otter", now + 2 * HOUR)
    [unmatched] = await alert_outbox.unmatched(now=now + 2 * HOUR)
    assert unmatched == Unmatched(after, "Tech", now + HOUR)
    assert [alert.user_id for alert in await alert_outbox.awaiting(frozenset({SERVER}), unmatched)] == [ANN]
    assert await alert_outbox.unmatched(now=now + dt.timedelta(days=8)) == []  # no news any more


async def test_each_issue_is_planned_once(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
) -> None:
    await add(alerts, ANN, "otter", now)
    await add(alerts, ANN, "happened", now)
    gone = await add(alerts, BOB, "otter", now)
    issue_id = await released(archive, outbox, make, now, "otter", "badger")
    [unmatched] = await alert_outbox.unmatched(now=now)
    matches = await matcher.matches(ALL, unmatched, await alert_outbox.awaiting(frozenset({SERVER}), unmatched))
    await alerts.remove(BOB, [gone.id])
    assert await alert_outbox.plan(issue_id, matches, now=now) == 1
    assert await alert_outbox.plan(issue_id, matches, now=now) == 0
    assert await alert_outbox.unmatched(now=now) == []
    claimed = await claim(alert_outbox, now)
    items = [record.id for record in await archive.items(ALL, issue_id)]
    assert claimed.matches == (("otter", (items[0],)), ("happened", tuple(items)))
    assert claimed.item_ids == tuple(items)
    assert (claimed.user_id, claimed.guild_id, claimed.attempts, claimed.state) == (ANN, SERVER, 1, State.SENDING)
    assert await alert_outbox.claim_next(now=now) is None


async def added(archive: Archive, make, now: dt.datetime, *names: str) -> None:
    """The issue's author adds items: `names` are all that it has then."""
    await archive.store("Tech", [(make.issue(*names, path="a.md"), None)], now=now)


@pytest.mark.both_engines
async def test_what_is_added_later_is_told_too_and_nothing_twice(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
) -> None:
    await add(alerts, ANN, "happened", now)
    await add(alerts, BOB, "badger", now)
    issue_id = await released(archive, outbox, make, now, "otter")
    assert await planned(alert_outbox, matcher, now) == 1
    first = await claim(alert_outbox, now)
    await alert_outbox.sent(first, 1, now=now, is_direct=True)
    await added(archive, make, now + HOUR, "otter", "badger")
    assert await planned(alert_outbox, matcher, now + HOUR) == 2
    assert await alert_outbox.unmatched(now=now + HOUR) == []
    items = [record.id for record in await archive.items(ALL, issue_id)]
    told = [await claim(alert_outbox, now + HOUR) for _ in range(2)]
    assert {(one.user_id, one.item_ids) for one in told} == {(ANN, (items[1],)), (BOB, (items[1],))}
    assert len({first.mark, *(one.mark for one in told)}) == 3
    # what is seen twice, for a look and an addition came at once, is told once
    again = Unmatched(issue_id, "Tech", now + HOUR, frozenset(items))
    matches = await matcher.matches(ALL, again, await alert_outbox.awaiting(frozenset({SERVER}), again))
    assert await alert_outbox.plan(issue_id, matches, now=now + HOUR) == 0


@pytest.mark.both_engines
async def test_what_is_added_while_a_message_waits_joins_it(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
) -> None:
    await add(alerts, ANN, "happened", now)
    await released(archive, outbox, make, now, "otter")
    assert await planned(alert_outbox, matcher, now) == 1
    await added(archive, make, now + HOUR, "otter", "badger")
    assert await planned(alert_outbox, matcher, now + HOUR) == 0
    assert len((await claim(alert_outbox, now + HOUR)).item_ids) == 2
    assert await alert_outbox.claim_next(now=now + HOUR) is None


async def test_an_addition_is_news_for_those_who_asked_after_the_release(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
) -> None:
    issue_id = await released(archive, outbox, make, now, "otter")
    await add(alerts, ANN, "happened", now + HOUR)
    assert await alert_outbox.unmatched(now=now + HOUR) == []
    await added(archive, make, now + 2 * HOUR, "otter", "badger")
    await add(alerts, BOB, "happened", now + 3 * HOUR)
    assert await planned(alert_outbox, matcher, now + 3 * HOUR) == 1
    told = await claim(alert_outbox, now + 3 * HOUR)
    badger = next(record.id for record in await archive.items(ALL, issue_id) if record.item.id == "badger")
    assert (told.user_id, told.item_ids) == (ANN, (badger,))
    await added(archive, make, now + dt.timedelta(days=8), "otter", "badger", "weasel")
    assert await alert_outbox.unmatched(now=now + dt.timedelta(days=8)) == []  # the issue is no news any more


async def test_each_server_has_the_channel_that_its_admin_chose(alert_outbox: AlertOutbox) -> None:
    assert await alert_outbox.channel_of(SERVER) is None
    await alert_outbox.choose_channel(SERVER, 77)
    assert (
        await alert_outbox.channel_of(SERVER),
        await alert_outbox.channel_of(34),
        await alert_outbox.channel_of(None),
    ) == (
        77,
        None,
        None,
    )
    await alert_outbox.choose_channel(SERVER, None)
    assert await alert_outbox.channel_of(SERVER) is None


async def claim(alert_outbox: AlertOutbox, now: dt.datetime) -> AlertDelivery:
    claimed = await alert_outbox.claim_next(now=now)
    assert claimed is not None
    return claimed


@pytest.fixture
async def owed(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    make,
    now: dt.datetime,
) -> AlertDelivery:
    """A message that is being sent."""
    await add(alerts, ANN, "otter", now)
    await released(archive, outbox, make, now, "otter")
    await planned(alert_outbox, matcher, now)
    return await claim(alert_outbox, now)


@pytest.mark.both_engines
async def test_a_message_that_was_sent_is_done(
    alert_outbox: AlertOutbox, owed: AlertDelivery, now: dt.datetime
) -> None:
    await alert_outbox.goes_to(owed.id, 77)
    [unsettled] = await alert_outbox.unsettled()
    assert (unsettled.channel_id, unsettled.nonce, unsettled.mark) == (77, owed.nonce, owed.mark)
    assert len(owed.nonce) <= 25
    await alert_outbox.sent(owed, 99, now=now, is_direct=True)
    assert await alert_outbox.unsettled() == []
    assert (await alert_outbox.counts())[State.SENT] == 1
    assert await alert_outbox.next_due_at() is None


@pytest.mark.both_engines
async def test_closed_messages_wait_are_told_and_come_at_once_when_asked(
    alert_outbox: AlertOutbox, owed: AlertDelivery, now: dt.datetime
) -> None:
    assert await alert_outbox.closed(ANN, now=now) is None
    await alert_outbox.later(owed, "closed", not_before=now + HOUR, is_closed=True)
    assert await alert_outbox.claim_next(now=now) is None
    assert await alert_outbox.next_due_at() == now + HOUR
    assert await alert_outbox.closed(BOB, now=now) is None
    assert await alert_outbox.closed(ANN, now=now) == 1
    again = await claim(alert_outbox, now)
    assert again.attempts == 2
    await alert_outbox.sent(again, 99, now=now, is_direct=False)
    assert await alert_outbox.closed(ANN, now=now) == 0  # the channel says nothing about direct messages
    await alert_outbox.sent(again, 99, now=now, is_direct=True)
    assert await alert_outbox.closed(ANN, now=now) is None


async def test_the_issues_own_messages_go_first_for_a_while(
    alerts: Alerts,
    alert_outbox: AlertOutbox,
    matcher: AlertMatcher,
    archive: Archive,
    outbox: Outbox,
    subscriptions,
    make,
    now: dt.datetime,
) -> None:
    from storage.wishes import Follow

    await subscriptions.add(Follow(newsletter="Tech", channel=7), now=now, guild_id=SERVER)
    await add(alerts, ANN, "otter", now)
    await alerts.add(BOB, 44, "otter", now=now)
    await released(archive, outbox, make, now, "otter")
    assert await planned(alert_outbox, matcher, now, SERVER, 44) == 2
    assert (await claim(alert_outbox, now)).user_id == BOB  # of another server
    assert await alert_outbox.claim_next(now=now) is None
    assert (await claim(alert_outbox, now + dt.timedelta(minutes=3))).user_id == ANN


@pytest.mark.both_engines
async def test_export_has_all_and_forget_leaves_nothing(
    alerts: Alerts, alert_outbox: AlertOutbox, owed: AlertDelivery, db: Database, now: dt.datetime
) -> None:
    await add(alerts, BOB, "badger", now)
    await alerts.add(ANN, SERVER, "otter", now=now, language="de")
    assert await alert_outbox.language_of(ANN) == "de"
    assert await alert_outbox.language_of(BOB) == ""
    stored = await alerts.export(ANN)
    assert stored["language"] == "de"
    assert stored["user_id"] == str(ANN)
    assert [one["query"] for one in stored["alerts"]] == ["otter"]
    assert stored["messages"][0]["matches"] == [{"query": "otter", "items": list(owed.item_ids)}]
    assert await alerts.forget(ANN) == 1
    async with db.reading() as connection:
        for table in ("alerts", "alert_deliveries", "alert_members"):
            rows = await connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE user_id = {ANN}")
            assert rows.scalar() == 0
    assert len(await alerts.of(BOB)) == 1
    await alert_outbox.sent(owed, 99, now=now, is_direct=True)  # it was on its way: nothing comes back
    assert (await alerts.export(ANN))["messages"] == []


@pytest.mark.both_engines
async def test_what_is_old_is_forgotten(
    alerts: Alerts, alert_outbox: AlertOutbox, owed: AlertDelivery, db: Database, now: dt.datetime
) -> None:
    await alert_outbox.tidy(now + HOUR)
    assert len((await alerts.export(ANN))["messages"]) == 1  # it is still owed
    await alert_outbox.sent(owed, 99, now=now, is_direct=True)
    await alert_outbox.tidy(now - HOUR)
    assert len((await alerts.export(ANN))["messages"]) == 1
    assert await alert_outbox.tidy(None) == 0
    assert await alert_outbox.tidy(now + HOUR) == 1
    assert (await alerts.export(ANN))["messages"] == []
