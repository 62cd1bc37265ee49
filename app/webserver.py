"""The bot's small web server: webhooks, health and metrics."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from app.doorkeeper import Doorkeeper
from app.monitoring import Monitor
from app.webhook import PATH, WebhookReceiver
from config.settings import WebConfig
from errors import ConfigError

log = logging.getLogger(__name__)

_AT_ONCE, _QUEUE = 16, 1024  # connections accepted per round of the event loop, and connections that may wait


@asynccontextmanager
async def serving(config: WebConfig, webhook: WebhookReceiver, monitor: Monitor) -> AsyncGenerator[str]:
    """Serve during the block, and yield the server's address. Raises ConfigError if the port is in use."""

    def protocol() -> asyncio.Protocol:
        return cast("web.Server", runner.server)()

    keeper = Doorkeeper(protocol)
    app = web.Application(middlewares=[_keeping(keeper), _counting(monitor)])
    app.add_routes([*webhook.routes(), *_routes(monitor)])
    # Bodies are not decompressed: 2 MB may become 2 GB. What a refused sender still sends is read only briefly.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False, lingering_time=2.0)
    await runner.setup()
    server: asyncio.Server | None = None
    try:
        try:
            server = await _listening(keeper, config)
            _queue(server)
        except OSError as error:
            where = f"{config.host} port {config.port}"
            text = f"The web server cannot listen on {where} ({error.strerror}): change web.host or web.port."
            raise ConfigError(text) from error
        host, port = server.sockets[0].getsockname()[:2]
        log.info("web server listening host=%s port=%d", host, port)
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        if server is not None:
            server.close()
        await runner.cleanup()


async def _listening(keeper: Doorkeeper, config: WebConfig) -> asyncio.Server:
    """Listen. "::" means all addresses, as 0.0.0.0 does; asyncio would exclude IPv4."""
    loop = asyncio.get_running_loop()
    if config.host != "::" or not socket.has_dualstack_ipv6():
        return await loop.create_server(keeper, config.host, config.port, backlog=_AT_ONCE)
    family = socket.AF_INET6
    both = socket.create_server(("::", config.port), family=family, backlog=_AT_ONCE, dualstack_ipv6=True)
    return await loop.create_server(keeper, sock=both, backlog=_AT_ONCE)


def _queue(server: asyncio.Server) -> None:
    """Raise the kernel's queue above the number that asyncio accepts per round, during which it blocks the loop."""
    for one in server.sockets:
        with socket.fromfd(one.fileno(), one.family, one.type) as twin:
            twin.listen(_QUEUE)


def _keeping(keeper: Doorkeeper) -> Middleware:
    @web.middleware
    async def kept(request: web.Request, handler: Handler) -> web.StreamResponse:
        with keeper.serving(request):
            return await handler(request)

    return kept


def _counting(monitor: Monitor) -> Middleware:
    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        # Requests of scanners are not counted, because they would hide the responses to forges.
        if request.path.rstrip("/") == PATH:
            monitor.metrics.webhooks.labels(str(response.status)).inc()
        return response

    return counted


def _routes(monitor: Monitor) -> list[web.RouteDef]:
    async def health(_request: web.Request) -> web.Response:
        report = await monitor.report()
        problems = [asdict(problem) for problem in report.problems]
        return web.json_response(
            {"healthy": report.is_healthy, "version": report.version, "problems": problems},
            status=200 if report.is_healthy else 503,
        )

    # Ignores Discord and the sources: a probe that restarts the process would not repair them.
    async def alive(_request: web.Request) -> web.Response:
        return web.Response(text="alive")

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=await monitor.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", health), web.get("/livez", alive), web.get("/metrics", metrics)]
