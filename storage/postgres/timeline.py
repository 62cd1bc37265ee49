"""The timeline of a server: a standby that takes over begins another one, perhaps without the last commits.

PostgreSQL counts its timelines in the names of its log's files, which every role may ask for. The one that the database
was last used on is in `settings`. Where the server's is another, requests may be under way, and messages in the
channels, of which the database knows nothing any more.
"""

from __future__ import annotations

import logging
import math

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import remember
from storage.schema import settings

log = logging.getLogger(__name__)

TIMELINE = "timeline"  # a setting: the timeline, and since when by the server's clock, in seconds (0: from the start)
_CURRENT = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
# Whether the server still is on :timeline; "" is one that nobody could be told.
IS_CURRENT = f"CASE WHEN :timeline = '' THEN true ELSE {_CURRENT} = :timeline END"
_ASK = text(f"SELECT {_CURRENT}")
# SQLSTATE where a role may not ask, or a server like PostgreSQL has no such log
_NOT_TOLD = {"42501", "42883", "0A000"}
_NOW = text("SELECT extract(epoch FROM clock_timestamp())")
_NO_PROCESSES = text("DELETE FROM processes")
_FREE = text(
    "UPDATE duties SET epoch = NULL,"
    " settles_at = greatest(settles_at, clock_timestamp() + make_interval(secs => :wait))"
)
# The numbers that were given last are forgotten. Nothing else may get them: messages carry them.
_SKIP_NUMBERS = text(
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, last_value + 1000000)"
    " FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"
)


async def current_timeline(connection: AsyncConnection) -> str:
    """Return the server's timeline; "" if it cannot be known."""
    try:
        async with connection.begin_nested():
            return str(await connection.scalar(_ASK))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_TOLD:
            raise
        log.warning('timeline not readable, a promoted standby will not be noticed error="%s"', error)
        return ""


async def enter_timeline(connection: AsyncConnection, timeline: str, wait_s: float) -> float:
    """Note the server's timeline; returns for how long it has been the present one, infinite if no other is known.

    On a new one nobody counts any more, requests may be under way for `wait_s` of which the database knows nothing, and
    no number is given twice.
    """
    if not timeline:
        return math.inf
    stored = await connection.scalar(select(settings.c.value).where(settings.c.key == TIMELINE))
    known, _, since = (stored or f"{timeline} 0").partition(" ")
    now_s = float(await connection.scalar(_NOW) or 0.0)
    if known != timeline:
        since = f"{now_s:.3f}"
        log.warning("server has a new timeline, commits may be lost timeline=%s before=%s", timeline, known)
        await connection.execute(_NO_PROCESSES)
        await connection.execute(_FREE, {"wait": wait_s})
        await connection.execute(_SKIP_NUMBERS)
    if stored != f"{timeline} {since}":
        await remember(connection, TIMELINE, f"{timeline} {since}")
    return now_s - float(since) if since != "0" else math.inf
