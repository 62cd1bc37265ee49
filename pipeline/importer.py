"""Import of a source's changes into the archive. Independent of Discord; the publisher decides on posting."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from clock import Clock, utc_now
from config.settings import NewsletterConfig
from digest.copies import is_same_name, original_of, turn
from digest.head.visibility import NO_ISSUE
from digest.model import Issue
from errors import S_, SourceError
from pipeline.choosing import may_hold_issues
from pipeline.frames import Frames, Read
from pipeline.gate import SIDE_PAGE, holds_many, is_bulk_removal, is_filed_at_first, rules_of
from pipeline.opening import open_source
from pipeline.publisher import beside_issues
from pipeline.site_addresses import site_address
from pipeline.splitter import Outcome, Splitter
from pipeline.taken_in import newest_alone, taken_in
from sources.base import Changes, FileChange, Source
from sources.listing import MAX_FILE_BYTES
from storage.archive import Archive
from storage.held import Held
from storage.readers import Underway
from storage.records import Gate, StoredIssue
from storage.scope import Scope

log = logging.getLogger(__name__)

_UNREAD = S_("the file cannot be read: it is larger than {limit} MB, or Herald may not open it").format(
    limit=MAX_FILE_BYTES // 1_000_000
)
STAND_BACK_S = 2.0  # longest wait per batch for interactive queries
_KEPT_BACK = S_("is posted, and since then {reason}: what was posted stays as it is; remove the file to withdraw it")
_COPY = S_('it is a copy of "{original}": delete the one that you do not want, or give it another name')
BATCH_FILES = 16
BATCH_BYTES = 200_000  # a worker's result blocks the event loop while it is unpickled: few enough to go unnoticed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """A file that could not be imported or is suspicious, with the reason to report."""

    path: str
    line: int
    reason: str

    def told(self) -> tuple[str, int, str]:
        """Return path, line and reason, as arguments for log messages and `Archive.fault`."""
        return self.path, self.line, self.reason


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """The progress and result of one poll: `done` of `files` to read."""

    newsletter: str
    revision: str | None = None  # None: nothing changed
    is_first: bool = False
    files: int = 0
    done: int = 0
    issues: int = 0
    items: int = 0
    new_issues: int = 0
    removed_files: int = 0
    deliveries: int = 0  # messages to post, edit or withdraw because of changes
    held: Held | None = None  # removals that wait for an admin
    faults: list[FileFault] = field(default_factory=list[FileFault])  # new ones only
    seconds: float = 0.0

    def add(self, read: Sequence[Issue], stored: Sequence[StoredIssue]) -> None:
        """Add the counts of one batch."""
        self.issues += len(read)
        self.items += sum(len(issue.items) for issue in read)
        self.new_issues += sum(issue.is_new for issue in stored)
        self.deliveries += sum(issue.deliveries for issue in stored)


ProgressCallback = Callable[[ImportReport], None]


class Importer:
    """Reads changed files, splits them in another process and stores the result, batch by batch.

    The revision is stored last, so an interrupted import is repeated by the next poll, which finds stored issues
    unchanged. Since files may have been moved or deleted in between, that poll compares the archive with all files.
    Before each batch, the import yields to interactive queries (`questions`).
    """

    def __init__(
        self,
        archive: Archive,
        *,
        cache_dir: Path,
        splitter: Splitter | None = None,
        questions: Underway | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._archive = archive
        self._questions = questions
        self._held = archive.held
        self._cache_dir = cache_dir
        self._splitter = splitter or Splitter()
        self._clock = clock
        self._sources: dict[str, Source] = {}

    def source(self, newsletter: NewsletterConfig) -> Source:
        """Return the newsletter's source, opened on first use and kept."""
        if newsletter.name not in self._sources:
            self._sources[newsletter.name] = open_source(newsletter, self._cache_dir)
        return self._sources[newsletter.name]

    async def poll(self, newsletter: NewsletterConfig, progress: ProgressCallback | None = None) -> ImportReport:
        """Import the changes since the last complete poll. Raises SourceError if the source cannot be read."""
        name = newsletter.name
        since = await self._archive.revision(name)
        source = self.source(newsletter)
        changes = await self._changes(newsletter, since)
        if changes is None:
            return ImportReport(newsletter=name)
        # From here on the archive is between two revisions, until this poll or the next one completes.
        await self._archive.begin(name)
        began_s = time.monotonic()
        report = ImportReport(newsletter=name, revision=changes.revision, is_first=since is None)
        copies = await self._move_and_remove(newsletter, changes, report)
        # Sorting 10,000 paths by `turn` takes 0.4 s.
        wanted = await asyncio.to_thread(_copies_last, changes.files)
        unread = set(wanted)
        wanted = dict.fromkeys(copies) | wanted  # they may not exist any more
        report.files = len(wanted)
        async with aclosing(self._outcomes(newsletter, source, changes.revision, wanted)) as batches:
            async for outcomes in batches:
                unread -= {outcome.path for outcome in outcomes}
                if self._questions is not None:
                    await self._questions.over(STAND_BACK_S)
                await self._store(newsletter, outcomes, wanted, report)
                report.seconds = time.monotonic() - began_s
                if progress is not None:
                    progress(report)
        await self._tell(name, [FileFault(path=path, line=0, reason=_UNREAD) for path in sorted(unread)], report)
        await self._set_aside(newsletter, is_first=report.is_first)
        await self._take_back(newsletter, report)
        await self._archive.set_revision(name, changes.revision, level=newsletter.split.issue_level)
        report.seconds = time.monotonic() - began_s
        return report

    async def taken_in(self, newsletter: NewsletterConfig, report: ImportReport) -> list[str]:
        """Return a summary of the first import as lines for the operator."""
        everything = Scope.everything()
        records = [one for gate in Gate for one in await self._archive.at_gate(everything, gate, newsletter.name)]
        others: list[str] = []
        several: dict[str, int] = {}
        site = ""
        source, revision, now = self.source(newsletter), report.revision or "", self._clock()
        alone = await asyncio.to_thread(newest_alone, records, newsletter, now=now)
        with suppress(SourceError):  # the source may have too many other files to list
            several = await self._several(newsletter, source, revision, alone)
            listed = await source.listed(revision, may_hold_issues)
            others = sorted(set(listed) - {record.issue.path for record in records})
            filed = [record for record in records if record.gate is Gate.FILED]
            if filed and not newsletter.site_url:
                newest = max(filed, key=lambda record: record.sorted_at)
                site = await site_address(source, revision, newest.issue.path)
        return await asyncio.to_thread(lambda: list(taken_in(records, newsletter, others, site, several, now=now)))

    async def _several(
        self, newsletter: NewsletterConfig, source: Source, revision: str, paths: Sequence[str]
    ) -> dict[str, int]:
        """Return, by path, how many items files read as one story would have if they were split."""
        split = newsletter.split.model_copy(update={"one_story": False})
        otherwise = newsletter.model_copy(update={"split": split})
        async with aclosing(self._outcomes(otherwise, source, revision, paths)) as batches:
            read = [one async for outcomes in batches for one in outcomes]
        return {one.path: sum(len(issue.items) for issue in one.issues) for one in read}

    async def drop(self, newsletter: str) -> None:
        """Close the source of a changed or removed newsletter; the next poll reopens it."""
        source = self._sources.pop(newsletter, None)
        if source is not None:
            await source.close()

    async def close(self) -> None:
        """End the reading process and close all sources."""
        await self._splitter.close()
        for source in self._sources.values():
            await source.close()

    async def _changes(self, newsletter: NewsletterConfig, since: str | None) -> Changes | None:
        """Return the changes since the last poll; all files if it was interrupted or used another `issue_level`."""
        source, name = self.source(newsletter), newsletter.name
        is_cut_short = await self._archive.is_cut_short(name)
        if is_cut_short or await self._archive.is_parted_otherwise(name, newsletter.split.issue_level):
            everything = await source.changes(None)
            if everything is not None and everything.files:  # without files, the call below raises the reason
                log.info('reading all files again newsletter="%s" cut_short=%s', name, is_cut_short)
                return replace(everything, rewritten=True)
        return await source.changes(since)

    async def _move_and_remove(
        self, newsletter: NewsletterConfig, changes: Changes, report: ImportReport
    ) -> Sequence[str]:
        """Apply renames and mark deleted files as missing; return files that may be copies of deleted ones."""
        name = newsletter.name
        if moves := [(change.old_path, change.path) for change in changes.files if change.old_path]:
            await self._archive.rename(name, moves)
        gone = [change.path for change in changes.files if change.kind == "deleted"]
        if changes.rewritten:  # the source could not compare: unlisted files are deleted
            gone = sorted(await self._archive.paths(name) - {change.path for change in changes.files})
        copies = await self._archive.miss(name, gone)
        report.removed_files = len(gone)
        return sorted(copies)

    async def _set_aside(self, newsletter: NewsletterConfig, *, is_first: bool) -> None:
        """Unfile READMEs and the like that were filed before it was known that the issues have dates."""
        filed = await self._archive.at_gate(Scope.everything(), Gate.FILED, newsletter.name)
        if is_first:  # no admin needs to decide on a side page that looks like many issues
            waiting = await self._archive.at_gate(Scope.everything(), Gate.WAITING, newsletter.name)
            filed += [one for one in waiting if holds_many(one.issue)]
        pages, _ = await beside_issues(self._archive, newsletter, filed)
        await self._archive.set_gate(sorted(pages), Gate.WAITING, reason=SIDE_PAGE)

    async def _take_back(self, newsletter: NewsletterConfig, report: ImportReport) -> None:
        """Withdraw missing issues and items, or hold all removals for an admin if they exceed the limits."""
        name, now = newsletter.name, self._clock()
        gone = await self._held.removals(name)
        if gone is None:
            return
        if is_bulk_removal(gone, rules_of(newsletter)):
            report.held = gone
            if await self._held.is_news(gone):
                log.warning(
                    'removals held until an admin decides newsletter="%s" issues=%d messages=%d items=%d',
                    name, gone.issues, gone.messages, gone.items,
                )  # fmt: skip
            return
        report.deliveries += await self._held.carry_out(name, now=now, edits_at=now + newsletter.settle)

    async def _outcomes(
        self, newsletter: NewsletterConfig, source: Source, revision: str, paths: Iterable[str]
    ) -> AsyncGenerator[list[Outcome], None]:
        """Yield the issues of files in batches; the next batch is read and split while one is stored."""
        options = newsletter.read_options(source.host_url())
        frames = await self._frames(newsletter, partial(source.read, revision), paths)
        following: asyncio.Task[list[Outcome]] | None = None
        try:
            async with aclosing(_batches(source.read(revision, paths))) as batches:
                async for batch in batches:
                    current = following
                    known = replace(options, frames=await frames.of(batch)) if frames is not None else options
                    following = asyncio.create_task(self._splitter.split(batch, known), name="split")
                    if current is not None:
                        yield await current
            if following is not None:
                yield await following
        finally:
            if following is not None and not following.done():
                following.cancel()
                await asyncio.wait([following])

    async def _frames(self, newsletter: NewsletterConfig, read: Read, paths: Iterable[str]) -> Frames | None:
        """Return the frames of the newsletter's files; None if a file has many issues."""
        if newsletter.split.issue_level is not None:
            return None
        everything = {*await self._archive.paths(newsletter.name), *paths}
        # sorting 10,000 paths takes 0.1 s
        return await asyncio.to_thread(Frames, self._archive, newsletter.name, everything, read)

    async def _store(
        self,
        newsletter: NewsletterConfig,
        outcomes: Sequence[Outcome],
        changed_at: Mapping[str, dt.datetime | None],
        report: ImportReport,
    ) -> None:
        """Store one batch; a faulty file keeps its stored issues and is reported once."""
        name, now, rules = newsletter.name, self._clock(), rules_of(newsletter)
        faults = {outcome.path: fault for outcome in outcomes if (fault := _fault(outcome)) is not None}
        arrivals = [
            (issue, changed_at.get(one.path))
            for one in outcomes
            for issue in _readable(one, is_faulty=one.path in faults)
        ]
        changes = [_still_since(at, now) for _, at in arrivals]

        def first_gate(issue: Issue) -> Gate:
            return Gate.FILED if is_filed_at_first(issue, rules, now) else Gate.WAITING

        stored = await self._archive.store(
            name,
            arrivals,
            now=now,
            first_gate=first_gate if report.is_first else None,
            edits_at=max(changes) + newsletter.settle if changes else None,
            late_since=now - rules.max_age if rules.max_age is not None else None,
            faulty=faults,  # otherwise every poll would report the same fault again
            holds=True,
        )
        faults |= {issue.path: _kept_back(issue) for issue in stored if issue.kept_back and issue.path not in faults}
        await self._tell(name, [*faults.values(), *_copies(stored)], report)
        report.done += len(outcomes)
        report.add([issue for issue, _ in arrivals], stored)

    async def _tell(self, newsletter: str, faults: Iterable[FileFault], report: ImportReport) -> None:
        """Record faulty files; new faults are logged and added to the report."""
        for fault in faults:
            if await self._archive.fault(newsletter, *fault.told(), now=self._clock()):
                log.warning('issue invalid newsletter="%s" file="%s" line=%d reason="%s"', newsletter, *fault.told())
                report.faults.append(fault)


