"""Gathers what the log, the ledger and the archive know of one message, item or issue, for `/why`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.services import Services
from storage.history import HistoryEvent
from storage.records import Delivery, Gate, IssueRecord, ItemRecord, State, Subscription
from storage.scope import Scope
from ui.why_account import Account

_ALL = Scope.everything()
MaySee = Callable[[int], bool]  # whether the user may see a channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An issue, decisions about it, and what happened to it, or to one of its items, in each channel."""

    record: IssueRecord
    events: Sequence[HistoryEvent]
    accounts: Sequence[Account]
    item: ItemRecord | None = None
    is_header: bool = False


class Explainer:
    """Explains within one server, limited to the channels that the user may see."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def message(self, delivery: Delivery) -> Explanation | None:
        """Return the explanation of a posted message; None if its issue is no longer in the archive."""
        record = await self._services.archive.issue(_ALL, delivery.issue_id)
        if record is None:
            return None
        item = await self._services.archive.item(_ALL, delivery.item_id) if delivery.item_id is not None else None
        events = await self._services.history.of_issue(record.id)
        account = await self._account(record, events, delivery.subscription_id, [delivery], delivery.item_id)
        return Explanation(record=record, events=events, accounts=[account], item=item, is_header=item is None)

    async def issue(self, record: IssueRecord, guild_id: int, may_see: MaySee) -> Explanation:
        """Return the explanation of a whole issue in a server."""
        return await self._story(record, None, guild_id, may_see)

    async def item(self, record: IssueRecord, item: ItemRecord, guild_id: int, may_see: MaySee) -> Explanation:
        """Return the explanation of an item in a server."""
        return await self._story(record, item, guild_id, may_see)

    async def _story(self, record: IssueRecord, item: ItemRecord | None, guild_id: int, may_see: MaySee) -> Explanation:
        events = await self._services.history.of_issue(record.id)
        found = [one for one in await self._services.outbox.of_issue(record.id) if one.guild_id == guild_id]
        if item is not None:
            found = [one for one in found if await self._shows(one, item)]
        followers = await self._services.subscriptions.list(record.newsletter, guild_id=guild_id)
        # Current followers, whether or not they got a message, and former ones that got one.
        ids = dict.fromkeys([*(one.id for one in followers), *(one.subscription_id for one in found)])
        accounts: list[Account] = []
        for subscription_id in ids:
            mine = [one for one in found if one.subscription_id == subscription_id]
            account = await self._account(record, events, subscription_id, mine, item.id if item is not None else None)
            # Otherwise the answer would reveal a hidden channel.
            if may_see(account.channel_id):
                accounts.append(account)
        return Explanation(record=record, events=events, accounts=accounts, item=item)

    async def _shows(self, delivery: Delivery, item: ItemRecord) -> bool:
        """Whether a delivery's message shows an item: as its own, in its list, or in a digest, which shows all."""
        if delivery.is_list:
            return item.id in await self._services.outbox.listed(delivery.id)
        return delivery.item_id == item.id or (delivery.item_id is None and delivery.layout.is_one_message)

    async def _account(
        self,
        record: IssueRecord,
        events: Sequence[HistoryEvent],
        subscription_id: int,
        deliveries: Sequence[Delivery],
        item_id: int | None,
    ) -> Account:
        subscription = await self._services.subscriptions.get(subscription_id)
        # Events without a channel, such as a change of the source, concern all channels.
        mine = [one for one in events if one.subscription_id in {None, subscription_id}]
        is_live = subscription is not None and subscription.removed_at is None and subscription.origin.follows
        channel_id = subscription.channel_id if subscription is not None else next(one.channel_id for one in deliveries)
        return Account(
            channel_id=channel_id,
            newsletter=record.newsletter,
            item_id=item_id,
            deliveries=[one for one in deliveries if not _is_replaced(one, deliveries)],
            events=mine,
            subscription=subscription if is_live else None,
            gate=record.gate,
            released_at=record.released_at,
            is_earlier=record.gate is Gate.FILED and not record.gate_reason,
            blocked=_blocked(subscription),
        )


def _is_replaced(delivery: Delivery, others: Sequence[Delivery]) -> bool:
    """Whether a delivery was dropped before posting, in favour of another that shows the same."""
    is_given_up = delivery.state is State.SKIPPED and delivery.message_id is None
    return is_given_up and any(one.item_id == delivery.item_id and one.id > delivery.id for one in others)


def _blocked(subscription: Subscription | None) -> str:
    return subscription.waiting_reason or "" if subscription is not None else ""
