"""The way of a REST request: faults, token, limits, body, handler, answer; and the table of routes."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aiohttp import BodyPartReader, web

from sandbox.core import Core, LogEntry
from sandbox.errors import ApiError, Form, bad_form, unauthorized
from sandbox.faults import Fault, cut
from sandbox.rules.rate_limit import DEFAULT, Limit, RateLimitResult
from sandbox.values import Json, as_id, as_object
from sandbox.world.compose import Upload
from sandbox.world.model import User
from sandbox.world.state import World

PREFIX = "/api/v10"
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id", "token")
MAX_BODY = 26 * 1024 * 1024
_FILE_FIELD = re.compile(r"files\[(\d{1,2})\]")
_JSON_TYPES = ("application/json", "multipart/form-data")


@dataclass(slots=True)
class Call:
    """A request on its way: who asks is always the bot, unless the route needs no token."""

    core: Core
    request: web.Request
    route: Route
    payload: Any = None
    uploads: list[Upload] = field(default_factory=list[Upload])

    @property
    def world(self) -> World:
        """The state that the request is about."""
        return self.core.world

    @property
    def bot(self) -> User:
        """Who asks."""
        return self.core.world.bot

    @property
    def body(self) -> Json:
        """The body as an object: empty if there is none; a body of another kind is refused."""
        if self.payload is None:
            return {}
        body = as_object(self.payload)
        if body is None:
            raise bad_form((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return body

    def id(self, name: str) -> int:
        """Return an identifier of the path, or refuse it."""
        value = self.request.match_info[name]
        identifier = as_id(value)
        if identifier is None:
            raise bad_form((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return identifier

    def query_id(self, name: str) -> int | None:
        """Return an identifier of the query, or None if it is not there."""
        value = self.request.query.get(name)
        if value is None:
            return None
        if (identifier := as_id(value)) is None:
            raise bad_form((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return identifier

    def query_count(self, name: str, default: int, high: int) -> int:
        """Return a number of the query from 1 to `high`, or refuse it."""
        value = self.request.query.get(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit():
            raise bad_form((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        if not 1 <= int(value) <= high:
            raise bad_form((name,), "NUMBER_TYPE_MAX", f"int value should be between 1 and {high}.")
        return int(value)

    def query_flag(self, name: str) -> bool:
        """Tell whether the query says yes to `name`."""
        return self.request.query.get(name, "").lower() in {"1", "true"}

    def verify(self, form: Form) -> None:
        """Refuse a body in which `form` found faults, or that Discord's own description does not allow."""
        form.check()
        if self.core.openapi is not None and self.payload is not None:
            self.core.openapi.check(self.route.method, self.route.path, self.payload)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` None is an empty one."""

    body: Any = None
    status: int = 200


NO_CONTENT = Reply(None, 204)
Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the interface; `open_` needs no token, as its path carries one, and is not counted globally."""

    method: str
    path: str
    handler: Handler
    limit: Limit
    open_: bool


class Routes:
    """A table that handlers enter themselves into."""

    def __init__(self) -> None:
        self.table: list[Route] = []

    def add(
        self, method: str, path: str, *, limit: Limit = DEFAULT, open_: bool = False
    ) -> Callable[[Handler], Handler]:
        """Enter the decorated handler for `method` and `path`."""

        def enter(handler: Handler) -> Handler:
            self.table.append(Route(method, path, handler, limit, open_))
            return handler

        return enter


class RestApi:
    """Serves the routes of Discord's REST interface under `/api/v10`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def attach(self, app: web.Application, tables: list[Routes]) -> None:
        """Add all routes to `app`, and Discord's own answers for what is none of them."""
        for table in tables:
            for route in table.table:
                app.router.add_route(route.method, PREFIX + route.path, self._served(route))

    def _served(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self._core.log.under_way += 1
            try:
                return await self._serve(route, request)
            finally:
                self._core.log.under_way -= 1

        return serve

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        fault = self._core.faults.next(f"{request.method} {path}")
        response = await self._play(fault, request) if fault is not None and not fault.after else None
        code = None
        if response is None:
            response, code = await self._answer(route, request)
            if fault is not None and fault.after:
                response = await self._play(fault, request) or response
        name = None if fault is None else fault.kind
        self._core.log.add(LogEntry(self._core.world.clock.now(), request.method, path, _status(response), code, name))
        return response

    async def _answer(self, route: Route, request: web.Request) -> tuple[web.Response, int | None]:
        headers: dict[str, str] = {}
        try:
            # In the order in which Discord refuses: who asks, how often, and only then what is asked.
            if not route.open_:
                self._authorize(request)
            # What the handler refuses has been counted all the same.
            headers = self._take(route, request)
            call = Call(self._core, request, route, *await read_body(request))
            reply = await route.handler(call)
        except ApiError as error:
            return respond(error.to_json(), error.status, headers | error.headers), error.code
        if reply.body is None:
            return web.Response(status=reply.status, headers=headers), None
        return respond(reply.body, reply.status, headers), None

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._core.token}":
            raise unauthorized()

    def _take(self, route: Route, request: web.Request) -> dict[str, str]:
        major = "/".join(request.match_info[name] for name in MAJOR if name in request.match_info)
        # One bucket for each channel, server or webhook, whatever other ids the path has.
        verdict = self._core.limiter.take(f"{route.method} {route.path}", major, route.limit, is_global=not route.open_)
        if not verdict.allowed:
            refuse_rate(verdict)
        return verdict.headers

    async def _play(self, fault: Fault, request: web.Request) -> web.Response | None:
        """Do what the fault says; return the answer it gives, None when the request goes on."""
        if fault.kind == "stall":
            if request.content_type == "application/json":
                await request.read()  # what has arrived is done, also if nobody waits for the answer any more
            await asyncio.sleep(fault.seconds)
            return None
        # With a code the answer is Discord's own JSON; without one it is what a broken proxy in front of it says.
        if fault.kind == "status":
            if fault.code:
                return respond(ApiError(fault.status, fault.code, "played by the sandbox").to_json(), fault.status)
            return web.Response(status=fault.status, text=f"{fault.status}: played by the sandbox")
        if fault.kind == "rate_limit":
            scope = "global" if fault.is_global else "shared"
            verdict = RateLimitResult(False, {"X-RateLimit-Scope": scope}, fault.seconds, fault.is_global)
            error = rate_error(verdict)
            return respond(error.to_json(), error.status, error.headers)
        cut(request, reset=fault.kind == "reset")
        return web.Response(status=499)


def _status(response: web.Response) -> int:
    return 0 if response.status == 499 else response.status


def rate_error(verdict: RateLimitResult) -> ApiError:
    """Return the refusal of a request beyond its limit; discord.py heeds it only when it seems to come via a proxy."""
    retry_after_s = math.ceil(verdict.retry_after_s * 1000) / 1000
    error = ApiError(
        429, 0, "You are being rate limited.", extra={"retry_after": retry_after_s, "global": verdict.is_global}
    )
    error.headers = verdict.headers | {"Retry-After": str(math.ceil(retry_after_s)), "Via": "1.1 sandbox"}
    return error


def refuse_rate(verdict: RateLimitResult) -> NoReturn:
    """Refuse a request beyond its limit."""
    raise rate_error(verdict)


def respond(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON answer; the content type carries no charset, for discord.py compares it exactly."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return web.Response(body=data, status=status, headers=headers, content_type="application/json")


async def read_body(request: web.Request) -> tuple[Any, list[Upload]]:
    """Return a request's JSON and its files, or refuse it as Discord does."""
    if not request.body_exists or request.content_length == 0:
        return None, []
    try:
        if request.content_type == "multipart/form-data":
            return await _read_multipart(request)
        if request.content_type != "application/json":
            listing = ", ".join(f"'{kind}'" for kind in _JSON_TYPES)
            raise bad_form((), "CONTENT_TYPE_INVALID", f'Expected "Content-Type" header to be one of {{{listing}}}.')
        return parse_json(await request.read()), []
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError(413, 40005, "Request entity too large") from error


def parse_json(data: bytes) -> Any:
    """Return what `data` says as JSON, or refuse it."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from error


async def _read_part(part: BodyPartReader, room: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(256 * 1024):
        content += chunk
        # While it arrives, as the length that a client states may be a lie.
        if len(content) > room:
            raise ApiError(413, 40005, "Request entity too large")
    return bytes(content)


async def _read_multipart(request: web.Request) -> tuple[Any, list[Upload]]:
    payload: Any = {}
    uploads: list[Upload] = []
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise bad_form((), "CONTENT_TYPE_INVALID", "A part of the form is a form of its own.")
        content = await _read_part(part, MAX_BODY - size)
        size += len(content)
        if part.name == "payload_json":
            payload = parse_json(content)
        elif match := _FILE_FIELD.fullmatch(part.name or ""):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            uploads.append(Upload(int(match[1]), part.filename or "unknown", content, kind))
    return payload, uploads