def _still_since(changed_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    return min(changed_at or now, now)


def _kept_back(issue: StoredIssue) -> FileFault:
    return FileFault(path=issue.path, line=0, reason=_KEPT_BACK.format(reason=issue.kept_back))


def _readable(outcome: Outcome, *, is_faulty: bool) -> Sequence[Issue]:
    """Return the issues to import; those of a faulty file only if any has items."""
    return outcome.issues if not is_faulty or any(issue.items for issue in outcome.issues) else ()


def _fault(outcome: Outcome) -> FileFault | None:
    """Return the fault that keeps a file from being imported as its author meant; None without one."""
    if outcome.fault is not None:
        return FileFault(path=outcome.path, line=0, reason=outcome.fault)
    meant = [issue for issue in outcome.issues if issue.withheld not in NO_ISSUE]
    errors = [notice for issue in meant for notice in issue.notices if notice.level == "error"]
    return FileFault(path=outcome.path, line=errors[0].line, reason=errors[0].message) if errors else None


def _copies_last(files: Iterable[FileChange]) -> dict[str, dt.datetime | None]:
    """Return when each file was changed, in order of reading: files named like copies are last.

    Deleted files are omitted.
    """
    there = sorted((file for file in files if file.kind != "deleted"), key=lambda file: turn(file.path))
    return {file.path: file.changed_at for file in there}


def _copies(stored: Iterable[StoredIssue]) -> Iterator[FileFault]:
    """Yield faults for skipped copies; a copy with an unrelated name is only logged, as it may be intended."""
    for one in stored:
        if not one.copy_of:
            continue
        log.info('copy of an issue skipped file="%s" original="%s"', one.path, one.copy_of)
        if original_of(one.path) is not None or is_same_name(one.path, one.copy_of):
            yield FileFault(path=one.path, line=0, reason=_COPY.format(original=one.copy_of))


async def _batches(files: AsyncIterator[tuple[str, bytes]]) -> AsyncGenerator[list[tuple[str, bytes]], None]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    async for path, data in files:
        batch.append((path, data))
        size += len(data)
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
