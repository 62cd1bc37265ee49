"""Health, metrics and webhooks over a real socket, with a real database behind them."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.metrics import measure_loop, route_of
from app.monitoring import Monitor, Sources
from app.webhook import WebhookReceiver, followers
from app.webserver import serving
from config.settings import NewsletterConfig, WebConfig
from digest.model import Issue, Item
from errors import ConfigError, SourceError, StorageError
from pipeline.watcher import Watcher
from storage.archive import Archive
from storage.database import Database
from storage.figures import Figures
from storage.opening import open_database
from storage.outbox import Outbox
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
ALL = WebConfig(host="::", port=0)
LOCAL = WebConfig(host="127.0.0.1", port=0)


class World:
    """All that a monitor looks at, with a clock."""

    def __init__(self, db: Database, cache: Path) -> None:
        async def look() -> dt.datetime | None:
            if self.source_fails:
                raise self.source_error
            return None

        self.now = NOW
        self.db = db
        self.is_connected = True
        self.source_fails = False
        self.source_error: Exception = SourceError("the host does not answer")
        self.trouble: str | None = None
        self.watcher = Watcher("Tech", HOUR, look, clock=lambda: self.now)
        self.monitor = Monitor(
            Sources(
                watchers={"Tech": self.watcher},
                figures=Figures(db),
                is_connected=lambda: self.is_connected,
                trouble=lambda: self.trouble,
                database=db.path,
                cache=cache,
            ),
            clock=lambda: self.now,
        )

    async def poll(self) -> None:
        await self.watcher._look_once()
        self.watcher.state.next_look_at = self.now + HOUR

    async def problems(self) -> list[tuple[str, str]]:
        return [(one.part, one.name) for one in (await self.monitor.report()).problems]

    async def owe(self, outbox: Outbox) -> None:
        """Let channel 7 follow and owe it an issue of two items."""
        items = tuple(Item(id=name, title=f"Title {name}", text="Text", body="Text") for name in ("a", "b"))
        issue = Issue(path="one.md", title="One", items=items)
        [stored] = await Archive(self.db).store("Tech", [(issue, self.now)], now=self.now)
        await Subscriptions(self.db).add(Follow(newsletter="Tech", channel=7), now=self.now, guild_id=1)
        assert await outbox.plan(stored.id, now=self.now)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    db = await open_database(tmp_path / "herald.db")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "object").write_bytes(b"x" * 1000)
    world = World(db, tmp_path / "cache")
    await world.poll()
    yield world
    await db.close()


async def get(url: str, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url + path) as response:
        return response.status, await response.text()


async def health(world: World) -> tuple[int, dict[str, Any]]:
    async with serving(LOCAL, WebhookReceiver((), lambda _: None), world.monitor) as url:
        status, text = await get(url, "/healthz")
    return status, json.loads(text)


async def metrics(world: World) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and its labels' values."""
    text = (await world.monitor.text()).decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_who_asks_for_everything_is_told_what_is_stored_now(world: World) -> None:
    before = (await world.monitor.report(is_complete=True)).sources[0].stored
    await world.owe(Outbox(world.db))
    after = (await world.monitor.report(is_complete=True)).sources[0].stored
    assert before is None or before.issues == 0
    assert after is not None
    assert (after.issues, after.items) == (1, 2)


async def test_nothing_is_wrong(world: World) -> None:
    status, told = await health(world)
    assert (status, told["healthy"], told["problems"]) == (200, True, [])


async def test_a_lost_connection_is_wrong_after_two_minutes(world: World) -> None:
    world.is_connected = False
    assert await world.problems() == [], "a short loss of connection is normal"
    world.now += 3 * MINUTE
    status, told = await health(world)
    assert status == 503
    assert told["problems"] == [{"part": "discord", "name": "", "text": "not connected for 3 min"}]
    world.now += 57 * MINUTE
    assert [one.text for one in (await world.monitor.report()).problems] == ["not connected for 1 h"]


async def test_a_loss_counts_from_its_beginning_however_rarely_anybody_asks(world: World) -> None:
    world.now += HOUR
    await world.monitor.look()  # as every 30 s
    world.is_connected = False
    assert await world.problems() == []
    world.now += 3 * MINUTE
    problems = (await world.monitor.report()).problems
    assert [one.text for one in problems if one.part == "discord"] == ["not connected for 3 min"]


