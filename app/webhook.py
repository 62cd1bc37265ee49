"""Push events of GitHub, GitLab, Bitbucket, Gitea, Forgejo and Gogs, which trigger a poll.

Nothing else in an event is trusted: the source is polled as usual. A replayed event thus costs one poll at most, and a
lost one only delays the change until the next scheduled poll.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from config.settings import NewsletterConfig

log = logging.getLogger(__name__)

PATH = "/webhook"
MAX_BODY_BYTES = 2_000_000
READ_LIMIT_S = 10.0
REPLAY_S = 60.0  # the same event again within this time wakes nobody
MAX_REFUSALS = 20  # of one address in a minute; more get a 429, but valid signatures still count
_REMEMBERED = 1_000
_LARGE_BYTES = 64_000  # larger bodies are processed in a thread
_MAX_DEPTH = 4  # of nested values in a payload's repository
_HMAC_HEADERS = (
    "X-Hub-Signature-256", "X-Forgejo-Signature", "X-Gitea-Signature", "X-Gogs-Signature", "X-Hub-Signature",
)  # fmt: skip
_EVENT_HEADERS = (
    "X-Forgejo-Event", "X-Gitea-Event", "X-Gogs-Event", "X-GitHub-Event", "X-Gitlab-Event", "X-Event-Key",
)  # fmt: skip
# The last two are Bitbucket Cloud's and Bitbucket Data Center's.
_PUSHES = {"push", "push hook", "system hook", "repo:push", "repo:refs_changed"}


@dataclass(frozen=True, slots=True)
class Follower:
    """A newsletter for matching events. With an own secret (`is_own`), the repository's name is not compared."""

    name: str
    repository: str
    branch: str
    secret: bytes
    is_own: bool


@dataclass(frozen=True, slots=True)
class PushResponse:
    """The response to the sender."""

    status: int
    text: str


_UNSIGNED = PushResponse(401, "the signature is missing or wrong")
_TOO_LARGE = PushResponse(413, "too large: the next poll finds the change")
_REFUSED = {400, 401, 408, 413, 415}
_UNREAD = {403, 408, 413, 415}  # answers to bodies that were not read completely


def followers(newsletters: Iterable[NewsletterConfig], shared_secret: str | None) -> tuple[Follower, ...]:
    """Return the newsletters that events can wake: those with a Git remote and a secret."""
    found: list[Follower] = []
    for newsletter in newsletters:
        own = newsletter.webhook_secret.get_secret_value() if newsletter.webhook_secret else None
        secret, repository = own or shared_secret, repository_name(newsletter.source)
        if secret and repository:
            found.append(Follower(newsletter.name, repository, newsletter.branch, secret.encode(), own is not None))
    return tuple(found)


def repository_name(address: str) -> str:
    """Return `host/owner/repository` for any address of a repository, else ""."""
    # git@host:owner/repository, the short form of ssh.
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


class WebhookReceiver:
    """Checks events and wakes newsletters by name. One instance serves the whole process."""

    def __init__(
        self,
        followers: Iterable[Follower],
        wake: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        *,
        trusted_proxies: Iterable[str] = (),
    ) -> None:
        self._followers = tuple(followers)
        self._trusted = tuple(ipaddress.ip_network(each, strict=False) for each in trusted_proxies)
        self._large = asyncio.Semaphore(1)  # so that floods do not occupy the other threads
        self._wake = wake
        self._clock = clock
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self._refusals: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def follow(self, followers: Iterable[Follower]) -> None:
        """Replace the followers."""
        self._followers = tuple(followers)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        paths = (PATH, f"{PATH}/")
        return [route for path in paths for route in (web.post(path, self._handle), web.get(path, _asked))]

    async def _handle(self, request: web.Request) -> web.Response:
        remote = sender_of(request, self._trusted)
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            answer = PushResponse(415, "send the event without compression")
        else:
            answer = await self._heard(request)
        if answer.status in _REFUSED:
            is_silenced = self._is_silenced(remote)
            self._refused(remote)
            if is_silenced:
                return web.Response(status=429, text="too many refused requests", headers={"Retry-After": "60"})
            log.warning('webhook refused from=%s status=%d reason="%s"', remote, answer.status, answer.text)
        headers = {"Connection": "close"} if answer.status in _UNREAD else None
        return web.Response(status=answer.status, text=answer.text, headers=headers)

    async def _heard(self, request: web.Request) -> PushResponse:
        if not self._followers:
            return PushResponse(403, "nobody to wake: a newsletter needs a Git address, and web.secret or its own")
        body = await _read(request)
        if isinstance(body, PushResponse):
            return body
        # For a few kilobytes, this is faster than handing them to a thread.
        if len(body) <= _LARGE_BYTES:
            return self.receive(request.headers, body)
        async with self._large:
            # Check the signature first, so that no JSON is parsed for unsigned events.
            signed = await asyncio.to_thread(self._signed, request.headers, body)
            if not signed:
                return _UNSIGNED
            payload = await asyncio.to_thread(_payload, request.headers, body)
        return self._accept(request.headers, body, signed, payload)

    def receive(self, headers: Mapping[str, str], body: bytes) -> PushResponse:
        """Check an event and wake the newsletters it concerns."""
        signed = self._signed(headers, body)
        return self._accept(headers, body, signed, _payload(headers, body)) if signed else _UNSIGNED

    def _signed(self, headers: Mapping[str, str], body: bytes) -> list[Follower]:
        """Return the followers whose secret the sender knows."""
        # Most newsletters share a secret, so each distinct secret is checked once.
        secrets = {follower.secret for follower in self._followers}
        known = {secret for secret in secrets if is_signed(headers, body, secret)}
        return [follower for follower in self._followers if follower.secret in known]

    def _accept(
        self, headers: Mapping[str, str], body: bytes, signed: list[Follower], payload: dict[str, Any] | None
    ) -> PushResponse:
        event = next((headers[name] for name in _EVENT_HEADERS if name in headers), "")
        if event.lower() not in _PUSHES:
            return PushResponse(200, f"nothing to do for {event[:40] or 'an event without a name'}")
        if payload is None:
            return PushResponse(400, "the body is not a JSON object")
        concerned = [follower.name for follower in signed if _concerns(payload, follower)]
        if not concerned:
            return PushResponse(200, "no newsletter follows this branch of this repository")
        # Forges resend an event when the answer is late, and a recorded event could be sent by anyone.
        if self._is_replay(body):
            return PushResponse(200, "seen already")
        self._wake_all(concerned)
        return PushResponse(202, "looking")

    def _wake_all(self, names: Iterable[str]) -> None:
        for name in names:
            log.info('push event newsletter="%s"', name)
            self._wake(name)

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


