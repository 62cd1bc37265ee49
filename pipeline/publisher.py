"""Publishing from the archive to the outbox: which issues may be posted now, and to whom."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clock import Clock, utc_now
from config.settings import NewsletterConfig
from digest.order import is_dated
from digest.side_pages import Shelves
from errors import S_
from pipeline.gate import SIDE_PAGE, Candidate, Decision, Rules, Verdict, decide, is_chosen, is_flood, newest, rules_of
from storage.archive import Archive
from storage.held import TOO_MANY, Held, HeldDecision, HeldKind
from storage.history import Actor
from storage.outbox import Outbox
from storage.records import Gate, IssueRecord, Subscription
from storage.scope import Scope
from storage.subscriptions import Subscriptions

log = logging.getLogger(__name__)

_BY_AN_ADMIN = S_("filed by an admin")
_BEGINNERS = 1_000  # new subscriptions per step, the most that an interruption makes repeat
SPARE = 20  # issues read beyond the number wanted, as some may be drafts or empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The result of one run of the gate: ids of issues, and the number of planned messages."""

    released: tuple[int, ...] = ()
    held: tuple[int, ...] = ()  # too many at once, or too large: an admin decides
    news: tuple[Held, ...] = ()  # pending decisions not yet reported to the admins
    filed: tuple[int, ...] = ()
    messages: int = 0
    next_at: dt.datetime | None = None  # when a waiting issue is due for a decision


