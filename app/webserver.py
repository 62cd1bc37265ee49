"""The small web server beside the bot: webhooks, health and figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from app.monitoring import Monitor
from app.webhook import Webhook
from config.settings import WebConfig
from errors import ConfigError

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(config: WebConfig, webhook: Webhook, monitor: Monitor) -> AsyncGenerator[str]:
    """Serve while the block runs, and yield the server's address. Raises ConfigError where the port is not free."""
    app = web.Application()
    app.add_routes([*webhook.routes(), *_routes(monitor)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    measuring = asyncio.create_task(monitor.measure(), name="measure")
    try:
        try:
            await web.TCPSite(runner, config.host, config.port).start()
        except OSError as error:
            where = f"{config.host} port {config.port}"
            text = f"The web server cannot listen on {where} ({error.strerror}): change web.host or web.port."
            raise ConfigError(text) from error
        host, port = runner.addresses[0][:2]
        log.info("web server listening host=%s port=%d", host, port)
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        measuring.cancel()
        await asyncio.wait([measuring])
        await runner.cleanup()


def _routes(monitor: Monitor) -> list[web.RouteDef]:
    async def health(_request: web.Request) -> web.Response:
        stale = await monitor.stale()
        return web.json_response({"fresh": not stale, "reasons": stale}, status=503 if stale else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=await monitor.metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", health), web.get("/metrics", metrics)]
