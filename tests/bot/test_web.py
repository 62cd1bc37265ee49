"""The web server next to the bot: a push event brings the news at once, and machines see how Herald is doing."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running
from pydantic import SecretStr

from config.settings import WebConfig
from sandbox.server import Sandbox
from tests.support.git_server import GitServer, Repository, push

SECRET = "a test's own secret"


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncIterator[str]:
    """A repository over smart HTTP with one issue that is old news."""
    (tmp_path / "remotes").mkdir()
    Repository.create(tmp_path / "remotes" / "news.git").commit({"first.md": issue_text(1)})
    async with GitServer.serve(tmp_path / "remotes") as server:
        yield server.url("news.git")


@pytest.fixture
async def bench(
    sandbox: Sandbox, remote: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Bench]:
    """The bot, with a poll that no test lives to see."""
    caplog.set_level("INFO", logger="app.webserver")
    followed = newsletter(remote).model_copy(update={"poll": dt.timedelta(hours=1)})
    config = configured(tmp_path, followed, channel=sandbox.channel("news"))
    web = WebConfig(enabled=True, port=0, secret=SecretStr(SECRET))
    async with running(sandbox, config.model_copy(update={"web": web})) as bench:
        yield bench


def address(caplog: pytest.LogCaptureFixture) -> str:
    said = " ".join(record.getMessage() for record in caplog.get_records("setup"))
    found = re.search(r"web server listening host=(\S+) port=(\d+)", said)
    assert found
    return f"http://{found[1]}:{found[2]}"


async def looked(bench: Bench) -> None:
    async def last_look() -> dt.datetime | None:
        return bench.herald.services.watchers["Tech"].state.last_look_at

    await eventually(last_look)


async def test_a_push_event_is_posted_without_waiting_for_the_poll(
    bench: Bench, remote: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await looked(bench)
    assert bench.titles() == []
    await push(remote, tmp_path / "work", {"second.md": issue_text(2)})
    body = json.dumps({"ref": "refs/heads/main", "repository": {"clone_url": remote}}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature, "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address(caplog)}/webhook", data=body, headers=headers) as answer,
    ):
        assert answer.status == 202
    await bench.until_titles("Issue 2", "Story 2.1", "Story 2.2", "Story 2.3")
    await bench.idle()
    async with aiohttp.ClientSession() as session, session.get(f"{address(caplog)}/metrics") as metrics:
        text = await metrics.text()
    assert "herald_messages_posted_total 4.0" in text
    assert "herald_delivery_latency_seconds_count 4.0" in text
    assert 'herald_import_files{newsletter="Tech",state="done"} 1.0' in text


async def test_machines_see_that_herald_is_healthy_and_its_metrics(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await looked(bench)
    await bench.slash("status")
    await bench.slash("latest")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address(caplog)}/healthz") as health:
            told = await health.json()
            assert (health.status, told["healthy"], told["problems"]) == (200, True, [])
        async with session.get(f"{address(caplog)}/metrics") as metrics:
            text = await metrics.text()
    assert "herald_discord_connected 1.0" in text
    assert 'herald_newsletter_last_success_timestamp_seconds{newsletter="Tech"}' in text
    assert re.search(r'herald_discord_responses_total\{method="GET",route="/users/@me",status="200"\} [1-9]', text)
    assert 'herald_interaction_first_answer_seconds_bucket{command="status",le="3.0"} 1.0' in text
    assert 'herald_interaction_answer_seconds_count{command="status"} 1.0' in text
    assert 'herald_interaction_answer_seconds_count{command="latest"} 1.0' in text
    assert re.search(r"herald_ready_seconds 0\.[0-9]|herald_ready_seconds [1-9]", text)
