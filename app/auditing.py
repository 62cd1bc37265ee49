"""Compares source, archive, ledger and channels, reports each difference, and repairs what is safe to repair.

Invariant: each live item of a followed newsletter is in its channel exactly once, with its latest text, or there is a
reason why not.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import discord

from app.reading_back import ChannelReader, Seen
from clock import Clock, utc_now
from config.settings import NewsletterConfig
from delivery.addresses import with_address_below
from delivery.composing import LATE, Composer
from delivery.matching import Matcher
from delivery.places import LOST
from errors import SourceError
from pipeline.importer import Importer
from storage.archive import Archive
from storage.layouts import OnRemoved
from storage.ledger import Ledger, Unplanned
from storage.outbox import Outbox
from storage.records import Action, Delivery, IssueRecord, ItemRecord, State, Subscription, Wanted
from storage.scope import Scope
from ui.locales import words_of

log = logging.getLogger(__name__)
_ALL = Scope.everything()

_STRANGER = "unknown message"
_MANY = 5  # titles named in one line
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
Mend = Callable[[], Awaitable[object]]
# Never to be posted, or in flight and resolved by reading back.
_UNDER_WAY = {State.SKIPPED, State.SENDING}


@dataclass(slots=True, kw_only=True)
class Difference:
    """A difference. `reason` explains it; without one it is a fault, which `mend` may repair."""

    kind: str
    newsletter: str
    place: str
    text: str
    reason: str = ""
    mend: Mend | None = field(default=None, repr=False)
    mended: str = ""  # what was done to repair it
    entry: Delivery | None = field(default=None, repr=False)  # the ledger entry concerned

    @property
    def is_open(self) -> bool:
        """Whether it is neither explained nor repaired."""
        return not self.reason and not self.mended


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Audits all newsletters. `client` must be logged in but need not be connected to the gateway."""

    client: discord.Client
    newsletters: Callable[[], Sequence[NewsletterConfig]]  # called each time, because a reload changes them
    archive: Archive
    ledger: Ledger
    outbox: Outbox
    importer: Importer
    composer: Composer
    days: int = 90
    clock: Clock = utc_now

    async def differences(self) -> list[Difference]:
        """Return all differences, grouped by newsletter."""
        found: list[Difference] = []
        unindexed = await self.ledger.unindexed()
        for newsletter in self.newsletters():
            found += await self._source(newsletter)
        found += await self._in_channels()
        # An issue that is being released becomes searchable a moment later, so only lasting gaps are reported.
        lasting = {one.issue_id for one in await self.ledger.unindexed()} if unindexed else set[int]()
        found += [
            Difference(
                kind="not searchable", newsletter=one.newsletter, place="index",
                text=f"{one.title}, items: {one.items}", mend=_bound(self.ledger.index, one.issue_id),
            )
            for one in unindexed
            if one.issue_id in lasting
        ]  # fmt: skip
        return found

    async def mend(self, differences: Iterable[Difference]) -> None:
        """Repair the differences that are safe to repair, and note on each what was done."""
        for one in differences:
            # A difference with a reason was decided by a person or by Discord, and is not repaired.
            if one.mend is not None and one.is_open:
                one.mended = str(await one.mend() or "mended")

    async def mend_restored(self) -> list[Difference]:
        """Bring the channels in line with a restored backup: messages were edited and deleted after it was made.

        If the subscription deletes withdrawn messages, a missing message is reposted: Herald deleted it, but the
        restored issue contains it again. In other subscriptions a person deleted it, so it stays deleted.
        """
        deleting = {one.id for one in await self.ledger.followers() if one.on_removed is OnRemoved.DELETE}
        found = [one for one in await self._in_channels() if one.kind in {"old text", "missing"}]
        # Start at the end of an issue: a repost that belongs above an existing message is marked as late.
        found.sort(key=lambda one: one.entry.position if one.entry is not None else 0, reverse=True)
        for one in found:
            if one.kind == "missing" and one.entry is not None and one.entry.subscription_id in deleting:
                one.mend = _bound(self._posted_anew, one.entry)
        await self.mend(found)
        return found

    async def take_back(self, checked: set[int]) -> None:
        """Adopt the messages of items that were removed before adoption, so that they can be withdrawn.

        `checked` are the ids of deliveries compared so far; the ones compared now are added.
        """
        followers = {one.id for one in await self.ledger.followers()}
        matcher = Matcher(self.outbox.found, self.composer)
        for entry in await self.outbox.never_posted(await self.outbox.found.places()):
            if entry.id in checked:
                continue
            checked.add(entry.id)
            own = await matcher.match(entry)
            if own is not None and entry.subscription_id in followers:
                await self.outbox.adopt_skipped(entry.id, own.found, now=self.clock())
                self.client.dispatch("deliveries_due")

    async def _in_channels(self) -> list[Difference]:
        found: list[Difference] = []
        strangers: set[tuple[str, str]] = set()  # each is reported once, however many newsletters its channel follows
        for each in await self.ledger.followers():
            of_channel = await self._channel(each)
            found += [one for one in of_channel if one.kind != _STRANGER or (one.place, one.text) not in strangers]
            strangers |= {(one.place, one.text) for one in of_channel if one.kind == _STRANGER}
        return found

    # source and archive

    async def _source(self, newsletter: NewsletterConfig) -> list[Difference]:
        try:
            # Read everything rather than changes since the last poll, because the stored revision may be what is wrong.
            changes = await self.importer.source(newsletter).changes(None)
        except SourceError as error:
            text = "its source cannot be read"
            return [_of_source(newsletter.name, "not audited", text, reason=str(error))]
        there = {one.path for one in changes.files if one.kind != "deleted"} if changes is not None else set[str]()
        stored = await self.archive.paths(newsletter.name)

        async def compare() -> str:
            # Files are not read here: a poll splits them in its own process and applies the gate.
            await self.archive.begin(newsletter.name)
            return "all files are compared at the next poll"

        found = [
            _of_source(newsletter.name, "not in the archive", path, mend=compare) for path in sorted(there - stored)
        ]
        found += [
            _of_source(newsletter.name, "not in the source", path, mend=compare) for path in sorted(stored - there)
        ]
        faults = await self.archive.faults(_ALL, newsletter.name)
        found += [_of_source(newsletter.name, "not read", one.path, reason=one.reason) for one in faults]
        return found

    # ledger and channel

    async def _channel(self, subscription: Subscription) -> list[Difference]:
        since = self.clock() - dt.timedelta(days=self.days)
        name, place = subscription.newsletter, f"<#{subscription.channel_id}>"
        entries = await self.ledger.of_subscription(subscription.id, since)
        try:
            seen = await ChannelReader(self.client).marked(subscription, entries, since)
        except LOST as error:
            reason = subscription.waiting_reason or f"Discord does not let it be read: {error}"
            return [Difference(kind="not audited", newsletter=name, place=place, text="its messages", reason=reason)]
        found = await self._strangers(subscription, entries, seen)
        # After a restore, forgotten deliveries may already be in the channel; those are not posted again.
        hint = "unknown messages stand in the channel; the next start adopts those that are Herald's" if found else ""
        unplanned = await self.ledger.unplanned(subscription, since)
        found += [_of_unplanned(name, place, one, hint, self._planning(subscription, one)) for one in unplanned]
        marked = _marked(entries, seen)
        for entry in entries:
            found += self._doubles(entry, marked[entry.id])
        # Look up by message id: an adopted message carries another delivery's mark until it is edited.
        there = {one.message.id: one.message for messages in seen.values() for one in messages}
        incomplete = {one.issue_id for one in unplanned if not one.explanation}
        for entry in entries:
            # A header lists the planned items below it, so it is compared once these are complete.
            is_early = entry.item_id is None and entry.issue_id in incomplete
            if not is_early and not _is_older(entry, since):
                found += await self._entry(entry, there.get(entry.message_id or 0), marked[entry.id], place)
        return found

    async def _strangers(
        self, subscription: Subscription, entries: Sequence[Delivery], seen: Mapping[str, Sequence[Seen]]
    ) -> list[Difference]:
        """Return Herald's messages that do not belong to any delivery in this database."""
        known, numbers = {entry.mark for entry in entries}, {entry.message_id for entry in entries}
        found: list[Difference] = []
        for mark, every in seen.items():
            messages = [one for one in every if one.message.id not in numbers]
            if not messages or mark in known:
                continue
            owner = await self.outbox.by_mark(mark)
            # Messages of other newsletters that the channel follows are checked with their own subscription.
            if owner is None or owner.channel_id != subscription.channel_id:
                text = f"message {messages[0].message.id}"
                reason = "it belongs to another database, or is newer than the restored backup"
                found.append(
                    Difference(
                        kind=_STRANGER, newsletter=subscription.newsletter,
                        place=f"<#{subscription.channel_id}>", text=text, reason=reason,
                    )
                )  # fmt: skip
        return found

    def _planning(self, subscription: Subscription, one: Unplanned) -> Mend:
        async def plan() -> str:
            await self.ledger.plan(subscription, one, now=self.clock())
            return "planned"

        return plan

    def _doubles(self, entry: Delivery, messages: Sequence[Seen]) -> list[Difference]:
        """Return the extra messages of a delivery; the one recorded in the ledger is kept."""
        if len(messages) < 2:
            return []
        kept = entry.message_id or messages[0].message.id
        return [
            Difference(
                kind="posted twice", newsletter=entry.newsletter, place=f"<#{one.thread_id or entry.channel_id}>",
                text=f"message {one.message.id}, beside {kept}", mend=_deletion(one.message),
            )
            for one in messages
            # Delete a copy only if the one to keep was seen in the channel.
            if one.message.id != kept and any(other.message.id == kept for other in messages)
        ]  # fmt: skip

    async def _entry(
        self, entry: Delivery, own: discord.Message | None, messages: Sequence[Seen], place: str
    ) -> list[Difference]:
        """Compare a ledger entry with `own`, its message (None if missing), and with other messages with its mark."""
        kind, mend = await self._judged(entry, own) if own is not None else self._absent(entry, messages)
        reason = ""
        if entry.state is State.FAILED:
            # Whatever the channel shows, Discord refused the change; a retry would fail in the same way.
            kind, reason, mend = "refused", entry.error or "Discord refuses it", None
        if not kind:
            return []
        number = entry.message_id or (messages[0].message.id if messages else None)
        text = await self._named(entry) + (f", message {number}" if number is not None else "")
        return [
            Difference(
                kind=kind, newsletter=entry.newsletter, place=place, text=text, reason=reason, mend=mend, entry=entry
            )
        ]  # fmt: skip

    async def _judged(self, entry: Delivery, own: discord.Message) -> tuple[str, Mend | None]:
        """Return what is wrong with an existing message, and its repair; "" if nothing is wrong."""
        if entry.state in _UNDER_WAY:
            return "", None
        if entry.done is Wanted.DELETED:
            return "not deleted", _deletion(own)
        if entry.state is State.SENT and await self._is_outdated(entry, own):
            return "old text", _bound(self.ledger.show_again, entry.id) if entry.done is Wanted.SHOWN else None
        return "", None

    def _absent(self, entry: Delivery, messages: Sequence[Seen]) -> tuple[str, Mend | None]:
        """Return the same for an entry whose recorded message is missing; `messages` carry its mark."""
        if entry.state in _UNDER_WAY:
            return "", None
        if messages:
            return "not in the ledger", _bound(self._adopted, entry.id, messages[0].message.id, messages[0].thread_id)
        if entry.done in {Wanted.SHOWN, Wanted.WITHDRAWN}:
            return "missing", _bound(self._lost, entry.id)
        return "", None

    async def _lost(self, delivery_id: int) -> str:
        await self.outbox.lost(delivery_id, now=self.clock())
        return "noted as deleted by a person"

    async def _posted_anew(self, entry: Delivery) -> str:
        """Repost a missing message, unless it was already reposted after the backup was made."""
        own = await Matcher(self.outbox.found, self.composer).match(entry)
        if own is not None:
            await self.outbox.rebind(entry.id, own.found)
            return "found where it was reposted"
        message_id = entry.message_id or 0
        return "posted anew" if await self.outbox.post_anew(entry.id, message_id) else "changed meanwhile"

    async def _adopted(self, delivery_id: int, message_id: int, thread_id: int | None) -> str:
        await self.ledger.adopt(delivery_id, message_id, thread_id, now=self.clock())
        return "noted in the ledger"

    async def _is_live(self, entry: Delivery) -> bool:
        """Whether the newsletter still contains what the message shows; a list is live while its issue is."""
        shown: list[IssueRecord | ItemRecord] = [*(await self.archive.issues(_ALL, [entry.issue_id])).values()]
        if entry.item_id is not None and not entry.is_list:
            shown += (await self.archive.items_by_id(_ALL, [entry.item_id])).values()
        return all(one.removed_at is None for one in shown)

    async def _is_outdated(self, entry: Delivery, message: discord.Message) -> bool:
        """Whether title or text differ from the archive; notes below the text are not compared."""
        if entry.done is Wanted.WITHDRAWN and message.embeds:  # a withdrawn message keeps the title it had then
            embed = message.embeds[0]
            return "~~" not in (embed.title or "") and "~~" not in (embed.description or "")
        if entry.options.on_removed is OnRemoved.KEEP and not await self._is_live(entry):
            return False  # kept unchanged; a backup may lack its latest text
        if entry.action is Action.WITHDRAW:  # the entry's action may be an obsolete withdrawal
            entry = dataclasses.replace(entry, action=Action.EDIT)
        composed = await self.composer.compose(entry)
        if composed is None or not message.embeds:
            return composed is not None
        shown, wanted = message.embeds[0], composed.message.embed
        if wanted.url and not shown.url:  # Discord refused the link
            wanted.description = with_address_below(wanted.description, wanted.url)
        plain = _without_addresses  # a header links to messages that may be deleted
        if entry.item_id is not None:
            late = words_of(composed.issue.issue.language)(LATE)
            plain = _plain if entry.is_list else partial(_without_coverage, late)
        return (plain(shown.title), plain(shown.description)) != (plain(wanted.title), plain(wanted.description))

    async def _named(self, entry: Delivery) -> str:
        if entry.item_id is not None and (found := await self.archive.item(_ALL, entry.item_id)) is not None:
            return found.item.title
        issue = (await self.archive.issues(_ALL, [entry.issue_id])).get(entry.issue_id)
        return f"the header of {issue.issue.title}" if issue is not None else f"delivery {entry.id}"


