"""Filling an empty index: of a new search copy, or of a file after moving from a server.

Tokenising is most of the work. For many items a separate process reads and tokenises them, while this one writes the
results.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from concurrent.futures import BrokenExecutor, Executor
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, func, select
from sqlalchemy.exc import DBAPIError

import processes
from errors import StorageAwayError
from storage import schema
from storage.database import Database
from storage.failures import explained
from storage.index import Documents, documents_of, write_documents
from storage.reindex import FOLLOWED, entries_from, findable, mark_current

log = logging.getLogger(__name__)

_BATCH = 2_000  # items per transaction; large, because nothing else writes to the file meanwhile
_FEW = 10_000  # items up to which a process takes longer to start than it saves


async def fill(db: Database) -> int:
    """Index all items of a file with an empty index; returns how many. Nothing else may use the file meanwhile.

    If it is interrupted, `reindex` completes the index. Raises StorageError if the tokenising process dies.
    """
    loop, count = asyncio.get_running_loop(), 0
    async with _cutter(db) as cutter:
        coming = loop.run_in_executor(cutter, _documents_after, db.path, 0)
        try:
            while (found := await coming) is not None:
                last, documents = found
                coming = loop.run_in_executor(cutter, _documents_after, db.path, last)
                if documents.rows:
                    async with db.transaction() as connection:
                        await write_documents(connection, documents)
                count += len(documents.rows)
        except BrokenExecutor as error:
            raise StorageAwayError(
                f"{db.path.name} has no index yet: the process that made it was ended from outside, or ran out of "
                "memory. Start again."
            ) from error
        except DBAPIError as error:  # from the tokeniser; errors of `db` are converted already
            raise explained(error, db.name) or error from error
    async with db.transaction() as connection:
        await mark_current(connection)
    log.info("search index filled items=%d", count)
    return count


@asynccontextmanager
async def _cutter(db: Database) -> AsyncGenerator[Executor | None]:
    """Yield a process for tokenising; None for few items, which threads of this process handle."""
    async with db.reading() as connection:
        is_large = await connection.scalar(select(schema.items.c.id).offset(_FEW).limit(1)) is not None
    if not is_large:
        yield None
        return
    pool = processes.worker()
    try:
        yield pool
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def _documents_after(path: Path, issue_id: int) -> tuple[int, Documents] | None:
    """Return the documents of the next issues, and the last issue's id; None if there are no more."""
    items = schema.items
    url = URL.create("sqlite", database=path.as_uri(), query={"mode": "ro", "uri": "true"})
    with create_engine(url, poolclass=NullPool).connect() as connection, processes.uncollected():
        following = select(items.c.issue_id).where(items.c.issue_id > issue_id).order_by(items.c.issue_id)
        last = connection.scalar(select(func.max(following.limit(_BATCH).subquery().c.issue_id)))
        if last is None:
            return None
        query = findable().where(items.c.issue_id.between(issue_id + 1, last), FOLLOWED)
        return last, documents_of(entries_from(connection.execute(query).mappings()))