async def _asked(request: web.Request) -> web.Response:
    """Tell a person who opens the address that it is the right one."""
    del request
    text = "Herald takes push events here: enter this address as a webhook in the repository's settings."
    return web.Response(status=405, text=text, headers={"Allow": "POST"})


def is_signed(headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """Whether the sender knows `secret`; compared in constant time.

    GitHub, Gitea and Forgejo sign the body with HMAC-SHA256; GitLab sends the secret itself.
    """
    if token := headers.get("X-Gitlab-Token"):
        return hmac.compare_digest(token.encode("utf-8", "replace"), secret)
    given = next((headers[name] for name in _HMAC_HEADERS if name in headers), "")
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.removeprefix("sha256=").encode("utf-8", "replace"), expected.encode())


async def _read(request: web.Request) -> bytes | PushResponse:
    """Return the raw body, or the response if it is too large, too slow or broken."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return _TOO_LARGE
    body = bytearray()
    try:
        async with asyncio.timeout(READ_LIMIT_S):
            async for chunk in request.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    return _TOO_LARGE
    except TimeoutError:
        return PushResponse(408, "the request took too long")
    except (web.RequestPayloadError, aiohttp.ClientError, ConnectionError):
        return PushResponse(400, "the request is broken")
    return bytes(body)


def _payload(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """Return the event, sent as JSON or as a form that contains JSON; None if it is neither."""
    try:
        text = body.decode("utf-8")
        if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text, max_num_fields=10).get("payload", [""])[0]
        payload: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", payload) if isinstance(payload, dict) else None


def _concerns(payload: dict[str, Any], follower: Follower) -> bool:
    found = (payload.get("repository"), payload.get("project"))
    parts = [cast("dict[str, Any]", part) for part in found if isinstance(part, dict)]
    names = {repository_name(value) for part in parts for value in _texts(part)}
    if not follower.is_own and follower.repository not in names:
        return False
    default = next((part["default_branch"] for part in parts if "default_branch" in part), None)
    return _is_of_branch(payload, follower.branch or default)


def _is_of_branch(payload: dict[str, Any], branch: object) -> bool:
    """Whether this branch was pushed; True if the payload or the follower does not name a branch."""
    refs = _refs(payload)
    return branch is None or not refs or f"refs/heads/{branch}" in refs


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield all strings in a payload's repository object, one of which is its address."""
    if isinstance(value, str):
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, (dict, list)):
        inner = cast("dict[str, Any]", value).values() if isinstance(value, dict) else cast("list[Any]", value)
        for each in inner:
            yield from _texts(each, depth + 1)


def _refs(payload: dict[str, Any]) -> set[str]:
    """Return the full names of the pushed branches; empty if the payload names none."""
    refs: set[str] = {payload["ref"]} if isinstance(payload.get("ref"), str) else set()
    push: Any = payload.get("push")
    changes: Any = cast("dict[str, Any]", push).get("changes") if isinstance(push, dict) else payload.get("changes")
    for change in cast("list[Any]", changes) if isinstance(changes, list) else []:
        if not isinstance(change, dict):
            continue
        parts = cast("dict[str, Any]", change)
        # Bitbucket Cloud; a deleted branch has no "new".
        names = [_text_in(parts.get(side), "name") for side in ("new", "old")]
        refs |= {f"refs/heads/{name}" for name in names if name is not None}
        # Bitbucket Data Center.
        refs.add(_text_in(parts.get("ref"), "id") or "")
    return refs - {""}


def _text_in(part: object, key: str) -> str | None:
    """Return a string of an object in the payload; None if either has another type."""
    value: Any = cast("dict[str, Any]", part).get(key) if isinstance(part, dict) else None
    return value if isinstance(value, str) else None


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def sender_of(request: web.Request, trusted: Sequence[Network]) -> str:
    """Return the address that sent a request, "?" if it is unknown; for IPv6 the /64 network, which one sender owns.

    `X-Forwarded-For` is trusted as far as trusted proxies wrote it: the last address that is not one of them counts.
    """
    hops = [request.remote or ""]
    for header in request.headers.getall("X-Forwarded-For", []):
        hops[:0] = [part.strip() for part in header.split(",")]
    sender = _parsed(hops[-1])
    for hop in reversed(hops):
        address = _parsed(hop)
        if address is None:
            break
        sender = address
        if not any(address in network for network in trusted):
            break
    if isinstance(sender, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((sender, 64), strict=False))
    return str(sender or "?")


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