async def test_a_source_is_wrong_once_it_failed_for_longer_than_three_polls(world: World) -> None:
    world.source_fails = True
    for _ in range(4):
        await world.poll()
        assert await world.problems() == []
        world.now += HOUR
    await world.poll()
    assert await world.problems() == [("source", "Tech")]
    [problem] = (await world.monitor.report()).problems
    assert problem.text == "polls have failed for 4 h: the host does not answer"
    world.source_fails = False
    await world.poll()
    assert await world.problems() == []


async def test_a_full_disk_is_not_a_fault_of_each_source_as_well(world: World) -> None:
    world.trouble = "herald.db cannot grow: the disk is full."
    world.source_fails, world.source_error = True, StorageError(world.trouble)
    await world.poll()
    world.now += 4 * HOUR
    await world.poll()
    assert await world.problems() == [("database", "")]
    world.source_error = SourceError("the host does not answer")
    await world.poll()
    assert await world.problems() == [("database", ""), ("source", "Tech")]


async def test_a_source_that_nobody_polls_is_wrong(world: World) -> None:
    world.now += 2 * HOUR
    assert await world.problems() == [("source", "Tech")]
    world.watcher.state.is_looking = True
    assert await world.problems() == [], "a long look is under way"


async def test_an_open_channel_that_stands_still_is_wrong_after_ten_minutes(world: World) -> None:
    outbox = Outbox(world.db)
    await world.owe(outbox)
    assert await world.problems() == []
    world.now += 9 * MINUTE
    assert await world.problems() == []
    claimed = await outbox.claim_next(7, now=world.now)
    assert claimed is not None
    await outbox.sent(claimed.id, 9001, now=world.now, content_hash="h")
    world.now += 2 * MINUTE
    assert await world.problems() == [], "its line moved two minutes ago"
    world.now += 11 * MINUTE
    [problem] = (await world.monitor.report()).problems
    assert (problem.part, problem.name) == ("delivery", "Tech")
    assert problem.text.startswith("2 due for channel 7, and nothing was posted for")
    [subscription] = await Subscriptions(world.db).list()
    await Subscriptions(world.db).wait(subscription.id, "no permission", now=world.now)
    assert await world.problems() == [], "a channel that waits has its reason in /status"


async def test_a_database_that_is_away_is_wrong(world: World) -> None:
    world.trouble = "herald.db cannot grow: the disk is full."
    assert await world.problems() == [("database", "")]
    world.trouble = None
    await world.db.close()
    status, told = await health(world)
    assert (status, [one["part"] for one in told["problems"]]) == (503, ["database"])


async def test_alive_says_only_that_the_process_answers(world: World) -> None:
    world.is_connected = False
    world.now += HOUR
    async with serving(LOCAL, WebhookReceiver((), lambda _: None), world.monitor) as url:
        assert await get(url, "/livez") == (200, "alive")


async def test_metrics(world: World) -> None:
    await world.owe(Outbox(world.db))
    world.source_fails = True
    await world.poll()
    found = await metrics(world)
    assert found["herald_newsletter_last_success_timestamp_seconds", ("Tech",)] == NOW.timestamp()
    assert found["herald_newsletter_poll_failures_total", ("Tech",)] == 1
    assert found["herald_newsletter_consecutive_failures", ("Tech",)] == 1
    assert found["herald_deliveries", ("due", "pending")] == 3
    assert found["herald_discord_connected", ()] == 1
    assert found["herald_healthy", ()] == 1
    assert found["herald_items", ("Tech",)] == 2
    assert found["herald_cache_bytes", ()] == 1000
    assert found["herald_database_bytes", ()] > 100_000
    assert any(name == "herald_build_info" for name, _ in found)
    assert not [name for name, _ in found if name.endswith("_created")]
    assert (await metrics(world))["herald_newsletter_poll_failures_total", ("Tech",)] == 1, "counted once"


