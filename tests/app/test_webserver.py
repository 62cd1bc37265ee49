"""Health, figures and webhooks over a real socket."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

import aiohttp
import pytest

from app.monitoring import Monitor, Sources
from app.webhook import Webhook, followers
from app.webserver import serving
from config.settings import NewsletterConfig, WebConfig
from errors import ConfigError
from pipeline.watcher import Watcher
from storage.records import State

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
LOCAL = WebConfig(host="127.0.0.1", port=0)


class Outbox:
    oldest: dt.datetime | None = None

    async def counts(self) -> Mapping[State, int]:
        return {State.PENDING: 3, State.SENT: 40}

    async def oldest_pending_at(self, *, now: dt.datetime) -> dt.datetime | None:
        return self.oldest if self.oldest is None or self.oldest <= now else None


class World:
    """All that a monitor looks at, with a clock."""

    def __init__(self) -> None:
        async def look() -> dt.datetime | None:
            return None

        self.now = NOW
        self.is_connected = True
        self.outbox = Outbox()
        self.watcher = Watcher("Tech", HOUR, look)
        self.watcher.state.last_look_at = NOW
        self.watcher.state.next_look_at = NOW + HOUR
        sources = Sources(watchers={"Tech": self.watcher}, outbox=self.outbox, is_connected=lambda: self.is_connected)
        self.monitor = Monitor(sources, clock=lambda: self.now)


@pytest.fixture
def world() -> World:
    return World()


async def get(url: str, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url + path) as response:
        return response.status, await response.text()


async def test_health_is_fresh(world: World) -> None:
    async with serving(LOCAL, Webhook((), lambda _: None), world.monitor) as url:
        assert await get(url, "/healthz") == (200, '{"fresh": true, "reasons": []}')


async def test_what_is_up_but_not_fresh_is_told(world: World) -> None:
    assert await world.monitor.stale() == []
    world.is_connected = False
    assert await world.monitor.stale() == [], "a short loss of connection is normal"
    world.now += 2 * HOUR
    world.outbox.oldest = NOW
    async with serving(LOCAL, Webhook((), lambda _: None), world.monitor) as url:
        status, text = await get(url, "/healthz")
    assert status == 503
    assert "not connected to Discord" in text
    assert "nobody looks at Tech" in text
    assert "deliveries that could leave do not" in text
    world.is_connected, world.outbox.oldest = True, None
    world.watcher.state.is_looking = True
    assert await world.monitor.stale() == []


async def test_figures(world: World) -> None:
    world.watcher.state.failures = 2
    world.outbox.oldest = NOW - HOUR
    async with serving(LOCAL, Webhook((), lambda _: None), world.monitor) as url:
        async with aiohttp.ClientSession(trace_configs=[world.monitor.trace]) as session:
            await (await session.get(url + "/nowhere")).read()
            with pytest.raises(aiohttp.ClientError):
                await session.get("http://127.0.0.1:1/")
        _, text = await get(url, "/metrics")
    lines = text.splitlines()
    (last_look,) = (line for line in lines if line.startswith('herald_source_last_look_seconds{newsletter="Tech"}'))
    assert float(last_look.split()[1]) == NOW.timestamp()
    assert 'herald_source_failures{newsletter="Tech"} 2.0' in lines
    assert 'herald_deliveries{state="pending"} 3.0' in lines
    assert "herald_oldest_pending_seconds 3600.0" in lines
    assert "herald_connected 1.0" in lines
    assert 'herald_discord_answers_total{method="GET",status="404"} 1.0' in lines
    assert 'herald_discord_answers_total{method="GET",status="none"} 1.0' in lines


async def test_loop_delay_is_measured(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.monitoring.LOOP_STEP_S", 0.001)
    measured = asyncio.Event()
    observe = world.monitor._loop_delay.observe
    monkeypatch.setattr(world.monitor._loop_delay, "observe", lambda value: (observe(value), measured.set()))
    task = asyncio.create_task(world.monitor.measure())
    await measured.wait()
    task.cancel()
    assert b"herald_loop_delay_seconds_count 0.0" not in await world.monitor.metrics()


async def test_push_wakes_the_newsletter(world: World) -> None:
    woken: list[str] = []
    newsletter = NewsletterConfig(name="Tech", source="https://example.org/o/r")
    body = b'{"ref": "refs/heads/main", "repository": {"clone_url": "https://example.org/o/r.git"}}'
    signature = hmac.new(b"s3cr3t", body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={signature}"}
    webhook = Webhook(followers([newsletter], "s3cr3t"), woken.append)
    async with (
        serving(LOCAL, webhook, world.monitor) as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}/webhook", data=body, headers=headers) as response,
    ):
        assert response.status == 202
    assert woken == ["Tech"]


async def test_port_in_use_is_one_sentence(world: World) -> None:
    webhook = Webhook((), lambda _: None)
    async with serving(LOCAL, webhook, world.monitor) as url:
        taken = WebConfig(host="127.0.0.1", port=int(url.rpartition(":")[2]))
        with pytest.raises(
            ConfigError, match=r"cannot listen on 127\.0\.0\.1 port \d+ .*change web\.host or web\.port"
        ):
            async with serving(taken, webhook, world.monitor):
                pass
