"""The pace that all processes on one server keep together: turns after each other, and permits of which there are few.

Only the server's clock is compared. The table is not logged: what was promised before a crash is over after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Permit

_LEAST_WAIT_S = 0.05  # until a turn that somebody else has is asked for again

# A turn is taken only once it is there: whoever is killed while it waits has taken none. No turn lasts longer than
# `every` seconds, whatever the server's clock did meanwhile.
_TURN = text(
    "INSERT INTO pace AS kept (key, next_at) VALUES (:key, clock_timestamp() + make_interval(secs => :every))"
    " ON CONFLICT (key) DO UPDATE SET next_at = excluded.next_at"
    " WHERE kept.next_at <= clock_timestamp() OR kept.next_at > clock_timestamp() + make_interval(secs => :every)"
    " RETURNING true"
)
_UNTIL_TURN = text("SELECT extract(epoch FROM next_at - clock_timestamp()) FROM pace WHERE key = :key")
_REST = text(
    "INSERT INTO pace AS kept (key, next_at) VALUES (:key, clock_timestamp() + make_interval(secs => :rest))"
    " ON CONFLICT (key) DO UPDATE SET next_at = greatest(kept.next_at, excluded.next_at)"
)
# Permits are rows next to that of their key, which says until when all rest. One that will be free within a window is
# given now, so that nobody has to ask again at that moment.
_TAKE = text(
    "WITH chosen AS MATERIALIZED ("
    " SELECT key, greatest(next_at, clock_timestamp(), (SELECT next_at FROM pace WHERE key = :key)) AS free_at"
    " FROM pace WHERE key LIKE :permits AND next_at < clock_timestamp() + make_interval(secs => :window)"
    " ORDER BY next_at LIMIT :count FOR UPDATE SKIP LOCKED)"
    " UPDATE pace SET next_at = chosen.free_at + make_interval(secs => :hold) FROM chosen WHERE pace.key = chosen.key"
    " RETURNING pace.key, pace.next_at, extract(epoch FROM chosen.free_at - clock_timestamp())"
)
# If there are none, or the server forgot them in a crash, requests may be on their way: they begin a window later.
_MAKE = text(
    "INSERT INTO pace (key, next_at) SELECT :key || ' ' || number, clock_timestamp() + make_interval(secs => :window)"
    " FROM generate_series(1, :of) AS number ON CONFLICT DO NOTHING"
)
_RETURN = text(
    "UPDATE pace SET next_at = clock_timestamp() + make_interval(secs => :after) WHERE key = :key AND next_at = :until"
)


async def take_turn(connection: AsyncConnection, key: str, every_s: float) -> float:
    """Take a turn if nobody has had one for `every_s`; returns 0, or how long to wait before asking again."""
    if await connection.scalar(_TURN, {"key": key, "every": every_s}):
        return 0.0
    return max(float(await connection.scalar(_UNTIL_TURN, {"key": key}) or 0.0), _LEAST_WAIT_S)


async def rest(connection: AsyncConnection, key: str, seconds: float) -> None:
    """Let nobody have a turn, or begin with a permit, for so long."""
    await connection.execute(_REST, {"key": key, "rest": seconds})


async def take_permits(
    connection: AsyncConnection, key: str, count: int, *, of: int, window_s: float, hold_s: float
) -> list[Permit]:
    """Take up to `count` of `of` permits, for `hold_s` from when each may be used; none if all are in use."""
    values = {"key": key, "permits": f"{key} %", "count": count, "window": window_s, "hold": hold_s}
    taken = (await connection.execute(_TAKE, values)).all()
    if not taken:
        await connection.execute(_MAKE, {"key": key, "of": of, "window": window_s})
    return sorted((Permit(key, until, float(wait_s)) for key, until, wait_s in taken), key=lambda permit: permit.wait_s)


async def return_permits(connection: AsyncConnection, returned: Sequence[tuple[Permit, float]]) -> None:
    """Let others have each of these permits so many seconds from now, unless it is theirs already."""
    values = [{"key": permit.key, "until": permit.until, "after": after_s} for permit, after_s in returned]
    if values:
        await connection.execute(_RETURN, values)
