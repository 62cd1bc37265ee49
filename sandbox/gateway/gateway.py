"""Discord's gateway, version 10: sessions, heartbeats, events by intent, resuming, and breaking off on purpose."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import time
from collections.abc import Container
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.gateway import intents
from sandbox.gateway.sessions import Close, Connection, GatewayError, Session, dump
from sandbox.values import Json, as_id, as_list, as_object, iso
from sandbox.world.events import Event
from sandbox.world.model import User
from sandbox.world.state import World

HEARTBEAT_MS = 41_250
MAX_IDLE_SESSIONS = 8
_, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, _, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = range(12)


class Gateway:
    """All sessions of the bot; `heartbeat_ms` is what HELLO asks for, `url` where a session is to resume.

    `shards` is how many Discord recommends. In `identify_every_s` seconds `max_concurrency` shards may identify, one of
    each rest of their numbers; who comes earlier is sent away with an invalid session. 0 lets everybody in.
    """

    def __init__(self, world: World, token: str, heartbeat_ms: int = HEARTBEAT_MS) -> None:
        self.heartbeat_ms = heartbeat_ms
        self.url = ""
        self.shards = 1
        self.max_concurrency = 1
        self.logins = {"total": 1000, "remaining": 999, "reset_after": 86_400_000}  # as a client is told
        self.identify_every_s = 0.0
        self.sent_away = 0  # who identified too early
        self._identified_s: dict[int, float] = {}
        self._world = world
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        world.bus.listen(self._on_event)

    @property
    def is_online(self) -> bool:
        """Whether the bot is connected and identified."""
        return any(session.connection is not None for session in self._sessions.values())

    # ---- one connection ---------------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=64 * 1024, compress=False, timeout=1.0)
        await socket.prepare(request)
        # zstd-stream, which a client may ask for too, is answered uncompressed: clients take that
        connection = Connection(socket, request, compress=request.query.get("compress") == "zlib-stream")
        self._connections.add(connection)
        pump = asyncio.create_task(connection.pump())
        try:
            if request.query.get("v", "10") != "10" or request.query.get("encoding", "json") != "json":
                raise GatewayError(4012, "Invalid API version or encoding.")
            connection.send(dump({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_ms}}))
            await self._receive(connection)
        except GatewayError as error:
            connection.send(error.close)
            await asyncio.wait([pump], timeout=5)
        finally:
            connection.detach()
            self._connections.discard(connection)
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            self.tell_status()
        return socket

    async def _receive(self, connection: Connection) -> None:
        # Discord gives a client about as long: one heartbeat may be lost, not two.
        patience_s = self.heartbeat_ms / 1000 * 2
        while True:
            try:
                message = await connection.socket.receive(timeout=patience_s)
            except TimeoutError:
                raise GatewayError(4009, "Session timed out.") from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                # Who says goodbye properly ends the session; any other end leaves it to be resumed.
                if message.type is WSMsgType.CLOSE and message.data in (1000, 1001):
                    self._forget(connection.session)
                return
            connection.count_received()
            payload = _parse(message.data)
            self._obey(connection, payload.get("op"), as_object(payload.get("d")) or {})

    def _obey(self, connection: Connection, op: Any, data: Json) -> None:
        if op == HEARTBEAT:
            connection.send(dump({"op": ACK, "d": None}))
        elif op == IDENTIFY:
            self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        else:
            self._request(connection, op, data)

    def _request(self, connection: Connection, op: Any, data: Json) -> None:
        if op not in (PRESENCE, VOICE, REQUEST_MEMBERS):
            raise GatewayError(4001, "Unknown opcode.")
        if connection.session is None:
            raise GatewayError(4003, "Not authenticated.")
        if op == REQUEST_MEMBERS:
            self._send_members(connection.session, data)

    def _authenticate(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise GatewayError(4005, "Already authenticated.")
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise GatewayError(4004, "Authentication failed.")

    def _identify(self, connection: Connection, data: Json) -> None:
        self._authenticate(connection, data)
        wanted = data.get("intents")
        if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted & ~intents.ALL:
            raise GatewayError(4013, "Invalid intent(s).")
        if wanted & intents.PRIVILEGED & ~self._world.privileged_intents:
            raise GatewayError(4014, "Disallowed intent(s).")
        shard = _shard(data.get("shard"))
        # Discord does not refuse a hasty client, it sends it away to try again.
        if self._is_too_early(shard[0]):
            connection.send(dump({"op": INVALID, "d": False}))
            return
        session = Session(secrets.token_hex(16), wanted, shard)
        self._sessions[session.id] = session
        self._forget_oldest()
        self._join(connection, session)
        self._welcome(session)

    def _is_too_early(self, shard: int) -> bool:
        key, now_s = shard % self.max_concurrency, time.monotonic()
        if self.identify_every_s and now_s - self._identified_s.get(key, -math.inf) < self.identify_every_s:
            self.sent_away += 1
            return True
        self._identified_s[key] = now_s
        return False

    def _join(self, connection: Connection, session: Session) -> None:
        if session.connection is not None:
            session.connection.send(Close(4000, "Resumed elsewhere."))
            session.connection.session = None
        connection.session = session
        session.connection = connection
        self.tell_status()

    def _welcome(self, session: Session) -> None:
        world = self._world
        guilds = [one for one in world.guilds.values() if session.is_for(one.id) and world.bot.id in one.members]
        ready: Json = {
            "v": 10,
            "user": {**world.bot.to_json(), "verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(world.bot.id), "flags": world.application()["flags"]},
        }
        session.dispatch("READY", ready)
        for guild in guilds:
            self._send_guild(session, guild.id)

    def _send_guild(self, session: Session, guild_id: int) -> None:
        if session.intents & intents.GUILDS:
            guild = self._world.guilds[guild_id]
            everyone = bool(session.intents & intents.GUILD_MEMBERS)
            data = guild.to_create_json(self._world.bot.id, with_all_members=everyone)
            session.dispatch("GUILD_CREATE", data)

    def _resume(self, connection: Connection, data: Json) -> None:
        self._authenticate(connection, data)
        session = self._sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None or not isinstance(sequence, int) or not session.has_since(sequence):
            self._forget(session)
            connection.send(dump({"op": INVALID, "d": False}))
            return
        self._join(connection, session)
        # Everything since the last event that the client has seen, in the order in which it happened.
        for number, payload in session.replay:
            if number > sequence:
                connection.send(payload)
        session.dispatch("RESUMED", {})

    def _send_members(self, session: Session, data: Json) -> None:
        guild = self._world.guilds.get(as_id(data.get("guild_id")) or 0)
        if guild is None:
            return
        _refuse_all_members(session, data)
        wanted = [as_id(one) for one in as_list(data.get("user_ids"))]
        query = data.get("query")
        found = [member.to_json() for member in guild.members.values() if _is_wanted(member.user, wanted, query)]
        chunk: Json = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
        missing = [str(one) for one in wanted if one not in guild.members]
        session.dispatch("GUILD_MEMBERS_CHUNK", {**chunk, "not_found": missing, "nonce": data.get("nonce")})

    # ---- events -----------------------------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        # What one person alone sees, Discord shows no bot either.
        if event.people_only or event.only_user is not None:
            return
        for session in self._sessions.values():
            if not session.is_for(event.guild_id) or not intents.wants(self._world, session.intents, event):
                continue
            if event.name == "GUILD_CREATE":
                self._send_guild(session, event.guild_id or 0)
            else:
                session.dispatch(event.name, intents.readable(self._world, session.intents, event))

    def interaction(self, guild_id: int | None, payload: Json) -> bool:
        """Send an interaction to every session of its shard; return whether anybody is there to take it."""
        # While a deployment runs, two sessions may hold one shard: both hear of it, and the first answer counts.
        found = [one for one in self._sessions.values() if one.connection is not None and one.is_for(guild_id)]
        for session in found:
            session.dispatch("INTERACTION_CREATE", payload)
        return bool(found)

    def tell_status(self) -> None:
        """Tell the page whether the bot is connected."""
        self._world.bus.tell(Event("BOT_STATUS", {"online": self.is_online}, people_only=True))

    # ---- faults and the end -----------------------------------------------------------------------------------------

    def drop(self, *, resumable: bool = True, silent: bool = False) -> int:
        """Break all connections off, `silent` without a closing word; return how many there were.

        Unless `resumable`, their sessions are forgotten.
        """
        dropped = 0
        for connection in list(self._connections):
            session = connection.session
            connection.detach()
            if not resumable:
                self._forget(session)
            if silent:
                connection.cut()
            else:
                connection.send(Close(4000, "Unknown error."))
            dropped += 1
        return dropped

    def ask_reconnect(self) -> None:
        """Ask all clients to connect anew and resume, as Discord does when it moves its servers."""
        for connection in self._connections:
            connection.send(dump({"op": RECONNECT, "d": None}))

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell all clients that their sessions are invalid."""
        for connection in self._connections:
            if not resumable:
                self._forget(connection.session)
            connection.send(dump({"op": INVALID, "d": resumable}))

    async def close(self) -> None:
        """End all connections, as a server that goes away."""
        for connection in list(self._connections):
            connection.detach()
            await connection.socket.close(code=1001)

    def _forget(self, session: Session | None) -> None:
        if session is not None:
            self._sessions.pop(session.id, None)
            if session.connection is not None:
                session.connection.session = None
                session.connection = None

    def _forget_oldest(self) -> None:
        idle = [session for session in self._sessions.values() if session.connection is None]
        for session in idle[: max(len(idle) - MAX_IDLE_SESSIONS, 0)]:
            self._forget(session)

    def sessions(self) -> list[Json]:
        """Return a summary of all sessions, for the control interface."""
        now = iso(self._world.clock.now())
        return [
            {"id": one.id, "sequence": one.sequence, "connected": one.connection is not None, "at": now}
            for one in self._sessions.values()
        ]


def _parse(data: str | bytes) -> Json:
    try:
        payload = as_object(json.loads(data))
    except (ValueError, RecursionError):
        payload = None
    if payload is None:
        raise GatewayError(4002, "Decode error.")
    return payload


def _shard(value: Any) -> tuple[int, int]:
    if value is None:
        return 0, 1
    numbers = as_list(value)
    if len(numbers) != 2 or not all(isinstance(one, int) for one in numbers) or not 0 <= numbers[0] < numbers[1]:
        raise GatewayError(4010, "Invalid shard.")
    return numbers[0], numbers[1]


def _refuse_all_members(session: Session, data: Json) -> None:
    """Refuse to list everybody without the intent that Discord asks for it."""
    asks_for_all = data.get("query") == "" and not data.get("limit")
    if asks_for_all and not session.intents & intents.GUILD_MEMBERS:
        raise GatewayError(4014, "Disallowed intent(s).")


def _is_wanted(user: User, ids: Container[int | None], query: object) -> bool:
    """Whether members that are asked for by number or by the beginning of a name include this one."""
    return user.id in ids or (query is not None and user.username.startswith(str(query)))
