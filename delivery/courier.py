"""The steps of one channel: resolve a delivery with unknown outcome, else claim the next one and carry it out."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord

from clock import Clock, utc_now
from delivery import requests
from delivery.adopting import Adopter
from delivery.another import AnotherHerald
from delivery.checkup import Checkup
from delivery.composing import Composer
from delivery.crossposting import Crossposter
from delivery.dispatcher import Blocked, Unanswered
from delivery.pacing import EDIT, POST, OldEdits, urgency
from delivery.places import LOST, Gone, Place, Places, Shut, name_of, text_place, thread_of
from delivery.recognizing import Recognizer
from delivery.refusals import (
    SHUT,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Meaning,
    Refusal,
    describe,
    error_code,
    explain,
)
from delivery.refused import RefusedMessages
from delivery.reopening import Reopening
from delivery.requests import Done
from delivery.settling import find_post, may_read_back, read_back
from delivery.shards import Shards
from delivery.under_way import Request, UnderWay
from errors import S_, StorageError
from storage.duties import DutyLostError, acting_for
from storage.layouts import Layout
from storage.outbox import Outbox
from storage.outlook import Outlook
from storage.records import Action, Delivery, IssueRecord
from storage.subscriptions import Subscriptions

log = logging.getLogger(__name__)

REQUEST_LIMIT_S = 60.0  # discord.py retries some failures for 25 s and has no time limit of its own
_NO_ITEM = S_("Its item is no longer in the archive.")
_UNKNOWN_END = S_(
    "Herald cannot find out whether a message arrived in {channel}: give its role the permission "
    "Read Message History there."
)
_LOGGED_TITLE = 60  # characters of an issue's title in the log
_LOOK_S = 1.0  # between checks whether another process or another Herald is done
_MOST_DENIED = 8  # attempts, over some minutes; by then the gateway would report a deleted channel
NONCE_WINDOW = dt.timedelta(seconds=25)  # Discord says "a few minutes"; 30 seconds were seen
StorageFails = Callable[[str | None], Awaitable[None]]


class Courier:
    """Carries deliveries to Discord; the steps that a `Dispatcher` repeats for each channel."""

    def __init__(  # noqa: PLR0913 -- it connects all of these
        self,
        client: discord.Client,
        outbox: Outbox,
        subscriptions: Subscriptions,
        composer: Composer,
        checkup: Checkup,
        *,
        shards: Shards,
        storage_fails: StorageFails,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self.places = Places(client)
        self.adopter = Adopter(client, outbox.found, clock)
        self.another = AnotherHerald(outbox.found, clock)
        self._outbox = outbox
        self._recognizer = Recognizer(self.adopter, self.places, outbox, subscriptions, composer, clock)
        self._subscriptions = subscriptions
        self._checkup = checkup
        self._shards = shards
        self.reopening = Reopening(client, outbox.reopened, clock)
        self._composer = composer
        self._storage_fails = storage_fails
        self._clock = clock
        self._crossposter = Crossposter(outbox, clock)
        self._old_edits = OldEdits()
        self._denied: dict[int, int] = {}  # channel -> how often Discord has denied it in a row
        self._under_way = UnderWay(outbox, clock)
        self._refusals = RefusedMessages(outbox, composer, checkup, clock)

    # steps of the dispatcher

    async def due_channels(self) -> list[int]:
        """Return channels with due or unresolved deliveries that are neither paused nor blocked."""
        due = await self._outbox.due_channels(now=self._clock())
        resting = await self._subscriptions.resting()
        unsettled = [each.channel_id for each in await self._outbox.unsettled() if each.subscription_id not in resting]
        stale = await self._outbox.stale_channels(now=self._clock())
        publishing = await self._outbox.publishing_channels(now=self._clock())
        return await self._shards.served(dict.fromkeys([*unsettled, *due, *stale, *publishing]))

    async def next_due_s(self) -> float | None:
        """Return the seconds until the next scheduled delivery is due; None without one."""
        now = self._clock()
        at = await self._outbox.next_due_at(now=now)
        return max((at - now).total_seconds(), 0.0) if at is not None else None

    async def step(self, channel_id: int) -> bool:
        """Process one delivery of the channel; False if nothing is left for this process."""
        try:
            duty = await self._shards.duty_in(channel_id)
            with self._shards.working(duty) as is_mine, acting_for(duty):
                if not is_mine:
                    return False
                if forgotten_s := self._shards.forgotten_s():
                    await asyncio.sleep(min(forgotten_s, _LOOK_S))
                    return True
                is_done = await self._step(channel_id, self._shards.unsettled_s(duty))
        except DutyLostError:
            return False
        except StorageError as error:
            await self._storage_fails(str(error))
            raise Unanswered(str(error)) from error  # nothing is sent unless it can be recorded
        if is_done:
            await self._storage_fails(None)
        return is_done

    async def _step(self, channel_id: int, unsettled_s: float) -> bool:
        """Process one delivery; requests of another process may still be in flight for `unsettled_s` seconds."""
        now = self._clock()
        outlook = await self._outbox.outlook(channel_id, now=now)
        if outlook.is_unsettled and (unsettled := await self._outbox.unsettled(channel_id)):
            if unsettled_s:
                await asyncio.sleep(min(unsettled_s, _LOOK_S))
                return True
            await self._unless_gone(self._settle(unsettled[0]), unsettled[0])
            return True
        if wait_s := self.another.wait_s(channel_id):
            await asyncio.sleep(min(wait_s, _LOOK_S))
            return True
        channel = await self.places.channel(channel_id)
        await self.adopter.look_at(channel_id)
        if outlook.may_publish and await self._crossposter.step(channel, only_headers=True):
            return True
        delivery = await self._claimed(channel, outlook)
        if delivery is None:
            self.another.is_done(channel_id)
            return outlook.may_publish and await self._crossposter.step(channel)
        has_left = delivery.sending_at is not None and delivery.sending_at < now
        if await self._checkup.is_barred(delivery):
            await self._outbox.released(delivery.id, is_unsent=not has_left)
        elif has_left:
            # it was released after a request was sent, which may have taken effect
            await self._unless_gone(self._settle(delivery), delivery)
        elif not await self._recognizer.adopted(delivery, has_found=outlook.has_found):
            delivery = await self._recognizer.marked_late(delivery, has_found=outlook.has_found)
            await self._unless_gone(self._attempt(delivery), delivery)
        return True

    async def _claimed(self, channel: Place, outlook: Outlook) -> Delivery | None:
        """Claim the channel's next delivery; a header with outdated links takes precedence."""
        now = self._clock()
        header = await self._outbox.claim_header(channel.id, now=now) if outlook.has_stale_header else None
        return header or await self._outbox.claim_next(channel.id, now=now, last_message_id=channel.last_message_id)

    async def blocked(self, channel_id: int, reason: str) -> None:
        """Record that the channel is blocked; tell the admins once per reason."""
        await self._checkup.blocked(channel_id, reason)

    async def unblock(self, channel_id: int | None) -> None:
        """Unblock the channel (None: every channel) where a new check finds no fault."""
        await self._outbox.let_in(channel_id)
        await self._checkup.unblock(channel_id)

    # gateway events

    async def echo(self, message: discord.Message, mark: str) -> None:
        """Record our own message as soon as the gateway reports it; `send` may return seconds later."""
        guild_id = message.guild.id if message.guild is not None else None
        if self._shards.serves(guild_id):
            await self._under_way.echoed(mark, message.id)

    # one delivery

    async def _unless_gone(self, step: Awaitable[None], delivery: Delivery) -> None:
        try:
            await step
        except Gone:
            await self._lost(delivery)
        except Shut as reason:
            await self._refusals.step_aside(delivery, str(reason), is_unsent=True)

    async def _lost(self, delivery: Delivery) -> None:
        """Record that the message or its thread was deleted, by a person or by a request whose answer was lost.

        A message that replaced it is adopted; one deleted before a restored backup was made becomes due again.
        """
        if delivery.action is not Action.POST and await self._recognizer.rebound(delivery):
            return
        if delivery.action is Action.DELETE:
            await self._outbox.sent(delivery.id, now=self._clock())
            return
        if await self._recognizer.posts_anew(delivery):
            return
        await self._outbox.lost(delivery.id, now=self._clock())
        log.info("deleted by hand delivery=%d message=%s", delivery.id, delivery.message_id)

    async def _attempt(self, delivery: Delivery, *, is_repeated: bool = False) -> None:
        """Carry it out; a repeated post is recorded without a content hash: either request may have made it."""
        delivery = await self._in_its_thread(delivery)
        composed = await self._composer.compose(delivery)
        if composed is None:
            await self._outbox.failed(delivery.id, _NO_ITEM, now=self._clock())
            return
        content_hash = composed.message.content_hash
        if delivery.action is Action.EDIT and content_hash == delivery.content_hash:
            # the message already looks as it should
            await self._outbox.sent(delivery.id, delivery.message_id, now=self._clock(), content_hash=content_hash)
            return
        is_open = is_repeated and delivery.action is Action.POST
        place = await self.places.of(delivery) if is_open else await self._place(delivery)
        if await self._is_too_soon(place, delivery):
            return
        level = POST if delivery.action is Action.POST else EDIT
        with self._under_way.request(delivery, None if is_open else content_hash) as request:
            try:
                async with asyncio.timeout(REQUEST_LIMIT_S):
                    with urgency(level):
                        done = await requests.carry_out(place, delivery, composed, self.reopening)
            except LOST as error:
                await self._refused(delivery, explain(error, name_of(place)), error)
                return
            await self._record(request, done, place, composed.issue)

    async def _in_its_thread(self, delivery: Delivery) -> Delivery:
        """Return a post with the thread below its header, opened if necessary (layout auto). Raises Gone."""
        if not delivery.in_thread or delivery.action is not Action.POST:
            return delivery
        header = await self._outbox.header_of(delivery)
        if header is None or header.message_id is None:
            return delivery
        thread_id = header.thread_id or await self._opened(header)
        return replace(delivery, thread_id=thread_id)

    async def _opened(self, header: Delivery) -> int:
        """Return the thread below a header, opened unless it exists. Raises Blocked, Unanswered or Gone."""
        channel = text_place(await self.places.channel(header.channel_id, Layout.THREAD))
        message = channel.get_partial_message(header.message_id or 0)
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                done = await requests.open_thread(message, await self._composer.title(header))
        except LOST as error:
            if error_code(error) == UNKNOWN_MESSAGE:
                await self._lost(header)
                raise Gone from error
            refusal = explain(error, name_of(channel))
            if refusal.meaning in {Meaning.UNKNOWN, Meaning.LATER}:
                raise Unanswered(refusal.reason) from error
            raise Blocked(refusal.reason) from error
        thread_id = done.thread_id or done.message_id or 0
        await self._outbox.thread_opened(header.id, thread_id)
        return thread_id

    async def _is_too_soon(self, place: Place, delivery: Delivery) -> bool:
        """Return whether an edit of an old message must wait; if so, release it, so that posts can overtake it."""
        if delivery.message_id is None or delivery.action not in {Action.EDIT, Action.WITHDRAW}:
            return False
        now = self._clock()
        turn_at = self._old_edits.turn_at(place.id, delivery.message_id, now)
        if turn_at > now:
            await self._outbox.released(delivery.id, not_before=turn_at, is_unsent=True)
        return turn_at > now

    async def _place(self, delivery: Delivery) -> Place:
        """Return the place of the message. Release the delivery if that is blocked, since no request was sent."""
        try:
            place = await self.places.of(delivery)
            self.places.check_thread(place, delivery)
            if delivery.action is Action.POST:
                self.places.check(place, delivery.layout if thread_of(delivery) is None else None)
        except Blocked as reason:
            await self._outbox.released(delivery.id, reason=str(reason), is_unsent=True)
            raise
        return place

    async def _record(self, request: Request, done: Done, place: Place, issue: IssueRecord) -> None:
        delivery = request.delivery
        self._refusals.went_through(delivery.channel_id)
        self._denied.pop(delivery.channel_id, None)
        if not await self._under_way.answered(request, done.message_id, done.thread_id):
            log.error("message posted twice delivery=%d message=%s", delivery.id, done.message_id)
            return
        title = issue.issue.title[:_LOGGED_TITLE].replace('"', "'")
        log.info(
            '%s newsletter="%s" issue="%s" channel="%s" delivery=%d channel_id=%d issue_id=%d item_id=%s message_id=%s',
            _DID[delivery.action], delivery.newsletter, title, name_of(place), delivery.id, delivery.channel_id,
            delivery.issue_id, delivery.item_id, done.message_id,
        )  # fmt: skip
        self._client.dispatch("delivery_done", delivery, issue.changed_at)

    async def _refused(self, delivery: Delivery, refusal: Refusal, error: BaseException) -> None:
        is_thread_gone = thread_of(delivery) is not None and error_code(error) == UNKNOWN_CHANNEL
        if error_code(error) == UNKNOWN_MESSAGE or is_thread_gone:
            await self._lost(delivery)
        elif refusal.meaning is Meaning.UNKNOWN:
            raise Unanswered(describe(error)) from error
        elif error_code(error) in SHUT and thread_of(delivery) is not None:
            await self._refusals.step_aside(delivery, refusal.reason)
        elif self._is_seen(delivery, error):
            await self._outbox.released(delivery.id, reason=refusal.reason)
            raise Unanswered(describe(error)) from error
        elif refusal.meaning is Meaning.CHANNEL:
            await self._outbox.released(delivery.id, reason=refusal.reason)
            raise Blocked(refusal.reason) from error
        elif refusal.meaning is Meaning.LATER or (refusal.meaning is Meaning.UNLISTED and delivery.opens_thread):
            # the issue's items cannot be posted without its thread
            await self._refusals.postpone(delivery, refusal.reason)
        else:
            await self._refusals.park(delivery, refusal)

    def _is_seen(self, delivery: Delivery, error: BaseException) -> bool:
        """Whether to distrust "unknown channel" for a channel that the gateway shows, as in an outage."""
        if error_code(error) != UNKNOWN_CHANNEL or self._client.get_channel(delivery.channel_id) is None:
            return False
        self._denied[delivery.channel_id] = self._denied.get(delivery.channel_id, 0) + 1
        return self._denied[delivery.channel_id] <= _MOST_DENIED

    async def _settle(self, delivery: Delivery) -> None:
        """Resolve a request with unknown outcome; repeat it only if it had no effect."""
        if delivery.action is not Action.POST:  # edits and deletions are idempotent
            await self._attempt(delivery, is_repeated=True)
            return
        delivery = await self._in_its_thread(delivery)
        place = await self.places.of(delivery)  # if this raises Blocked, the outcome stays unknown
        found = await self._found(place, delivery)
        current = await self._outbox.delivery(delivery.id)
        if current is None or current.state is not delivery.state:
            return  # its echo arrived while the channel was read
        if found is None:
            if not await self._recognizer.adopted(delivery, is_unsent=False):
                await self._attempt(delivery, is_repeated=True)
            return
        if isinstance(found, discord.Thread):
            await self._outbox.sent(delivery.id, found.id, now=self._clock(), thread_id=found.id)
        elif delivery.opens_thread:
            await self._attempt_thread(delivery, found)
        else:
            await self._outbox.echoed(delivery.mark, found.id, now=self._clock())
            await self._recognizer.corrected(delivery, found)
        self._under_way.remember(delivery.mark)
        log.info("message found by reading back delivery=%d message=%d", delivery.id, found.id)

    async def _found(self, place: Place, delivery: Delivery) -> discord.Message | discord.Thread | None:
        """Return the delivery's message, or in a forum its post; None if it was not posted."""
        own = self._client.user
        if own is None:
            return None
        is_readable = may_read_back(place, place.guild.me)
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                if isinstance(place, discord.ForumChannel):
                    return await find_post(place, delivery, own.id, self._is_known, is_readable=is_readable)
                if is_readable:
                    return await read_back(place, delivery, own.id)
        except LOST as error:
            if thread_of(delivery) is not None and error_code(error) == UNKNOWN_CHANNEL:
                raise Gone from error
            refusal = explain(error, name_of(place))
            if refusal.meaning in {Meaning.UNKNOWN, Meaning.LATER}:
                raise Unanswered(describe(error)) from error
            raise Blocked(refusal.reason) from error
        # Discord has forgotten a nonce that old: sending again could post the same message twice.
        if delivery.sending_at is not None and self._clock() - delivery.sending_at > NONCE_WINDOW:
            raise Blocked(_UNKNOWN_END.format(channel=name_of(place)))
        log.warning("channel may not be read back, relying on the nonce channel=%d", delivery.channel_id)
        return None

    async def _is_known(self, post_id: int) -> bool:
        """Whether a forum post is recorded for a delivery; its first message has the post's own id."""
        return await self._outbox.by_message(post_id) is not None

    async def _attempt_thread(self, delivery: Delivery, header: discord.Message) -> None:
        """Open the thread of a header that was already posted."""
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                done = await requests.open_thread(header, await self._composer.title(delivery))
        except LOST as error:
            await self._refused(delivery, explain(error, f"<#{delivery.channel_id}>"), error)
            return
        await self._outbox.sent(delivery.id, done.message_id, now=self._clock(), thread_id=done.thread_id)


_DID = {Action.POST: "posted", Action.EDIT: "edited", Action.WITHDRAW: "withdrawn", Action.DELETE: "deleted"}
