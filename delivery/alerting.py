"""Alert notifications: released items are matched with members' alerts, and each member gets one message."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import discord

from clock import Clock, utc_now
from delivery.leaving import Leaving
from delivery.once import single_try
from delivery.places import LOST
from delivery.refusals import describe, is_transient
from delivery.settling import CLOCK_SLACK
from delivery.shards import POLL_S
from errors import S_, StorageError
from logs import incident
from search.alert_matching import AlertMatcher
from storage.alert_outbox import AlertDelivery, AlertOutbox
from storage.archive import Archive
from storage.database import Database
from storage.duties import ALERTS, acting_for
from storage.outbox import Outbox
from storage.records import IssueRecord, ItemRecord, State
from storage.scope import Door, Scope
from ui.alert_message import alert_embed, alert_view, public_alert
from ui.alerts import mark_of_alert
from ui.locales import answering

if TYPE_CHECKING:
    from discord.abc import MessageableChannel

_NOBODY = S_("nobody is left to notify, or its items cannot be seen any more")

log = logging.getLogger(__name__)

REQUEST_LIMIT_S = 60.0
IDLE_S = 300.0  # longest pause between two checks
RETRY_S = 30.0  # pause after a failure
UNSURE_S = 3_600.0  # before and after a failover in which sent alerts may be missing in the new database
_POLL_S = 1.0  # shortest pause, while alerts wait for the issue's own messages
# Discord's JSON error codes for direct messages: closed by the member, no server in common, not allowed.
CLOSED = frozenset({50007, 50278, 50001, 50013})
UNKNOWN_USER = 10013
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(hours=1), dt.timedelta(days=3)
GIVEN_UP = dt.timedelta(days=30)  # age of a notification that is not retried any more


Public = discord.TextChannel | discord.Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The stores of alerts, of the items they match, and of who may see those."""

    alerts: AlertOutbox
    matcher: AlertMatcher
    archive: Archive
    outbox: Outbox
    door: Door
    db: Database


