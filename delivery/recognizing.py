"""Adoption of unknown messages in a channel by their deliveries, instead of posting them again after a restore."""

from __future__ import annotations

import logging
from dataclasses import replace

import discord

from clock import Clock
from delivery import requests
from delivery.adopting import Adopter, seen
from delivery.composing import Composer
from delivery.dispatcher import Blocked, Unanswered
from delivery.matching import Matcher, is_current
from delivery.places import LOST, Places, text_place
from delivery.refusals import describe
from storage.adoption import Found
from storage.layouts import OnRemoved
from storage.outbox import Outbox
from storage.records import Action, Delivery
from storage.subscriptions import Subscriptions
from ui.messages import OutgoingMessage

log = logging.getLogger(__name__)


class Recognizer:
    """Compares the messages found by an `Adopter` with due deliveries; belongs to one courier."""

    def __init__(
        self,
        adopter: Adopter,
        places: Places,
        outbox: Outbox,
        subscriptions: Subscriptions,
        composer: Composer,
        clock: Clock,
    ) -> None:
        self._adopter = adopter
        self._places = places
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._composer = composer
        self._matcher = Matcher(outbox.found, composer)
        self._clock = clock

    async def adopted(self, delivery: Delivery, *, is_unsent: bool = True, has_found: bool = True) -> bool:
        """Adopt an unknown message as the delivery's post; False if none matches and the post is still to be sent.

        If `has_found` is false, no unknown message was found in the channel so far.
        """
        try:
            candidates, header_id = await self._adopter.candidates(delivery, has_found=has_found)
            match = await self._matcher.match_among(candidates, header_id, delivery)
            if match is None:
                return is_unsent and await self._renumbered(delivery, candidates)
            found = match.found
            if found.thread_id is None and delivery.opens_thread:
                found = replace(found, thread_id=await self._thread_below(delivery, found.message_id))
        except (Blocked, Unanswered):
            # The search is incomplete: release the claim, so that the next attempt searches again before it sends.
            if is_unsent:
                await self._outbox.released(delivery.id, is_unsent=True)
            raise
        is_shown = is_current(found, delivery, match.message)
        is_late = await self._says_late(found, delivery)
        await self._outbox.adopt(delivery.id, found, is_current=is_shown, is_late=is_late, now=self._clock())
        log.info(
            "message adopted delivery=%d channel=%d message=%d", delivery.id, delivery.channel_id, found.message_id
        )
        return True

    async def corrected(self, delivery: Delivery, message: discord.Message) -> None:
        """Schedule an edit of a message that was read back if its content is not current.

        After restoring a backup it may be older than the request, from an earlier delivery with the same number.
        """
        found, wanted = seen(message, delivery.channel_id), await self._composer.message(delivery)
        if found is not None and wanted is not None and not is_current(found, delivery, wanted):
            await self._outbox.outdated(delivery.id, is_late=await self._says_late(found, delivery))

    async def _says_late(self, found: Found, delivery: Delivery) -> bool:
        """Whether a found message has the note "Added later", regardless of the ledger."""
        late = await self._composer.message(replace(delivery, is_late=True))
        plain = await self._composer.message(replace(delivery, is_late=False))
        if late is None or plain is None or delivery.item_id is None:
            return False
        note = _lines(late) - _lines(plain)
        return bool(note) and note <= set(found.text.splitlines())

    async def marked_late(self, delivery: Delivery, *, has_found: bool = True) -> Delivery:
        """Return a post, marked as late if a later message of its issue is already in the channel.

        After restoring a backup, an author may add a story to an issue whose other messages were already posted.
        """
        if delivery.action is not Action.POST or delivery.is_late or delivery.item_id is None:
            return delivery
        candidates, header_id = await self._adopter.candidates(delivery, has_found=has_found)
        for later in await self._outbox.after(delivery) if candidates else []:
            if await self._matcher.match_among(candidates, header_id, later) is not None:
                await self._outbox.overtaken(delivery.id)
                return replace(delivery, is_late=True)
        return delivery

    async def rebound(self, delivery: Delivery) -> bool:
        """Bind the delivery to an unknown message that replaced its own; return whether there is one."""
        match = await self._matcher.match(delivery)
        if match is not None:
            await self._outbox.rebind(delivery.id, match.found)
        return match is not None

    async def posts_anew(self, delivery: Delivery) -> bool:
        """Make a deleted message due again if Herald itself deleted it after the backup; return whether it did."""
        if (
            delivery.action is not Action.EDIT
            or delivery.message_id is None
            or not await self._outbox.found.is_restored()
        ):
            return False
        subscription = await self._subscriptions.get(delivery.subscription_id)
        if subscription is None or subscription.on_removed is not OnRemoved.DELETE:
            return False
        return await self._outbox.post_anew(delivery.id, delivery.message_id)

    async def _renumbered(self, delivery: Delivery, found: list[Found]) -> bool:
        """Give the delivery a new number if a found message has its mark, and so its nonce; return whether it did."""
        is_taken = any(one.mark == delivery.mark for one in found)
        if is_taken:
            await self._outbox.renumber(delivery.id)
        return is_taken

    async def _thread_below(self, delivery: Delivery, message_id: int) -> int | None:
        """Return the thread below a found header, opened if the earlier attempt did not get that far."""
        place = text_place(await self._places.of(delivery))
        try:
            header = await place.fetch_message(message_id)
            return (await requests.open_thread(header, await self._composer.title(delivery))).thread_id
        except LOST as error:
            raise Unanswered(describe(error)) from error


def _lines(message: OutgoingMessage) -> set[str]:
    return set((message.embed.description or "").splitlines())
