"""`python bot.py run`: run the bot until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import logs
from app.local_status import answering
from app.notify import notify, reloading, watchdog_s
from app.version import VERSION, commit
from cli.options import log_level, parser_of
from config.exposure import exposed_secrets
from config.faults import NEEDS_SERVER
from config.settings import DEFAULT_PATH, Config, load_config
from errors import ConfigError, HeraldError, StorageError
from logs import incident
from processes import favour_the_loop, give_memory_back, loading
from storage.paths import is_server

if TYPE_CHECKING:
    from app.client import Herald
    from app.reloading import Reloader
    from storage.database import Database

log = logging.getLogger(__name__)

ROLES = ("all", "gateway", "ingest")
NIGHTLY_DAYS = 7  # days that the nightly audit looks back
_PATIENCE_S = 60.0  # between two requests to the service manager for more time to start
_TAKE_S = 60.0  # between two attempts to take a duty of another process
CLOSE_LIMIT_S = 3.5  # stopping takes at most 5 s, including closing the database


def main(argv: Sequence[str]) -> int:
    """Run the bot; return 0 after SIGTERM or Ctrl-C."""
    parser = parser_of("run", "Run the bot.")
    parser.add_argument("--role", choices=ROLES, help="what this process does beside others (default: as configured)")
    options = parser.parse_args(argv)
    _survive_hangup()
    give_memory_back()
    logs.set_up(log_level(options, "info"))
    log.info("herald started version=%s commit=%s", VERSION, commit() or "unknown")

    def load() -> Config:
        config = load_config(options.config, os.environ)
        if options.role is not None and not is_server(config.storage):
            raise ConfigError(f"--role {options.role}: {NEEDS_SERVER}")
        config = config.model_copy(update={"role": options.role or config.role})
        level = log_level(options, config.logging.level)
        # Set up again: only now are the secrets known that must not be logged.
        logs.set_up(level, form=config.logging.format, secrets=config.secrets())
        return config

    config = load()
    for line in exposed_secrets(options.config or DEFAULT_PATH, os.environ):
        log.warning("%s", line)
    log.info("config read newsletters=%d subscriptions=%d", len(config.newsletters), len(config.subscriptions))
    if config.role is not None:
        log.info("sharing the database with other processes role=%s", config.role)
    asyncio.run(run(config, load))
    return 0


async def run(config: Config, load: Callable[[], Config]) -> None:
    """Run the bot until SIGTERM or SIGINT; SIGHUP reloads the configuration with `load`.

    Raises HeraldError if it cannot start or continue.
    """
    # A token read from a file usually ends with a line break.
    token = config.discord.token.get_secret_value().strip() if config.discord.token else ""
    if not token:
        raise ConfigError(
            "There is no Discord token: set DISCORD_TOKEN (or discord.token in the configuration), "
            "or try Herald without one: python bot.py sandbox"
        )
    # Signals are handled from here on; the rest of the startup takes about a second.
    stop, asked = stop_on_signals(), _asked_by_hangup()
    with loading():
        from app.reloading import Reloader
        from app.services import open_services
        from app.sharded import herald_for

    async with contextlib.AsyncExitStack() as stack:
        async with _given_time():
            services = await stack.enter_async_context(open_services(config, apart=True))
        herald = herald_for(services)
        herald.reloader = Reloader(services, load, asked)
        await until(stop, serve(herald, token))
    log.info("stopped")


@contextlib.asynccontextmanager
async def _given_time() -> AsyncGenerator[None]:
    """Extend the service manager's timeout within the block, so that it does not kill a long migration."""

    async def ask() -> None:
        while True:
            notify(f"EXTEND_TIMEOUT_USEC={2 * _PATIENCE_S * 1_000_000:.0f}")
            await asyncio.sleep(_PATIENCE_S)

    asking = asyncio.create_task(ask(), name="patience")
    try:
        yield
    finally:
        asking.cancel()