class Publisher:
    """Applies the publish gate. Idempotent: deciding again plans nothing twice."""

    def __init__(
        self, archive: Archive, outbox: Outbox, subscriptions: Subscriptions, *, clock: Clock = utc_now
    ) -> None:
        self._archive = archive
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._clock = clock

    async def release(self, newsletter: NewsletterConfig) -> Release:
        """Decide on every due issue, and plan the messages of those to post."""
        name, rules, now = newsletter.name, rules_of(newsletter), self._clock()
        messages = await self._backfill(name, rules, now)
        due = await self._archive.due(name, now=now, with_items=True)
        by_verdict: defaultdict[Verdict, list[IssueRecord]] = defaultdict(list)
        pages, undated = await beside_issues(self._archive, newsletter, due)
        candidates = [
            replace(_candidate(record), is_side_page=record.id in pages, lacks_date=record.id in undated)
            for record in due
        ]
        decisions = [decide(candidate, rules, now) for candidate in candidates]
        kept: defaultdict[Decision, list[IssueRecord]] = defaultdict(list)
        for record, decision in zip(due, decisions, strict=True):
            by_verdict[decision.verdict].append(record)
            if decision.verdict is not Verdict.POST:
                kept[decision].append(record)
        for decision, records in kept.items():
            await self._keep(records, decision)
        ready = by_verdict[Verdict.POST]
        held = await self._flood(name, [record.id for record in ready], rules)
        # All of them wait, not only those beyond the limit: only an admin can tell which are meant.
        if held:
            await self._archive.set_gate(held, Gate.HELD, reason=TOO_MANY)
            log.warning('issues held until an admin decides newsletter="%s" count=%d', name, len(held))
            ready = []
        for record in ready:
            messages += await self._post(record, now)
        return Release(
            released=tuple(record.id for record in ready),
            held=(*held, *(record.id for record in by_verdict[Verdict.HOLD])),
            filed=tuple(record.id for record in by_verdict[Verdict.FILE]),
            news=tuple(await self._news(name)),
            messages=messages,
            next_at=await self._archive.next_due_at(name),
        )

    async def _flood(self, name: str, ready: list[int], rules: Rules) -> list[int]:
        """Return the issues to hold: all ready ones if they exceed the limits together with those already held."""
        if not ready or (rules.max_new_issues is not None and len(ready) > rules.max_new_issues):
            return ready
        together = await self._archive.held.posts(name, ready, reason=TOO_MANY)  # else a flood could pass in portions
        return ready if together is not None and is_flood(together, rules) else []

    async def _news(self, name: str) -> list[Held]:
        """Return pending decisions not yet reported; reports are remembered across restarts."""
        waiting = {one.kind: one for one in await self._archive.held.all(name)}
        for kind in HeldKind:
            if kind not in waiting:
                await self._archive.held.settled(name, kind)
        return [one for one in waiting.values() if await self._archive.held.is_news(one)]

    async def decide_held(self, newsletter: str, answer: HeldDecision, actor: Actor | None = None) -> tuple[int, int]:
        """Carry out an admin's decision on held issues or removals.

        Returns the number of issues concerned, and of messages that follow.
        """
        if answer in {HeldDecision.WITHDRAW, HeldDecision.KEEP}:
            return await self._decide_removals(newsletter, answer, actor)
        held = await self._archive.at_gate(Scope.everything(), Gate.HELD, newsletter)
        messages = 0
        if held:
            await self._archive.held.decided(newsletter, answer, len(held), actor)
        if answer is HeldDecision.POST:
            for record in held:
                messages += await self._post(record, self._clock(), actor)
        else:
            numbers = [record.id for record in held]
            await self._archive.set_gate(numbers, Gate.FILED, reason=_BY_AN_ADMIN, actor=actor)
        return len(held), messages

    async def _decide_removals(self, newsletter: str, answer: HeldDecision, actor: Actor | None) -> tuple[int, int]:
        held, now = await self._archive.held.removals(newsletter), self._clock()
        if held is None:
            return 0, 0
        await self._archive.held.decided(newsletter, answer, held.issues, actor)
        log.info('removals decided newsletter="%s" answer=%s messages=%d', newsletter, answer, held.messages)
        if answer is HeldDecision.KEEP:
            await self._archive.held.keep(newsletter, actor=actor)
        else:
            await self._archive.held.carry_out(newsletter, now=now, edits_at=now, actor=actor)
        return held.issues, held.messages

    async def _post(self, record: IssueRecord, now: dt.datetime, actor: Actor | None = None) -> int:
        messages = await self._outbox.plan(record.id, now=now, actor=actor)
        log.info(
            'issue released newsletter="%s" issue=%d file="%s" items=%d messages=%d',
            record.newsletter, record.id, record.issue.path, record.item_count, messages,
        )  # fmt: skip
        return messages

    async def _keep(self, records: Sequence[IssueRecord], decision: Decision) -> None:
        gate = {Verdict.FILE: Gate.FILED, Verdict.HOLD: Gate.HELD}.get(decision.verdict, Gate.WAITING)
        numbers = [record.id for record in records]
        await self._archive.set_gate(numbers, gate, reason=decision.reason, until=decision.until)
        for record in records:
            log.info(
                'issue %s newsletter="%s" issue=%d file="%s" reason="%s"',
                gate.value, record.newsletter, record.id, record.issue.path, decision.reason,
            )  # fmt: skip

    async def _backfill(self, name: str, rules: Rules, now: dt.datetime) -> int:
        """Plan the newest issues for each new subscription, as many as its backfill; return the number of messages."""
        messages = 0
        alike: defaultdict[int, list[Subscription]] = defaultdict(list)
        for subscription in await self._subscriptions.to_backfill(name):
            alike[subscription.backfill].append(subscription)
        records = await self._published(name, max(alike, default=0))
        for wanted, beginners in alike.items():
            chosen = newest([_candidate(record) for record in records], wanted, rules, now)
            for start in range(0, len(beginners), _BEGINNERS):
                together = beginners[start : start + _BEGINNERS]
                ids, before = [subscription.id for subscription in together], messages
                for index in chosen:
                    messages += await self._outbox.plan(records[index].id, ids, now=now)
                await self._subscriptions.backfilled(ids, count=len(chosen), now=now)
                log.info(
                    'channels follow newsletter="%s" count=%d first_channel=%d backfill=%d messages=%d',
                    name, len(together), together[0].channel_id, len(chosen), messages - before,
                )  # fmt: skip
        return messages

    async def _published(self, name: str, wanted: int) -> Sequence[IssueRecord]:
        if not wanted:
            return []
        latest = await self._archive.latest(Scope.everything(), name, wanted + SPARE)
        full = [await self._archive.issue(Scope.everything(), record.id) for record in latest]
        return [record for record in full if record is not None]


async def beside_issues(
    archive: Archive, newsletter: NewsletterConfig, records: Sequence[IssueRecord]
) -> tuple[set[int], set[int]]:
    """Return the ids of side pages, such as a README next to issues, and of undated records next to dated issues."""
    chosen = is_chosen(newsletter)
    doubtful = [record for record in records if not (chosen and is_dated(record.issue))]
    if not doubtful:
        return set(), set()
    places = await archive.places(newsletter.name, pages=SIDE_PAGE)

    def compared() -> tuple[set[int], set[int]]:
        shelves = Shelves(places)
        pages = {record.id for record in doubtful if shelves.is_side_page(record.issue, is_chosen=chosen)}
        return pages, {record.id for record in doubtful if shelves.lacks_date(record.issue)}

    return await asyncio.to_thread(compared)  # after a first import, all issues are compared


def _candidate(record: IssueRecord) -> Candidate:
    return Candidate(issue=record.issue, seen_at=record.seen_at, changed_at=record.changed_at)