class Alerting:
    """Matches alerts and sends notifications one by one in a single task, which survives any failure."""

    def __init__(
        self,
        client: discord.Client,
        stores: Stores,
        leaving: Leaving,
        *,
        channel_id: int | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._alerts = stores.alerts
        self._matcher = stores.matcher
        self._archive = stores.archive
        self._outbox = stores.outbox
        self._door = stores.door
        self._db = stores.db
        self._leaving = leaving
        self._channel_id = channel_id
        self._clock = clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the task; it first resolves what an earlier run left open."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="alerts")
        self.wake()

    def wake(self) -> None:
        """Wake the task: something may be new or due."""
        self._wake.set()

    async def stop(self) -> None:
        """Stop the task. The next run resolves a request in flight."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause_s = await self._once()
            except StorageError as error:  # the database is unavailable, or another process holds the duty now
                log.warning('alerts delayed reason="%s"', error)
                pause_s = RETRY_S
            except Exception:  # a bug with one alert must not stop the others
                log.exception("alerts failed incident=%s", incident())
                pause_s = RETRY_S
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _once(self) -> float:
        """Do everything due now; return how many seconds to sleep unless woken."""
        if not await self._db.take(ALERTS):
            return POLL_S
        with acting_for(ALERTS):
            pause_s = await self._held()
        return min(pause_s, POLL_S) if self._db.is_shared else pause_s

    async def _held(self) -> float:
        if forgotten_s := self._db.forgotten_s():
            return forgotten_s
        await self._match()
        for delivery in await self._alerts.unsettled():
            if (unsettled_s := self._db.unsettled_s(ALERTS)) > 0:
                return unsettled_s
            if not await self._settle(delivery):
                return RETRY_S
        while (delivery := await self._alerts.claim_next(now=self._clock())) is not None:
            if not await self._send(delivery):
                return RETRY_S
        due_at = await self._alerts.next_due_at()
        return min(max((due_at - self._clock()).total_seconds(), _POLL_S), IDLE_S) if due_at else IDLE_S

    async def _match(self) -> None:
        began_at = self._clock()
        for unmatched in await self._alerts.unmatched(now=began_at):
            alerts = await self._alerts.awaiting(await self._door.guilds_of(unmatched.newsletter), unmatched)
            matches = await self._matcher.matches(Scope.everything(), unmatched, alerts)
            owed = await self._alerts.plan(unmatched.issue_id, matches, now=began_at)
            log.info("alerts matched issue=%d alerts=%d messages=%d", unmatched.issue_id, len(alerts), owed)

    # one message

    async def _send(self, delivery: AlertDelivery) -> bool:
        """Notify a member; False if Discord does not answer, in which case the outcome is resolved later."""
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                owed = await self._still_owed(delivery)
                if owed is not None and (found := await self._content(owed)) is not None:
                    return await self._tell(owed, *found)
                reason = _NOBODY
                await self._alerts.ended(delivery.id, State.SKIPPED, reason, now=self._clock())
                return True
        except LOST as error:
            if is_transient(error):
                log.warning("no answer, trying again alert=%d error=%s", delivery.id, describe(error))
                return False
            await self._refused(delivery, error)
            return True

    async def _still_owed(self, delivery: AlertDelivery) -> AlertDelivery | None:
        """Return the notification reduced to alerts of servers the member is in and that may see the issue.

        None if no alert is left. Raises what discord.py raises if Discord does not answer.
        """
        alerts = await self._alerts.behind(delivery)
        asked = {alert.guild_id for alert in alerts}
        present = await self._leaving.present(delivery.user_id, {one for one in asked if one is not None})
        seeing = {one for one in asked if (one is None or one in present) and await self._sees(one, delivery.issue_id)}
        if not seeing:
            return None
        queries = {alert.query for alert in alerts if alert.guild_id in seeing}
        # Any remaining server would do; the greatest id is the same at every attempt.
        home = delivery.guild_id if delivery.guild_id in seeing else max(seeing, key=lambda one: one or 0)
        matches = tuple(match for match in delivery.matches if match[0] in queries)
        if (home, matches) == (delivery.guild_id, delivery.matches):
            return delivery
        delivery = replace(delivery, guild_id=home, matches=matches)
        await self._alerts.move(delivery)
        return delivery

    async def _sees(self, guild_id: int | None, issue_id: int) -> bool:
        return issue_id in await self._archive.issues(await self._scope(guild_id), [issue_id])

    async def _scope(self, guild_id: int | None) -> Scope:
        return await self._door.of_guilds([guild_id] if guild_id is not None else [])

    async def _tell(self, delivery: AlertDelivery, issue: IssueRecord, items: list[ItemRecord]) -> bool:
        """Send a direct message; if those are closed, post in the channel that an admin chose."""
        try:
            direct = await self._client.create_dm(discord.Object(delivery.user_id))
            await self._post(delivery, direct, issue, items)
        except discord.HTTPException as error:
            channel = await self._channel(delivery) if error.code in CLOSED else None
            if channel is None:
                raise
            await self._post(delivery, channel, issue, items)
        return True

    async def _post(
        self, delivery: AlertDelivery, place: MessageableChannel, issue: IssueRecord, items: list[ItemRecord]
    ) -> None:
        is_direct = isinstance(place, discord.DMChannel)
        await self._alerts.goes_to(delivery.id, place.id)
        jumps = await self._jumps(delivery) if is_direct else {}
        with answering(await self._alerts.language_of(delivery.user_id)):
            if is_direct:
                embed, view = alert_embed(delivery, issue, items, jumps), alert_view(delivery, issue)
            else:
                embed, view = public_alert(delivery, len(items))
        if (told := await self._told_before(delivery, place, embed)) is not None:
            await self._alerts.sent(delivery, told.id, now=self._clock(), is_direct=is_direct)
            log.info("alert found that the database had lost alert=%d message=%d", delivery.id, told.id)
            return
        with single_try():
            sent = await place.send(
                content=None if is_direct else f"<@{delivery.user_id}>",
                embed=embed,
                view=view,
                nonce=delivery.nonce,
                allowed_mentions=discord.AllowedMentions(
                    everyone=False, roles=False, replied_user=False, users=[discord.Object(delivery.user_id)]
                ),
            )
        await self._alerts.sent(delivery, sent.id, now=self._clock(), is_direct=is_direct)
        log.info("alert sent alert=%d issue=%d direct=%s", delivery.id, delivery.issue_id, is_direct)

    async def _told_before(
        self, delivery: AlertDelivery, place: MessageableChannel, embed: discord.Embed
    ) -> discord.Message | None:
        """Return the notification if it was sent before a failover that lost its record.

        It may have had another number then, so in direct messages the same content counts as a match.
        """
        if (took_over_s := self._db.took_over_s()) > UNSURE_S or self._client.user is None:
            return None
        begin = self._clock() - dt.timedelta(seconds=took_over_s + UNSURE_S)
        async for message in place.history(limit=None, after=begin):
            if message.author.id != self._client.user.id or (mark := mark_of_alert(message)) is None:
                continue
            is_same = isinstance(place, discord.DMChannel) and any(
                _tells(one) == _tells(embed) for one in message.embeds
            )
            if mark == delivery.mark or is_same:
                return message
        return None

    async def _refused(self, delivery: AlertDelivery, error: BaseException) -> None:
        now, reason = self._clock(), describe(error)
        code = error.code if isinstance(error, discord.HTTPException) else 0
        if code == UNKNOWN_USER or now - delivery.planned_at > GIVEN_UP:
            await self._alerts.ended(delivery.id, State.FAILED, reason, now=now)
        else:
            wait = min(FIRST_WAIT * 4 ** (delivery.attempts - 1), LONGEST_WAIT)
            await self._alerts.later(delivery, reason, not_before=now + wait, is_closed=code in CLOSED)
        log.info("alert refused alert=%d attempts=%d reason=%s", delivery.id, delivery.attempts, reason)

    # requests with unknown outcome

    async def _settle(self, delivery: AlertDelivery) -> bool:
        """Resolve a request with unknown outcome; repeat it only if it had no effect. False if still unknown."""
        try:
            message_id = await self._read_back(delivery)
        except LOST as error:
            if is_transient(error):
                return False
            message_id = None  # the place cannot be read, so only the nonce prevents a duplicate
        if message_id is None:
            return await self._send(delivery)
        is_direct = self._public(delivery.channel_id) is None
        await self._alerts.sent(delivery, message_id, now=self._clock(), is_direct=is_direct)
        log.info("alert found by reading back alert=%d message=%d", delivery.id, message_id)
        return True

    async def _read_back(self, delivery: AlertDelivery) -> int | None:
        if delivery.channel_id is None or delivery.sending_at is None or self._client.user is None:
            return None
        place = self._public(delivery.channel_id)
        if place is None:
            place = await self._client.create_dm(discord.Object(delivery.user_id))
        begin = delivery.sending_at - CLOCK_SLACK
        async with asyncio.timeout(REQUEST_LIMIT_S):
            async for message in place.history(limit=None, after=begin, oldest_first=True):
                if message.author.id == self._client.user.id and mark_of_alert(message) == delivery.mark:
                    return message.id
        return None

    # content

    async def _channel(self, delivery: AlertDelivery) -> Public | None:
        """Return the fallback channel for closed direct messages, if it is in the notification's server."""
        found = self._public(await self._alerts.channel_of(delivery.guild_id) or self._channel_id)
        return found if found is not None and found.guild.id == delivery.guild_id else None

    def _public(self, channel_id: int | None) -> Public | None:
        """Return a server's text channel or thread; None for a direct message or a deleted channel."""
        found = self._client.get_channel(channel_id) if channel_id else None
        return found if isinstance(found, discord.TextChannel | discord.Thread) else None

    async def shown(self, user_id: int, mark: str) -> tuple[discord.Embed, discord.ui.View] | None:
        """Return the private content of a public notification; None for any other member.

        None also once the notification is deleted from the database, or its items cannot be seen any more.
        """
        delivery = await self._alerts.by_mark(mark)
        if delivery is None or delivery.user_id != user_id or (found := await self._content(delivery)) is None:
            return None
        issue, items = found
        return alert_embed(delivery, issue, items, await self._jumps(delivery)), alert_view(delivery, issue)

    async def _content(self, delivery: AlertDelivery) -> tuple[IssueRecord, list[ItemRecord]] | None:
        scope = await self._scope(delivery.guild_id)
        known = await self._archive.items_by_id(scope, delivery.item_ids)
        items = sorted((one for one in known.values() if one.removed_at is None), key=lambda one: one.position)
        issue = (await self._archive.issues(scope, [delivery.issue_id])).get(delivery.issue_id)
        return (issue, items) if issue is not None and items else None

    async def _jumps(self, delivery: AlertDelivery) -> dict[int, str]:
        if delivery.guild_id is None:
            return {}
        places = await self._outbox.messages_of(delivery.item_ids, delivery.guild_id)
        return {
            item_id: f"https://discord.com/channels/{delivery.guild_id}/{channel_id}/{message_id}"
            for item_id, (channel_id, message_id) in places.items()
        }


def _tells(embed: discord.Embed) -> tuple[str | None, list[str]]:
    """Return the issue and items that a notification names, without parts that differ between attempts."""
    return embed.footer.text, [line for line in (embed.description or "").splitlines() if line.startswith("**")]