async def until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends, or cancel it and wait for it once `stop` is set. Raises what it raises."""
    working = asyncio.create_task(work, name="work")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            log.info("stopping")
    finally:
        working.cancel()
        stopping.cancel()
        # Wait for the end: resources closed afterwards must not be in use any more.
        await asyncio.wait([working, stopping])
    if not working.cancelled():
        working.result()


async def serve(herald: Herald, token: str) -> None:
    """Keep `herald` connected until cancelled, then shut it down within a time limit."""
    connection = asyncio.create_task(_connected(herald, token), name="connection")
    try:
        await asyncio.wait([connection])
        connection.result()
    finally:
        try:
            # Processes that share the database take over now instead of after the leases expire.
            await herald.hand_over()
        finally:
            await _take_down(herald, connection)


async def _connected(herald: Herald, token: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(_observed(herald))
        if herald.services.config.web.enabled:
            await stack.enter_async_context(_web_server(herald))
        await herald.serve(token)


@contextlib.asynccontextmanager
async def _observed(herald: Herald) -> AsyncGenerator[None]:
    """Run metrics, background tasks, the systemd watchdog and the server for `bot.py status` within the block."""

    async def report() -> dict[str, Any]:
        return (await herald.monitor.report(is_complete=True)).as_json()

    tasks = [asyncio.create_task(herald.monitor.measure(), name="measure")]
    # Audits and the deletion of departed members need the gateway, which "ingest" does not use.
    if not herald.is_ingest:
        tasks.append(asyncio.create_task(_by_one(herald, "audits", _audits(herald)), name="audit"))
        tasks.append(asyncio.create_task(_by_one(herald, "leaving", herald.leaving.run()), name="leaving"))
        tasks.append(asyncio.create_task(_by_one(herald, "forgetting", _prunes(herald)), name="prune"))
    tasks.append(asyncio.create_task(_settles(herald), name="settle"))
    if (every_s := watchdog_s()) is not None:
        tasks.append(asyncio.create_task(_signs_of_life(herald, every_s / 3), name="watchdog"))
    if herald.reloader is not None:
        tasks.append(asyncio.create_task(_reloads(herald, herald.reloader), name="reload"))
    for task in tasks:
        task.add_done_callback(_tell_failed)
    try:
        async with answering(herald.services.db.path, report):
            yield
    finally:
        notify("STOPPING=1")
        for task in tasks:
            task.cancel()
        # A cancelled task may still be writing, so the database is closed only after it ended.
        await asyncio.wait(tasks)


def _tell_failed(task: asyncio.Task[None]) -> None:
    """Log the error of a task that should run as long as the bot."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task failed name=%s incident=%s", task.get_name(), incident(), exc_info=error)


async def _settles(herald: Herald) -> None:
    """Tune the process for long running once everything is loaded."""
    await herald.first_ready.wait()
    favour_the_loop()


async def _by_one(herald: Herald, duty: str, work: Coroutine[Any, Any, None]) -> None:
    """Run `work`, which loops until cancelled, once this process holds `duty`."""
    db = herald.services.db
    try:
        while db.is_shared and not await _taken(db, duty):  # noqa: ASYNC110 -- the state is in the database
            await asyncio.sleep(_TAKE_S)
        await work
    finally:
        # Avoids a warning about a coroutine that was never awaited, if another process kept the duty.
        work.close()


async def _taken(db: Database, duty: str) -> bool:
    try:
        return await db.take(duty)
    except StorageError:  # the database is unavailable, which is reported elsewhere
        return False


