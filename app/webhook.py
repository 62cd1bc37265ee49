"""Push events of GitHub, GitLab, Gitea and Forgejo: they say that there is something to look at, and no more.

Nothing of an event is believed but that: the source is asked as ever. So a replayed event costs at most one
look, and a lost one nothing but the time until the next poll.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from config.settings import NewsletterConfig

log = logging.getLogger(__name__)

PATH = "/webhook"
MAX_BODY_BYTES = 2_000_000
READ_LIMIT_S = 10.0
REPLAY_S = 60.0  # the same event again within this time wakes nobody
MAX_REFUSALS = 20  # of one address in a minute; after that it is not listened to
_REMEMBERED = 1_000
_HMAC_HEADERS = ("X-Hub-Signature-256", "X-Forgejo-Signature", "X-Gitea-Signature", "X-Hub-Signature")
_EVENT_HEADERS = ("X-Forgejo-Event", "X-Gitea-Event", "X-GitHub-Event", "X-Gitlab-Event")
_PUSHES = {"push", "push hook", "system hook"}


@dataclass(frozen=True, slots=True)
class Follower:
    """A newsletter as an event finds it. A secret `is_own` proves the newsletter, whatever the repository is called."""

    name: str
    repository: str
    branch: str
    secret: bytes
    is_own: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told."""

    status: int
    text: str


def followers(newsletters: Iterable[NewsletterConfig], shared_secret: str | None) -> tuple[Follower, ...]:
    """The newsletters that can be woken: those of Git remotes for which there is a secret."""
    found: list[Follower] = []
    for newsletter in newsletters:
        own = newsletter.webhook_secret.get_secret_value() if newsletter.webhook_secret else None
        secret, repository = own or shared_secret, repository_name(newsletter.source)
        if secret and repository:
            found.append(Follower(newsletter.name, repository, newsletter.branch, secret.encode(), own is not None))
    return tuple(found)


def repository_name(address: str) -> str:
    """`host/owner/repository` of any address of a repository, "" of what is none."""
    if "://" not in address:
        host, mark, path = address.rpartition("@")[2].partition(":")
        address = f"ssh://{host}/{path}" if mark else ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    path = parts.path.strip("/").removesuffix(".git").lower()
    return f"{host}/{path}" if host and path else ""


class Webhook:
    """Checks events and wakes newsletters by name. One object serves the whole process."""

    def __init__(
        self,
        followers: Iterable[Follower],
        wake: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._followers = tuple(followers)
        self._wake = wake
        self._clock = clock
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self._refusals: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def follow(self, followers: Iterable[Follower]) -> None:
        """Wake these from now on."""
        self._followers = tuple(followers)

    def routes(self) -> list[web.RouteDef]:
        """For an aiohttp application."""
        return [web.post(PATH, self._handle)]

    async def _handle(self, request: web.Request) -> web.Response:
        remote = request.remote or "?"
        if self._is_silenced(remote):
            return web.Response(status=429, text="too many refused requests", headers={"Retry-After": "60"})
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                body = await _read(request)
        except TimeoutError:
            return web.Response(status=408, text="the request took too long", headers={"Connection": "close"})
        answer = Answer(413, "too large: the next poll finds the change") if body is None else None
        if answer is None and body is not None:
            answer = self.receive(request.headers, body)
        assert answer is not None  # noqa: S101 -- one of the two set it
        if answer.status in {400, 401, 413}:
            self._refused(remote)
            log.warning('webhook refused from=%s status=%d reason="%s"', remote, answer.status, answer.text)
        return web.Response(status=answer.status, text=answer.text)

    def receive(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Check an event and wake those whom it concerns."""
        if not self._followers:
            return Answer(403, "no secret is configured: set web.secret or a newsletter's webhook_secret")
        signed = [follower for follower in self._followers if is_signed(headers, body, follower.secret)]
        if not signed:
            return Answer(401, "the signature is missing or wrong")
        return self._accept(headers, body, signed)

    def _accept(self, headers: Mapping[str, str], body: bytes, signed: list[Follower]) -> Answer:
        event = next((headers[name] for name in _EVENT_HEADERS if name in headers), "")
        if event.lower() not in _PUSHES:
            return Answer(200, f"nothing to do for {event[:40] or 'an event without a name'}")
        payload = _payload(headers, body)
        if payload is None:
            return Answer(400, "the body is no JSON object")
        concerned = [follower.name for follower in signed if _concerns(payload, follower)]
        if not concerned:
            return Answer(200, "no newsletter follows this branch of this repository")
        if self._is_replay(body):
            return Answer(200, "seen already")
        for name in concerned:
            log.info('push event newsletter="%s"', name)
            self._wake(name)
        return Answer(202, "looking")

    def _is_replay(self, body: bytes) -> bool:
        now, digest = self._clock(), hashlib.sha256(body).digest()
        seen_at = self._seen.get(digest)
        if seen_at is not None and now - seen_at < REPLAY_S:
            return True
        self._seen[digest] = now
        self._seen.move_to_end(digest)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False

    def _is_silenced(self, remote: str) -> bool:
        since, count = self._refusals.get(remote, (0.0, 0))
        return count >= MAX_REFUSALS and self._clock() - since < 60

    def _refused(self, remote: str) -> None:
        now = self._clock()
        since, count = self._refusals.get(remote, (now, 0))
        self._refusals[remote] = (now, 1) if now - since >= 60 else (since, count + 1)
        while len(self._refusals) > _REMEMBERED:
            self._refusals.popitem(last=False)


def is_signed(headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """Whether who sent this knows `secret`; compared in constant time.

    GitHub, Gitea and Forgejo sign the body by HMAC-SHA256; GitLab sends the secret itself.
    """
    if token := headers.get("X-Gitlab-Token"):
        return hmac.compare_digest(token.encode("utf-8", "replace"), secret)
    given = next((headers[name] for name in _HMAC_HEADERS if name in headers), "")
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.removeprefix("sha256=").encode("utf-8", "replace"), expected.encode())


async def _read(request: web.Request) -> bytes | None:
    """The body, or None where it is larger than an event needs to be."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return None
    body = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _payload(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """The event, sent as JSON or as a form that holds JSON."""
    try:
        text = body.decode("utf-8")
        if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text, max_num_fields=10).get("payload", [""])[0]
        payload: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", payload) if isinstance(payload, dict) else None


def _concerns(payload: dict[str, Any], follower: Follower) -> bool:
    parts = (payload.get("repository"), payload.get("project"))
    values = [
        (name, value)
        for part in parts
        if isinstance(part, dict)
        for name, value in cast("dict[str, Any]", part).items()
    ]
    names = {repository_name(value) for _, value in values if isinstance(value, str)}
    if not follower.is_own and follower.repository not in names:
        return False
    branch = follower.branch or next((value for name, value in values if name == "default_branch"), None)
    return branch is None or payload.get("ref") in {None, f"refs/heads/{branch}"}
