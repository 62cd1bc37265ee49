"""All watchers, one per newsletter, which report results to a listener. Independent of Discord."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from clock import Clock, utc_now
from config.settings import NewsletterConfig
from errors import SourceError, StorageError
from pipeline.importer import Importer, ImportReport
from pipeline.peers import Peers
from pipeline.publisher import Publisher, Release
from pipeline.watcher import Watcher, WatchState
from storage.database import Database
from storage.duties import DutyLostError, acting_for, newsletter_duty

log = logging.getLogger(__name__)

TOLD_AFTER = 3  # consecutive failed polls; a short outage of a source is not reported


class Listener(Protocol):
    """Receiver of the results of polls."""

    async def storage_fails(self, reason: str | None) -> None:
        """Handle a failure of the database; with None, its end."""
        ...

    async def source_fails(self, newsletter: str, reason: str) -> None:
        """Handle a source that failed `TOLD_AFTER` times in a row; called once until it works again."""
        ...

    async def source_works_again(self, newsletter: str) -> None:
        """Handle the recovery of a reported source."""
        ...

    async def imported(self, report: ImportReport) -> None:
        """Handle a completed import; the report has the files that could not be imported."""
        ...

    async def released(self, newsletter: str, release: Release, *, has_changed: bool) -> None:
        """Handle the result of the gate; `has_changed` is whether the import changed the archive."""
        ...


class Watchers(Mapping[str, Watcher]):
    """The watchers by the names of their newsletters; they run between `start` and `stop`."""

    def __init__(
        self,
        newsletters: Sequence[NewsletterConfig],
        importer: Importer,
        publisher: Publisher,
        clock: Clock = utc_now,
        *,
        db: Database | None = None,
    ) -> None:
        """Create the watchers; `db` is given if other processes may poll the same newsletters."""
        self._peers = Peers(db, self) if db is not None and db.has_duties else None
        self._is_shared = db is not None and db.is_shared
        self._importer = importer
        self._publisher = publisher
        self._listener: Listener | None = None
        self._reported: set[str] = set()  # newsletters whose source was reported as failing
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._clock = clock
        self._newsletters: dict[str, NewsletterConfig] = {one.name: one for one in newsletters}
        self._watchers = {one.name: self._made(one) for one in newsletters}

    def __getitem__(self, newsletter: str) -> Watcher:
        return self._watchers[newsletter]

    def __iter__(self) -> Iterator[str]:
        return iter(self._watchers)

    def __len__(self) -> int:
        return len(self._watchers)

    def config_of(self, newsletter: str) -> NewsletterConfig | None:
        """Return the configuration of the newsletter with exactly that name; None without one."""
        return self._newsletters.get(newsletter)

    def have_looked(self) -> bool:
        """Whether each source was polled since startup, successfully or not."""
        states = [watcher.state for watcher in self._watchers.values()]
        return all(state.last_look_at is not None or state.failures for state in states)

    def start(self, listener: Listener) -> None:
        """Start all watchers, which report to `listener`."""
        self._listener = listener
        self.keep_in_step()
        for name in self._watchers:
            self._begin(name)
        log.info("watching newsletters=%d", len(self._watchers))

    def keep_in_step(self) -> None:
        """Receive results of other processes and, after `start`, carry out polls that they request."""
        if self._peers is not None and self._is_shared:
            self._tasks[""] = asyncio.create_task(self._peers.run(), name="watch with peers")

    def wake(self, newsletter: str) -> None:
        """Make the process that polls the newsletter poll it now."""
        if self._peers is not None and self._is_shared and self._peers.is_elsewhere(newsletter):
            self._peers.ask_soon(newsletter)
        else:
            self._watchers[newsletter].wake()

    async def look_now(self, newsletter: str) -> WatchState:
        """Wait for a poll in any process that starts from now on, and return its state."""
        if self._peers is not None and self._is_shared and self._peers.is_elsewhere(newsletter):
            return await self._peers.asked(newsletter)
        return await self._watchers[newsletter].look_now()

    async def others_asked(self) -> None:
        """Carry out polls that other processes requested."""
        if self._peers is not None:
            await self._peers.step()

    async def stop(self) -> None:
        """Stop watching; interrupted imports are repeated at the next start."""
        await self._end(list(self._tasks))

    async def leave(self) -> None:
        """Stop watching and release the polling duties."""
        await self.stop()
        if self._peers is not None:
            await self._peers.leave()

    def others_left(self) -> None:
        """Check for duties that another process released."""
        if self._peers is not None:
            self._peers.others_left()

    async def configure(
        self, newsletters: Sequence[NewsletterConfig], between: Callable[[], Awaitable[object]] | None = None
    ) -> dict[str, str]:
        """Watch these newsletters from now on; return "added", "changed" or "removed" for each that differs.

        Polls of those are cancelled and repeated later. `between` runs while none of them is polled; if it fails, they
        are watched as before.
        """
        wanted = {one.name: one for one in newsletters}
        fate = _fates(self._newsletters, wanted)
        await self._end([name for name in fate if name in self._newsletters])
        await self._forget(fate)
        try:
            if between is not None:
                await between()
            self._newsletters = wanted
        finally:
            watched = self._newsletters
            self._watchers = {name: self._watchers.get(name) or self._made(one) for name, one in watched.items()}
            if self._listener is not None:
                self._begin_all(name for name in watched if name in fate)
        return fate

    async def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            await self._importer.drop(name)
            self._watchers.pop(name, None)
            self._reported.discard(name)

    def _begin_all(self, names: Iterable[str]) -> None:
        for name in names:
            self._begin(name)

    def _made(self, newsletter: NewsletterConfig) -> Watcher:
        look, looked = functools.partial(self._watch, newsletter), None
        if self._peers is not None and self._is_shared:
            looked = functools.partial(self._peers.tell, newsletter.name)
        return Watcher(newsletter.name, newsletter.poll, look, self._clock, looked=looked)

    def _begin(self, name: str) -> None:
        self._tasks[name] = asyncio.create_task(self._watchers[name].run(), name=f"watch {name}")

    async def _end(self, names: Sequence[str]) -> None:
        tasks = [self._tasks.pop(name) for name in names if name in self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _watch(self, newsletter: NewsletterConfig) -> dt.datetime | None:
        """Poll once and report the result. Returns when an issue's waiting time ends."""
        if self._peers is None:
            return await self._watched(newsletter)
        await self._peers.turn(newsletter.name)
        with acting_for(newsletter_duty(newsletter.name)):
            return await self._watched(newsletter)

    async def _watched(self, newsletter: NewsletterConfig) -> dt.datetime | None:
        assert self._listener is not None  # noqa: S101 -- watchers run only after `start`
        name = newsletter.name
        try:
            due_at = await self._look(newsletter, self._listener)
        except DutyLostError:
            raise
        except StorageError as error:
            await self._listener.storage_fails(str(error))
            raise
        except SourceError as error:
            if self._watchers[name].state.failures + 1 == TOLD_AFTER:
                self._reported.add(name)
                await self._listener.source_fails(name, str(error))
            raise
        # Also after the first poll since startup: a failure reported by an earlier run may be over.
        if name in self._reported or self._watchers[name].state.last_look_at is None:
            self._reported.discard(name)
            await self._listener.source_works_again(name)
        return due_at

    async def _look(self, newsletter: NewsletterConfig, listener: Listener) -> dt.datetime | None:
        """Import changes and plan what may be posted. Returns when an issue's waiting time ends."""
        state = self._watchers[newsletter.name].state

        def progress(report: ImportReport) -> None:
            state.import_done, state.import_files = report.done, report.files

        report = await self._importer.poll(newsletter, progress)
        if report.revision is not None:
            await listener.storage_fails(None)
            log.info(
                'imported newsletter="%s" files=%d issues=%d new=%d removed=%d items=%d seconds=%.1f',
                report.newsletter, report.files, report.issues, report.new_issues, report.removed_files,
                report.items, report.seconds,
            )  # fmt: skip
        if report.is_first and not report.files:
            include = ", ".join(newsletter.include)
            log.warning('no issues found newsletter="%s" include="%s"', report.newsletter, include)
        await listener.imported(report)
        if report.is_first and report.revision is not None:
            for line in await self._importer.taken_in(newsletter, report):
                log.info('first import newsletter="%s": %s', report.newsletter, line)
        release = await self._publisher.release(newsletter)
        await listener.released(newsletter.name, release, has_changed=report.revision is not None)
        return release.next_at


def _fates(before: Mapping[str, NewsletterConfig], wanted: Mapping[str, NewsletterConfig]) -> dict[str, str]:
    """Return "removed", "added" or "changed" for each newsletter that differs."""
    fate = {name: "removed" for name in before if name not in wanted}
    for name, newsletter in wanted.items():
        if name not in before:
            fate[name] = "added"
        elif before[name] != newsletter:
            fate[name] = "changed"
    return fate
