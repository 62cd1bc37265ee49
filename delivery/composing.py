"""From a delivery to the message that shows it now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from digest.model import Item
from search.earlier_coverage import Before
from storage.archive import Archive
from storage.layouts import OnRemoved
from storage.outbox import Outbox
from storage.records import Action, Delivery, IssueRecord
from storage.subscriptions import Subscriptions
from ui.item_card import item_message, withdrawn_message
from ui.lists import Entry, list_message
from ui.messages import OutgoingMessage, digest_message, header_message
from ui.topic import covered_note

LATE = "Added later"
CoveredBefore = Callable[[Iterable[int]], Awaitable[dict[int, Before]]]


class Composer:
    """Makes each delivery's message out of what the archive holds at this moment."""

    def __init__(
        self,
        archive: Archive,
        outbox: Outbox,
        subscriptions: Subscriptions,
        covered_before: CoveredBefore | None = None,
    ) -> None:
        self._archive = archive
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._covered_before = covered_before

    async def message(self, delivery: Delivery) -> OutgoingMessage | None:
        """The message as it should look; None where its issue or item is not in the archive at all."""
        if delivery.item_id is None:
            return await self._header(delivery)
        if delivery.is_list:
            return await self._list(delivery)
        found = await self._archive.item(delivery.item_id)
        issue = (await self._archive.issues([delivery.issue_id])).get(delivery.issue_id)
        if found is None or issue is None:
            return None
        if delivery.action is Action.WITHDRAW:
            return withdrawn_message(found.item, issue.newsletter, delivery.mark)
        note = await self._note(delivery, issue)
        return item_message(found.item, issue.issue, issue.newsletter, delivery.mark, note=note)

    async def _list(self, delivery: Delivery) -> OutgoingMessage | None:
        """The items that the message lists, in the issue's order."""
        records = await self._archive.items_by_id(await self._outbox.listed(delivery.id))
        subscription = await self._subscriptions.get(delivery.subscription_id)
        if not records or subscription is None:
            return None
        on_removed = subscription.on_removed
        entries = [
            Entry(record.item, is_withdrawn=record.removed_at is not None and on_removed is OnRemoved.MARK)
            for record in sorted(records.values(), key=lambda one: (one.position, one.removed_at is None, one.id))
            if record.removed_at is None or on_removed is not OnRemoved.DELETE
        ]
        if delivery.action is Action.WITHDRAW:
            entries = [replace(entry, is_withdrawn=True) for entry in entries]
        return list_message(entries, delivery.newsletter, delivery.mark, note=LATE if delivery.is_late else "")

    async def _note(self, delivery: Delivery, issue: IssueRecord) -> str:
        """What is to be said of an item beside its text: it came late, its link or topic was covered before."""
        notes = [LATE] if delivery.is_late else []
        if self._covered_before is not None and delivery.item_id is not None:
            before = (await self._covered_before([delivery.item_id])).get(delivery.item_id)
            notes += [covered_note(before, issue.issue.date)] if before else []
        return " · ".join(notes)

    async def title(self, delivery: Delivery) -> str:
        """The issue's title, for a thread's name."""
        issue = (await self._archive.issues([delivery.issue_id])).get(delivery.issue_id)
        return issue.issue.title if issue else ""

    async def _header(self, delivery: Delivery) -> OutgoingMessage | None:
        issue = await self._archive.issue(delivery.issue_id)
        if issue is None:
            return None
        if delivery.action is Action.WITHDRAW:
            title = Item(id="", title=issue.issue.title)
            return withdrawn_message(title, issue.newsletter, delivery.mark)
        shown = await self._filtered(issue, delivery)
        make = digest_message if delivery.layout.is_one_message else header_message
        return make(shown.issue, shown.newsletter, delivery.mark, role_id=delivery.role_id)

    async def _filtered(self, issue: IssueRecord, delivery: Delivery) -> IssueRecord:
        """The issue with the items that this channel gets: the header counts those."""
        subscription = await self._subscriptions.get(delivery.subscription_id)
        if subscription is None or not subscription.origin.follows:
            return issue
        items = tuple(item for item in issue.issue.items if subscription.wants_item(item))
        return replace(issue, issue=replace(issue.issue, items=items))
