"""Keeps other pages out: a browser that shows something from elsewhere cannot drive this server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.core import Core
from sandbox.rest.api import respond

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_POLICY = "default-src 'self'; connect-src 'self'; img-src 'self' https: data:; frame-ancestors 'none'; base-uri 'none'"


def guard(core: Core) -> Middleware:
    """Return the middleware that checks Host (against rebinding) and Origin, and words the errors of the interface."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = _refusal(core, request)
        if refused is not None:
            return respond({"error": refused}, 403)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            if not request.path.startswith("/api/"):
                raise
            reason = f"{error.status}: {error.reason}"
            return respond({"message": reason, "code": 0}, error.status)
        if not response.prepared:
            response.headers.setdefault("Content-Security-Policy", _POLICY)
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return check


def _refusal(core: Core, request: web.Request) -> str | None:
    port = urlsplit(core.url).port
    own = {f"127.0.0.1:{port}", f"localhost:{port}"}
    if request.host not in own:
        return "This server answers only to its own address."
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc not in own:
        return "This server answers only to its own page."
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.headers.get("Sec-Fetch-Mode") != "navigate":
        return "This server answers only to its own page."
    return None