async def test_requests_are_counted_by_route_and_answers_are_timed(world: World) -> None:
    monitor = world.monitor
    monitor.interactions.arrived("a-token", "search")
    async with (
        serving(LOCAL, WebhookReceiver((), lambda _: None), monitor) as url,
        aiohttp.ClientSession(trace_configs=[monitor.trace]) as session,
    ):
        await (await session.get(url + "/api/v10/channels/123456789012345678/messages")).read()
        monitor.interactions.answered("/api/v10/interactions/123456789012345678/a-token/callback")
        monitor.interactions.answered("/api/v10/webhooks/123456789012345678/a-token/messages/@original")
        with pytest.raises(aiohttp.ClientError):
            await session.get("http://127.0.0.1:1/api/v10/gateway")
    found = await metrics(world)
    assert found["herald_discord_responses_total", ("GET", "/channels/:id/messages", "404")] == 1
    assert found["herald_discord_responses_total", ("GET", "/gateway", "none")] == 1
    assert found["herald_interaction_first_answer_seconds_count", ("search",)] == 1
    assert found["herald_interaction_first_answer_seconds_bucket", ("search", "3.0")] == 1
    assert found["herald_interaction_answer_seconds_count", ("search",)] == 1


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v10/interactions/123456789012345678/a.b-c/callback", "/interactions/:id/:token/callback"),
        ("/api/v10/webhooks/123456789012345678/abc/messages/@original", "/webhooks/:id/:token/messages/@original"),
        ("/api/v10/channels/123456789012345678/messages/123456789012345679", "/channels/:id/messages/:id"),
        ("/api/v10/users/@me", "/users/@me"),
    ],
)
def test_a_route_has_no_secret_and_no_id(path: str, route: str) -> None:
    assert route_of(path) == route


async def test_loop_delay_is_measured(world: World) -> None:
    task = asyncio.create_task(measure_loop(world.monitor.metrics.loop_delay, step_s=0.001))
    while not (found := await metrics(world))["herald_event_loop_delay_seconds_count", ()]:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    task.cancel()
    assert found["herald_event_loop_delay_seconds_bucket", ("+Inf",)] > 0


async def test_push_wakes_the_newsletter(world: World) -> None:
    woken: list[str] = []
    newsletter = NewsletterConfig(name="Tech", source="https://example.org/o/r")
    body = b'{"ref": "refs/heads/main", "repository": {"clone_url": "https://example.org/o/r.git"}}'
    signature = hmac.new(b"s3cr3t", body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={signature}"}
    webhook = WebhookReceiver(followers([newsletter], "s3cr3t"), woken.append)
    async with (
        serving(LOCAL, webhook, world.monitor) as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}/webhook", data=body, headers=headers) as response,
    ):
        assert response.status == 202
    assert woken == ["Tech"]
    assert (await metrics(world))["herald_webhook_requests_total", ("202",)] == 1


async def test_the_webhook_has_a_second_spelling_and_says_what_it_is(world: World) -> None:
    webhook = WebhookReceiver((), lambda _: None)
    async with serving(LOCAL, webhook, world.monitor) as url, aiohttp.ClientSession() as session:
        for path in ("/webhook", "/webhook/"):
            async with session.post(url + path, data=b"{}") as response:
                assert response.status == 403
            async with session.get(url + path) as response:
                assert response.status == 405
                assert "enter this address as a webhook" in await response.text()


async def test_port_in_use_is_one_sentence(world: World) -> None:
    webhook = WebhookReceiver((), lambda _: None)
    async with serving(LOCAL, webhook, world.monitor) as url:
        taken = WebConfig(host="127.0.0.1", port=int(url.rpartition(":")[2]))
        with pytest.raises(
            ConfigError, match=r"cannot listen on 127\.0\.0\.1 port \d+ .*change web\.host or web\.port"
        ):
            async with serving(taken, webhook, world.monitor):
                pass


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_all_addresses_are_those_of_ipv4_too(world: World) -> None:
    async with (
        serving(ALL, WebhookReceiver((), lambda _: None), world.monitor) as url,
        aiohttp.ClientSession() as session,
    ):
        port = url.rpartition(":")[2]
        for host in ("127.0.0.1", "[::1]"):
            async with session.get(f"http://{host}:{port}/livez") as answer:
                assert await answer.text() == "alive"
