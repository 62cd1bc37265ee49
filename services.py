"""Everything that works without Discord, opened together and closed in reverse."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from config import Config
from importer import Importer
from publisher import Publisher
from storage.alert_matching import Matcher
from storage.alerts import Alerts
from storage.archive import Archive
from storage.completion import Completion
from storage.database import Database
from storage.outbox import Outbox
from storage.related import Related
from storage.search import Search
from storage.subscriptions import Subscriptions
from storage.topics import Topics
from watcher import utc_now

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The rooms that cogs and subcommands join."""

    config: Config
    db: Database
    archive: Archive
    search: Search
    completion: Completion
    topics: Topics
    related: Related
    alerts: Alerts
    matcher: Matcher
    outbox: Outbox
    subscriptions: Subscriptions
    importer: Importer
    publisher: Publisher


@asynccontextmanager
async def open_services(config: Config) -> AsyncGenerator[Services]:
    """Open the database (migrated, locked against a second instance) and build the rooms on it."""
    began_s = time.monotonic()
    db = await Database.open(config.storage)
    log.info("database open path=%s seconds=%.1f", config.storage, time.monotonic() - began_s)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        archive, outbox, subscriptions = Archive(db), Outbox(db), Subscriptions(db)
        search, completion = Search(db), Completion(db)
        stack.push_async_callback(search.close)
        stack.push_async_callback(completion.close)
        topics, matcher = Topics(db, archive, completion), Matcher(db)
        stack.push_async_callback(topics.close)
        stack.push_async_callback(matcher.close)
        importer = Importer(archive, cache_dir=config.cache)
        stack.push_async_callback(importer.close)
        await subscriptions.from_config(config.subscriptions, now=utc_now())
        calm_collector()
        yield Services(
            config=config,
            db=db,
            archive=archive,
            search=search,
            completion=completion,
            topics=topics,
            related=Related(search, topics),
            alerts=Alerts(db),
            matcher=matcher,
            outbox=outbox,
            subscriptions=subscriptions,
            importer=importer,
            publisher=Publisher(archive, outbox, subscriptions),
        )


def calm_collector() -> None:
    """Take what was loaded out of the garbage collector's sight.

    A full collection holds up the event loop for as long as it looks at everything that is alive: with all the
    modules in it that was 120 ms during an import, and they are never garbage.
    """
    gc.collect()
    gc.freeze()
