"""Push events over a real aiohttp server."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import ipaddress
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app import webhook
from app.webhook import WebhookReceiver, followers, repository_name
from config.settings import NewsletterConfig

SECRET = "s3cr3t"
NEWSLETTERS = (
    NewsletterConfig(name="Tech", source="https://github.com/Owner/Tech.git", branch="main"),
    NewsletterConfig(name="Any", source="git@github.com:owner/tech.git"),
    NewsletterConfig(name="Lab", source="https://gitlab.com/group/sub/letters"),
    NewsletterConfig(name="Mirror", source="https://example.org/m", webhook_secret=SecretStr("own")),
    NewsletterConfig(name="Folder", source="/srv/letters"),
)
GITHUB = {
    "ref": "refs/heads/main",
    "repository": {"clone_url": "https://github.com/Owner/Tech.git", "default_branch": "main"},
}
GITLAB = {
    "object_kind": "push",
    "ref": "refs/heads/main",
    "project": {"git_http_url": "https://gitlab.com/group/sub/letters.git", "default_branch": "main"},
}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
async def client(woken: list[str], clock: Clock) -> AsyncIterator[TestClient]:
    app = web.Application()
    app.add_routes(WebhookReceiver(followers(NEWSLETTERS, SECRET), woken.append, clock).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def post(client: TestClient, payload: object, secret: str = SECRET, **headers: str) -> int:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {
        "X-GitHub-Event": "push",
        "X-Hub-Signature-256": "sha256=" + signature(body, secret),
        "Content-Type": "application/json",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.post("/webhook", data=body, headers=headers) as response:
        return response.status


async def test_github_push_wakes_those_who_follow_the_branch(client: TestClient, woken: list[str]) -> None:
    assert await post(client, GITHUB) == 202
    assert woken == ["Tech", "Any"]


async def test_other_branch_wakes_nobody(client: TestClient, woken: list[str]) -> None:
    assert await post(client, GITHUB | {"ref": "refs/heads/next"}) == 200
    assert woken == []


async def test_other_repository_wakes_nobody(client: TestClient, woken: list[str]) -> None:
    assert await post(client, {"ref": "refs/heads/main", "repository": {"clone_url": "https://github.com/a/b"}}) == 200
    assert woken == []


async def test_own_secret_proves_the_newsletter_behind_any_address(client: TestClient, woken: list[str]) -> None:
    assert await post(client, GITHUB, secret="own") == 202
    assert woken == ["Mirror"]


async def test_gitlab_sends_the_secret_itself(client: TestClient, woken: list[str]) -> None:
    body = json.dumps(GITLAB).encode()
    headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": SECRET}
    async with client.post("/webhook", data=body, headers=headers) as response:
        assert response.status == 202
    assert woken == ["Lab"]
    async with client.post("/webhook", data=body, headers=headers | {"X-Gitlab-Token": "wrong"}) as response:
        assert response.status == 401


@pytest.mark.parametrize("host", ["Gitea", "Forgejo"])
async def test_gitea_and_forgejo_sign_without_a_prefix(client: TestClient, woken: list[str], host: str) -> None:
    body = json.dumps(GITHUB).encode()
    headers = {f"X-{host}-Event": "push", f"X-{host}-Signature": signature(body)}
    async with client.post("/webhook", data=body, headers=headers) as response:
        assert response.status == 202
    assert woken == ["Tech", "Any"]


async def test_form_with_json_in_it(client: TestClient, woken: list[str]) -> None:
    body = urlencode({"payload": json.dumps(GITHUB)}).encode()
    assert await post(client, body, Content_Type="application/x-www-form-urlencoded") == 202
    assert woken == ["Tech", "Any"]


async def test_ping_is_answered(client: TestClient, woken: list[str]) -> None:
    assert await post(client, {"zen": "x"}, X_GitHub_Event="ping") == 200
    assert woken == []


@pytest.mark.parametrize("value", ["", "sha256=", "sha256=" + "0" * 64, "ümlaut", "sha1=x"])
async def test_wrong_signature_is_refused(client: TestClient, woken: list[str], value: str) -> None:
    assert await post(client, GITHUB, X_Hub_Signature_256=value) == 401
    assert woken == []


async def test_changed_body_is_refused(client: TestClient, woken: list[str]) -> None:
    assert await post(client, GITHUB, X_Hub_Signature_256="sha256=" + signature(b"{}")) == 401
    assert woken == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"'])
async def test_signed_nonsense_is_refused(client: TestClient, woken: list[str], body: bytes) -> None:
    assert await post(client, body) == 400
    assert woken == []


async def test_replay_wakes_nobody_for_a_minute(client: TestClient, woken: list[str], clock: Clock) -> None:
    assert await post(client, GITHUB) == 202
    assert await post(client, GITHUB) == 200
    assert len(woken) == 2
    clock.now += 61
    assert await post(client, GITHUB) == 202


async def test_large_body_is_refused(client: TestClient, woken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_BODY_BYTES", 1_000)
    assert await post(client, b" " * 1_001) == 413

    async def chunks():
        for _ in range(20):
            yield b" " * 100

    async with client.post("/webhook", data=chunks()) as response:
        assert response.status == 413
    assert woken == []


async def test_slow_sender_is_given_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "READ_LIMIT_S", 0.05)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert b"408" in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_right_signature_is_heard_however_many_wrong_ones_came(
    client: TestClient, woken: list[str], clock: Clock
) -> None:
    statuses = [await post(client, GITHUB, secret="wrong") for _ in range(webhook.MAX_REFUSALS + 1)]
    assert statuses == [401] * webhook.MAX_REFUSALS + [429]
    assert await post(client, GITHUB) == 202
    assert woken == ["Tech", "Any"]
    clock.now += 61
    assert await post(client, GITHUB, secret="wrong") == 401


async def test_senders_behind_a_trusted_proxy_are_told_apart(woken: list[str]) -> None:
    app = web.Application()
    app.add_routes(
        WebhookReceiver(followers(NEWSLETTERS, SECRET), woken.append, trusted_proxies=["127.0.0.0/8"]).routes()
    )
    async with TestClient(TestServer(app)) as client:
        statuses = [
            await post(client, GITHUB, secret="wrong", X_Forwarded_For="192.0.2.1, 198.51.100.7")
            for _ in range(webhook.MAX_REFUSALS + 1)
        ]
        assert statuses[-1] == 429
        assert await post(client, GITHUB, secret="wrong", X_Forwarded_For="198.51.100.7, 192.0.2.1") == 401


@pytest.mark.parametrize(
    ("remote", "header", "sender"),
    [
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # who is not trusted may claim anything
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::ffff:127.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (None, "203.0.113.9", "?"),
    ],
)
def test_sender_of(remote: str | None, header: str, sender: str) -> None:
    request = make_mocked_request("POST", "/webhook", headers={"X-Forwarded-For": header}).clone(remote=remote or "")
    trusted = [ipaddress.ip_network(each) for each in ("127.0.0.1/32", "10.0.0.0/8")]
    assert webhook.sender_of(request, trusted) == sender


BITBUCKET = {
    "push": {"changes": [{"new": {"type": "branch", "name": "main"}, "old": None}]},
    "repository": {
        "full_name": "owner/tech",
        "links": {"html": {"href": "https://bitbucket.org/owner/tech"}},
        "owner": {"links": {"html": {"href": "https://bitbucket.org/owner"}}},
    },
}
BITBUCKET_SERVER = {
    "eventKey": "repo:refs_changed",
    "changes": [{"ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"}, "type": "UPDATE"}],
    "repository": {
        "slug": "tech",
        "links": {"clone": [{"href": "https://bitbucket.org/owner/tech.git", "name": "http"}]},
    },
}


@pytest.mark.parametrize(("event", "payload"), [("repo:push", BITBUCKET), ("repo:refs_changed", BITBUCKET_SERVER)])
async def test_bitbuckets_pushes(woken: list[str], event: str, payload: dict[str, Any]) -> None:
    tech = NewsletterConfig(name="Tech", source="https://bitbucket.org/owner/tech.git", branch="main")
    other = NewsletterConfig(name="Other", source="https://bitbucket.org/owner/other.git")
    next_ = NewsletterConfig(name="Next", source="https://bitbucket.org/owner/tech", branch="next")
    app = web.Application()
    app.add_routes(WebhookReceiver(followers([tech, other, next_], SECRET), woken.append).routes())
    body = json.dumps(payload).encode()
    headers = {"X-Event-Key": event, "X-Hub-Signature": "sha256=" + signature(body)}
    async with TestClient(TestServer(app)) as client:
        async with client.post("/webhook", data=body, headers=headers) as response:
            assert response.status == 202
        assert woken == ["Tech"]
        async with client.post("/webhook", data=body, headers=headers | {"X-Event-Key": "repo:fork"}) as response:
            assert (response.status, await response.text()) == (200, "nothing to do for repo:fork")
        body = body.replace(b"main", b"side")
        headers["X-Hub-Signature"] = "sha256=" + signature(body)
        async with client.post("/webhook", data=body, headers=headers) as response:
            assert response.status == 200
    assert woken == ["Tech"]


async def test_a_large_event_is_heard_too(client: TestClient, woken: list[str]) -> None:
    assert await post(client, GITHUB | {"commits": ["x" * 1_000] * 500}) == 202
    assert woken == ["Tech", "Any"]
    assert await post(client, GITHUB | {"commits": ["x" * 1_000] * 500}, secret="wrong") == 401


async def test_a_compressed_body_is_refused_unread(client: TestClient, woken: list[str]) -> None:
    assert await post(client, gzip.compress(json.dumps(GITHUB).encode()), Content_Encoding="gzip") == 415
    assert woken == []


async def test_without_a_secret_nothing_is_taken(woken: list[str]) -> None:
    app = web.Application()
    app.add_routes(WebhookReceiver(followers(NEWSLETTERS[:1], None), woken.append).routes())
    async with TestClient(TestServer(app)) as client:
        assert await post(client, GITHUB, secret="") == 403
        async with client.get("/webhook") as response:
            assert response.status == 405
    assert woken == []


def test_followers_are_git_newsletters_with_a_secret() -> None:
    assert [follower.name for follower in followers(NEWSLETTERS, None)] == ["Mirror"]
    assert [follower.name for follower in followers(NEWSLETTERS, "x")] == ["Tech", "Any", "Lab", "Mirror"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://GitHub.com/Owner/Repo.git", "github.com/owner/repo"),
        ("git@github.com:owner/repo.git", "github.com/owner/repo"),
        ("ssh://git@github.com:22/owner/repo/", "github.com/owner/repo"),
        ("https://github.com", ""),
        ("/srv/folder", ""),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_repository_name(address: str, name: str) -> None:
    assert repository_name(address) == name


@given(
    st.dictionaries(st.sampled_from(["X-Gitlab-Token", "X-Gitlab-Event", "X-Hub-Signature-256"]), st.text()),
    st.binary(),
)
def test_nothing_unsigned_wakes_anybody(headers: dict[str, str], body: bytes) -> None:
    woken: list[str] = []
    answer = WebhookReceiver(followers(NEWSLETTERS, SECRET), woken.append).receive(headers, body)
    assert answer.status == 401
    assert woken == []
