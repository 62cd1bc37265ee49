"""Composing of a delivery's message from the current archive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from digest.model import Item
from search.earlier_coverage import Before
from storage.archive import Archive
from storage.layouts import OnRemoved
from storage.options import Options
from storage.outbox import Outbox
from storage.records import Action, Delivery, IssueRecord, ItemRecord
from storage.scope import Door, Scope
from ui.item_card import RETRACTED, WITHDRAWN, item_message, withdrawn_message
from ui.lists import ListEntry, list_message
from ui.locales import N_, words_of
from ui.masthead import digest_message, header_message
from ui.messages import OutgoingMessage, colour, message_url, source_of, titled
from ui.topic import covered_note

LATE = N_("Added later")
CoveredBefore = Callable[[Scope, Iterable[int]], Awaitable[dict[int, Before]]]
_ALL = Scope.everything()  # deliveries are planned only where they may be shown


@dataclass(frozen=True, slots=True)
class Composed:
    """A delivery's message and its issue."""

    message: OutgoingMessage
    issue: IssueRecord

    @property
    def topics(self) -> Sequence[str]:
        """The names to match with a forum's tags: the newsletter and the issue's tags."""
        return (self.issue.newsletter, *self.issue.issue.tags)


class Composer:
    """Composes messages from the archive as it is at the moment of the call."""

    def __init__(
        self,
        archive: Archive,
        outbox: Outbox,
        door: Door,
        covered_before: CoveredBefore | None = None,
        tint_of: Callable[[str], int] = colour,
    ) -> None:
        self._archive = archive
        self._outbox = outbox
        self._door = door
        self._covered_before = covered_before
        self._tint_of = tint_of

    async def compose(self, delivery: Delivery, members: Sequence[int] | None = None) -> Composed | None:
        """Return the message as it should look now; None if its issue or item is not in the archive.

        `members` are the items of a list in a preview; None means the stored ones.
        """
        if delivery.item_id is None:
            issue = await self._archive.issue(_ALL, delivery.issue_id)
            message = await self._header(delivery, issue) if issue is not None else None
        elif delivery.is_list:
            issue = (await self._archive.issues(_ALL, [delivery.issue_id])).get(delivery.issue_id)
            listed = members if members is not None else await self._outbox.listed(delivery.id)
            message = await self._list(delivery, listed, issue) if issue is not None else None
        else:
            found = await self._archive.story(delivery.issue_id, delivery.item_id)
            issue = found[1] if found is not None else None
            message = await self._item(delivery, *found) if found is not None else None
        return Composed(message, issue) if message is not None and issue is not None else None

    async def message(self, delivery: Delivery, members: Sequence[int] | None = None) -> OutgoingMessage | None:
        """Return only the message that `compose` returns."""
        composed = await self.compose(delivery, members)
        return composed.message if composed is not None else None

    async def _item(self, delivery: Delivery, found: ItemRecord, issue: IssueRecord) -> OutgoingMessage:
        if delivery.action is Action.WITHDRAW:
            item, language = titled(found.item, issue.issue), issue.issue.language
            reason = await self._withdrawn(delivery)
            return withdrawn_message(item, issue.newsletter, delivery.mark, language=language, reason=reason)
        note, look = await self._note(delivery, issue), delivery.options
        tint = self._tint(issue.newsletter, look)
        return item_message(found.item, issue.issue, issue.newsletter, delivery.mark, note=note, tint=tint, look=look)

    async def _withdrawn(self, delivery: Delivery) -> str:
        """Return the text of a withdrawn message: whether an admin or the author took it back."""
        found = await self._outbox.withdrawals(delivery.issue_id)
        is_retracted = found.of(delivery.subscription_id, delivery.item_id, delivery.generation) is not None
        return RETRACTED if is_retracted else WITHDRAWN

    def _tint(self, newsletter: str, look: Options) -> int:
        return look.colour if look.colour is not None else self._tint_of(newsletter)

    async def _list(self, delivery: Delivery, listed: Sequence[int], issue: IssueRecord) -> OutgoingMessage | None:
        """Return the message of a list, its items in the issue's order; None without items in the archive."""
        records = await self._archive.items_by_id(_ALL, listed)
        if not records:
            return None
        retracted = await self._outbox.withdrawals(delivery.issue_id)
        held = await self._outbox.held_entries(delivery.id)

        def gone(record: ItemRecord) -> OnRemoved | None:
            """Return how an entry was taken back, by an admin or by its author; None if it was not."""
            how = retracted.of(delivery.subscription_id, record.id, delivery.generation)
            is_removed = record.removed_at is not None and record.id not in held
            return how or (delivery.options.on_removed if is_removed else None)

        entries = [
            ListEntry(record.item, is_withdrawn=gone(record) is OnRemoved.MARK)
            for record in sorted(records.values(), key=lambda one: (one.position, one.removed_at is None, one.id))
            if gone(record) is not OnRemoved.DELETE
        ]
        if delivery.action is Action.WITHDRAW:
            entries = [replace(entry, is_withdrawn=True) for entry in entries]
        language = issue.issue.language
        return list_message(
            entries,
            issue.newsletter,
            delivery.mark,
            note=words_of(language)(LATE) if delivery.is_late else "",
            language=language,
            tint=self._tint(issue.newsletter, delivery.options),
        )

    async def _note(self, delivery: Delivery, issue: IssueRecord) -> str:
        """Return the note below an item's text: that it was added late, or was covered before."""
        language = issue.issue.language
        notes = [words_of(language)(LATE)] if delivery.is_late else []
        if self._covered_before is not None and delivery.item_id is not None:
            scope = await self._door.of_guilds([delivery.guild_id] if delivery.guild_id is not None else [])
            scope = scope.and_newsletter(delivery.newsletter)  # a preview's newsletter may not be followed yet
            before = (await self._covered_before(scope, [delivery.item_id])).get(delivery.item_id)
            if before is not None:
                address = await self._where(before, delivery.guild_id)
                notes.append(covered_note(before, issue.issue.date, address=address, language=language))
        return " · ".join(notes)

    async def _where(self, before: Before, guild_id: int | None) -> str | None:
        """Return the URL of the earlier story's message in the server, else of its source."""
        earlier = await self._archive.item(_ALL, before.item_id) if before.item_id is not None else None
        if earlier is None:
            return None
        if guild_id is not None and (found := await self._outbox.messages_of([earlier.id], guild_id)):
            return message_url(guild_id, *found[earlier.id])
        issue = (await self._archive.issues(_ALL, [earlier.issue_id])).get(earlier.issue_id)
        return source_of(earlier.item, issue.issue) if issue is not None else None

    async def title(self, delivery: Delivery) -> str:
        """Return the issue's title, for a thread's name."""
        return await self._archive.title(delivery.issue_id)

    async def _header(self, delivery: Delivery, issue: IssueRecord) -> OutgoingMessage:
        if delivery.action is Action.WITHDRAW:
            title, language = Item(id="", title=issue.issue.title), issue.issue.language
            reason = await self._withdrawn(delivery)
            return withdrawn_message(
                title, issue.newsletter, delivery.mark, language=language, kind="header", reason=reason
            )
        look = delivery.options
        shown = (await self._posted(await self._without_retracted(issue, delivery), delivery)).issue
        tint = self._tint(issue.newsletter, look)
        if look.layout.is_one_message:
            return digest_message(shown, issue.newsletter, delivery.mark, tint=tint, look=look)
        jumps = await self._jumps(delivery)
        is_planned = delivery.id == 0  # a preview, of which nothing is stored
        is_apart = is_planned and look.is_introduced_apart
        is_apart = is_apart or await self._outbox.has_introduction_below(delivery)
        return header_message(
            shown, issue.newsletter, delivery.mark, jumps=jumps, tint=tint, look=look, has_introduction=not is_apart
        )

    async def _jumps(self, delivery: Delivery) -> dict[str, str]:
        """Map the ids of items in the issue to the URLs of their messages below this header, if posted."""
        if delivery.guild_id is None or delivery.action is Action.POST:
            return {}
        ids = {record.id: record.item.id for record in await self._archive.items(_ALL, delivery.issue_id)}
        places = await self._outbox.messages_beside(delivery, list(ids))
        return {ids[one]: message_url(delivery.guild_id, *place) for one, place in places.items() if one in ids}

    async def _posted(self, issue: IssueRecord, header: Delivery) -> IssueRecord:
        """Return the issue with only the items below this header, since the filter may have changed meanwhile."""
        is_planned = header.id == 0  # a preview, of which nothing is stored
        if is_planned or header.options.layout.is_one_message:
            return _filtered(issue, header.options)
        below = await self._outbox.items_below(header)
        ids = {record.item.id for record in await self._archive.items(_ALL, header.issue_id) if record.id in below}
        items = tuple(item for item in issue.issue.items if item.id in ids)
        return replace(issue, issue=replace(issue.issue, items=items))

    async def _without_retracted(self, issue: IssueRecord, delivery: Delivery) -> IssueRecord:
        """Return the issue without the items that an admin retracted from this posting."""
        found = await self._outbox.withdrawals(delivery.issue_id)
        if not found:
            return issue
        hidden = {
            record.item.id
            for record in await self._archive.items(_ALL, delivery.issue_id)
            if found.hides(delivery.subscription_id, record.id, record.item.section, delivery.generation)
        }
        items = tuple(item for item in issue.issue.items if item.id not in hidden)
        return replace(issue, issue=replace(issue.issue, items=items))


def _filtered(issue: IssueRecord, options: Options) -> IssueRecord:
    """Return the issue with only the items that pass the channel's filter, as counted in its header."""
    items = tuple(item for item in issue.issue.items if options.wants_item(item))
    return replace(issue, issue=replace(issue.issue, items=items))
