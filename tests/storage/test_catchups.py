"""What is remembered for `/catchup`: when somebody looked, what they opened since, and nothing of anybody else."""

from __future__ import annotations

import datetime as dt

import pytest

from storage import catchups
from storage.alerts import Alerts
from storage.archive import Archive
from storage.catchups import Catchups
from storage.database import Database
from storage.departures import Departures
from storage.forgetting import forget_member, forget_server, member_holdings, server_holdings
from storage.scope import Scope
from tests.storage.conftest import NOW, Make

HERE, THERE, READER, OTHER = 10, 20, 1, 2
HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def items(archive: Archive, make: type[Make]) -> list[int]:
    [stored] = await archive.store("Tech", [(make.issue(*(f"n{at}" for at in range(5))), NOW)], now=NOW)
    return [one.id for one in await archive.items(Scope.everything(), stored.id)]


@pytest.mark.both_engines
async def test_each_server_has_its_own_look_and_the_newest_items_stay(
    db: Database, items: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchups, "OPENED", 3)
    kept = Catchups(db)
    await kept.opened(READER, HERE, items[0], now=NOW)  # never looked: nothing is kept
    assert await kept.opened_before(READER, [HERE], NOW + HOUR) == []
    await kept.looked(READER, [HERE, THERE], now=NOW)
    await kept.looked(READER, [HERE], now=NOW + HOUR)
    assert await kept.looked_at(READER, [HERE, THERE]) == {HERE: NOW + HOUR, THERE: NOW}
    assert await kept.servers_of(READER) == {HERE, THERE}
    for at, item_id in enumerate([*items, items[4]]):
        await kept.opened(READER, HERE, item_id, now=NOW + at * HOUR)
    assert await kept.opened_before(READER, [HERE], NOW + 9 * HOUR) == [items[4], items[3], items[2]]
    assert await kept.opened_before(READER, [HERE], NOW + 3 * HOUR) == [items[3], items[2]]
    assert await kept.opened_before(READER, [THERE], NOW + 9 * HOUR) == []
    assert await kept.opened_before(OTHER, [HERE], NOW + 9 * HOUR) == []


@pytest.mark.both_engines
@pytest.mark.parametrize("way", ["alerts", "command line", "left", "server"])
async def test_it_is_forgotten_in_every_way(db: Database, items: list[int], way: str) -> None:
    kept = Catchups(db)
    for user_id in (READER, OTHER):
        await kept.looked(user_id, [HERE, THERE], now=NOW)
        await kept.opened(user_id, HERE, items[0], now=NOW)
    departures = Departures(db)
    assert set(await departures.pairs()) == {(server, user) for server in (HERE, THERE) for user in (READER, OTHER)}
    assert await departures.known() == {HERE, THERE}
    if way == "alerts":
        await Alerts(db).forget(READER)
    elif way == "command line":
        assert (await member_holdings(db, READER))["items opened"] == 1
        await forget_member(db, READER)
    elif way == "left":
        await departures.member_left(HERE, READER, now=NOW)
        assert await departures.forget_members(NOW) == [(HERE, READER)]
    else:
        assert (await server_holdings(db, HERE))["members who caught up"] == 2
        await forget_server(db, HERE)
    assert HERE not in await kept.servers_of(READER)
    assert (THERE in await kept.servers_of(READER)) is (way in {"left", "server"})
    assert await kept.opened_before(READER, [HERE, THERE], NOW + HOUR) == []
    assert await kept.opened_before(OTHER, [HERE], NOW + HOUR) == ([] if way == "server" else [items[0]])