async def _audits(herald: Herald) -> None:
    """Audit every night and after restoring a backup, until cancelled."""
    from app.auditing import Auditor
    from app.nightly import audit_nightly, compare_restored
    from storage.ledger import Ledger

    services = herald.services
    auditor = Auditor(
        client=herald,
        newsletters=lambda: services.config.newsletters,
        archive=services.archive,
        ledger=Ledger(services.db),
        outbox=services.outbox,
        importer=services.importer,
        composer=herald.composer,
        days=NIGHTLY_DAYS,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(audit_nightly(auditor, herald.monitor.metrics), name="nightly audit")
        compare = compare_restored(auditor, services.outbox.found, services.watchers.have_looked)
        tasks.create_task(compare, name="restored backup")


async def _prunes(herald: Herald) -> None:
    """Delete expired data every night, until cancelled."""
    from app.nightly import Housekeeping, tidy_nightly

    services = herald.services
    housekeeping = Housekeeping(
        config=lambda: services.config, db=services.db, history=services.history, alerts=services.alert_outbox
    )
    await tidy_nightly(housekeeping)


async def _reloads(herald: Herald, reloader: Reloader) -> None:
    """Reload the configuration on request, and report its faults to the admins, until cancelled."""
    while True:
        await reloader.asked.wait()
        reloader.asked.clear()
        reloading()
        try:
            await reloader.reload()
            herald.dispatch("reloaded")
        except HeraldError as error:
            await herald.tell_admins(f"⚠️ The configuration was not reloaded, the old one stays:\n{error}")
        except Exception:
            log.exception("reload failed incident=%s", incident())
        notify("READY=1", f"STATUS={herald.standing()}")


async def _signs_of_life(herald: Herald, every_s: float) -> None:
    """Notify the service manager's watchdog, after startup with the bot's status, until cancelled."""
    while True:
        standing = [f"STATUS={herald.standing()}"] if herald.first_ready.is_set() else []
        notify("WATCHDOG=1", *standing)
        await asyncio.sleep(every_s)


async def _take_down(herald: Herald, connection: asyncio.Task[None]) -> None:
    """End the connection and close the client within `CLOSE_LIMIT_S`.

    A cancellation can get lost while discord.py connects: up to Python 3.11, `asyncio.wait_for` swallows one that
    arrives just as the awaited task completes. So it is repeated until the connection has ended.
    """
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await _cancel(connection)
            await herald.close()
            while not connection.done():
                await _cancel(connection)
    except TimeoutError:
        log.warning("closing the connection timed out, ending anyway limit_s=%.1f", CLOSE_LIMIT_S)
    if connection.done() and not connection.cancelled():
        log.debug("connection ended", exc_info=connection.exception())


async def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait up to 0.5 s for its end."""
    task.cancel()
    await asyncio.wait([task], timeout=0.5)


def _web_server(herald: Herald) -> contextlib.AbstractAsyncContextManager[str]:
    """Return the configured web server; it starts before Discord answers, so that health is always available."""
    from app.webhook import Follower, WebhookReceiver, followers
    from app.webserver import serving

    config = herald.services.config

    def wake(newsletter: str) -> None:
        if newsletter in herald.services.watchers:  # a reload may have removed it
            herald.services.watchers.wake(newsletter)

    def followed(config: Config) -> tuple[Follower, ...]:
        secret = config.web.secret.get_secret_value() if config.web.secret else None
        return followers(config.newsletters, secret)

    webhook = WebhookReceiver(followed(config), wake, trusted_proxies=config.web.trusted_proxies)
    if herald.reloader is not None:
        herald.reloader.listeners.append(lambda new: webhook.follow(followed(new)))
    return serving(config.web, webhook, herald.monitor)


def _survive_hangup() -> None:
    """Ignore SIGHUP until it is handled; the configuration is only read after this."""
    if hangup := getattr(signal, "SIGHUP", None):  # Windows knows no such signal
        signal.signal(hangup, signal.SIG_IGN)


def _asked_by_hangup() -> asyncio.Event:
    """Return an event that SIGHUP sets from now on, as it may arrive before the startup is complete."""
    asked = asyncio.Event()
    with contextlib.suppress(NotImplementedError, AttributeError):  # Windows knows no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    return asked


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # not on Windows, where Ctrl-C cancels
            loop.add_signal_handler(number, stop.set)
    return stop
