"""The control interface: faults, changes of the world and the record of requests, for tests in other processes."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from sandbox.core import Core
from sandbox.errors import ApiError
from sandbox.faults import KINDS
from sandbox.rest.api import parse_json, respond
from sandbox.values import Json, as_id, as_object
from sandbox.world import permissions


class Control:
    """The routes under `/control`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._actions: dict[str, Callable[[Json], None]] = {
            "gateway_drop": self._drop,
            "gateway_reconnect": lambda _: core.gateway.ask_reconnect(),
            "gateway_invalidate": lambda body: core.gateway.invalidate(resumable=body.get("resume") is True),
            "permissions": self._permissions,
            "channel_delete": lambda body: core.world.delete_channel(core.world.channel(_id(body, "channel_id"))),
            "thread_archive": self._archive,
            "dms": self._dms,
            "nonce_window_close": lambda _: core.messages.nonces.close_window(),
            "seed": lambda body: core.faults.seed(_id(body, "seed")),
            "clear": lambda _: core.faults.clear(),
        }

    def attach(self, app: web.Application) -> None:
        """Add the routes to `app`."""
        app.router.add_post("/control/faults", self._post)
        app.router.add_get("/control/faults", self._list)
        app.router.add_get("/control/log", self._log)
        app.router.add_get("/control/channels/{channel_id}/messages", self._messages)

    async def _post(self, request: web.Request) -> web.Response:
        """Play a fault now, or put it in force for requests to come."""
        if request.content_type != "application/json":  # another page's form could be sent without asking first
            return respond({"error": "The body must be application/json."}, 415)
        try:
            body = as_object(parse_json(await request.read()))
            if body is None:
                raise ValueError("the body must be an object")
            kind = body.get("kind")
            # A fault is put in force for requests to come; everything else happens now.
            if kind in KINDS:
                return respond(self._core.faults.add_json(body).to_json(), 201)
            if kind not in self._actions:
                raise ValueError(f"kind: must be one of {', '.join((*KINDS, *self._actions))}")
            self._actions[kind](body)
        except (ValueError, KeyError) as error:
            return respond({"error": str(error)}, 400)
        except ApiError as error:
            return respond({"error": error.message}, error.status)
        return web.Response(status=204)

    async def _list(self, _: web.Request) -> web.Response:
        return respond([fault.to_json() for fault in self._core.faults.listing()])

    async def _log(self, request: web.Request) -> web.Response:
        """Return counts of all requests and the newest ones; `?limit=` says how many of those."""
        log = self._core.log
        limit = request.query.get("limit", "1000")
        count = int(limit) if limit.isascii() and limit.isdigit() else 0
        newest = list(log.entries)[-count:] if count else []
        return respond(
            {
                "by_status": {str(status): number for status, number in sorted(log.by_status.items())},
                "by_fault": dict(log.by_fault),
                "invalid": log.invalid(),
                "under_way": log.under_way,
                "sessions": self._core.gateway.sessions(),
                "sent_away": self._core.gateway.sent_away,
                "entries": [entry.to_json() for entry in newest],
            }
        )

    async def _messages(self, request: web.Request) -> web.Response:
        """Return all messages of a channel, oldest first, with what Discord would not show: nonce and pings."""
        channel_id = as_id(request.match_info["channel_id"]) or 0
        return respond(
            [
                {
                    **self._core.messages.to_json(message, self._core.world.bot),
                    "nonce": message.nonce,
                    "pings": message.pings,
                    "ephemeral_to": None if message.ephemeral_to is None else str(message.ephemeral_to),
                }
                for message in self._core.messages.all(channel_id)
            ]
        )

    # ---- changes of the world ---------------------------------------------------------------------------------------

    def _drop(self, body: Json) -> None:
        self._core.gateway.drop(resumable=body.get("resume") is not False, silent=body.get("silent") is True)

    def _permissions(self, body: Json) -> None:
        """Give the bot permissions in a channel and take others away; two empty lists restore what was."""
        channel = self._core.world.channel(_id(body, "channel_id"))
        guild = self._core.world.guild(channel.guild_id or 0)
        allow, deny = (permissions.by_names(body.get(key) or []) for key in ("allow", "deny"))
        self._core.world.set_overwrite(channel, guild.members[self._core.world.bot.id], allow=allow, deny=deny)

    def _archive(self, body: Json) -> None:
        channel = self._core.world.channel(_id(body, "channel_id"))
        locked = body.get("locked")
        archived = body.get("archived") is not False
        self._core.world.archive_thread(channel, archived=archived, locked=None if locked is None else locked is True)

    def _dms(self, body: Json) -> None:
        self._core.world.users[_id(body, "user_id")].accepts_dms = body.get("accept") is True


def _id(body: Json, key: str) -> int:
    identifier = as_id(body.get(key))
    if identifier is None:
        raise ValueError(f"{key}: must be a number")
    return identifier