def _is_older(entry: Delivery, since: dt.datetime) -> bool:
    """Whether a delivery's message was posted before `since`, and is thus not among the messages read."""
    return entry.message_id is not None and discord.utils.snowflake_time(entry.message_id) < since


def _marked(entries: Sequence[Delivery], seen: Mapping[str, Sequence[Seen]]) -> dict[int, list[Seen]]:
    """Return the messages that carry each delivery's mark, by delivery id, without those that another delivery owns."""
    owners = {entry.message_id: entry.id for entry in entries}
    return {
        entry.id: [one for one in seen.get(entry.mark, []) if owners.get(one.message.id, entry.id) == entry.id]
        for entry in entries
    }


def _of_source(newsletter: str, kind: str, text: str, *, reason: str = "", mend: Mend | None = None) -> Difference:
    return Difference(kind=kind, newsletter=newsletter, place="source", text=text, reason=reason, mend=mend)


def _of_unplanned(newsletter: str, place: str, one: Unplanned, hint: str, mend: Mend) -> Difference:
    titles = [title for _, title in one.items[:_MANY]]
    more = f" and {len(one.items) - _MANY} more" if len(one.items) > _MANY else ""
    text = f"all of {one.title}" if one.is_whole else f"{one.title}: {', '.join(titles)}{more}"
    return Difference(
        kind="not planned", newsletter=newsletter, place=place, text=text, reason=one.explanation or hint, mend=mend
    )


def _bound(act: Callable[..., Awaitable[object]], *args: object) -> Mend:
    async def mend() -> object:
        return await act(*args)

    return mend


def _deletion(message: discord.Message) -> Mend:
    async def delete() -> str:
        await message.delete()
        return "deleted"

    return delete


def _plain(text: str | None) -> str:
    """Return text as Discord stores it: without white space around line ends."""
    return "\n".join(line.rstrip() for line in (text or "").strip().splitlines())


def _without_coverage(late: str, text: str | None) -> str:
    """Return plain text without the note on earlier coverage, which depends on other newsletters.

    `late` is the other note, which stays.
    """
    text = _plain(text)
    body, _, note = text.rpartition("\n")
    if not note.startswith("-# "):
        return text
    return f"{body}\n-# {late}" if note.startswith(f"-# {late}") else body


def _without_addresses(text: str | None) -> str:
    """Return plain text without the addresses of its links."""
    return _LINK.sub(r"\1", _plain(text))
