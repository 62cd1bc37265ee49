"""Checks of channels before anything is posted: for faults that block posting, and for limitations.

Faults are stored with the subscription, reported to the admins once per reason, and rechecked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import discord

from clock import Clock, utc_now
from delivery.dispatcher import Blocked, Unanswered
from delivery.places import KINDS, Places
from delivery.refusals import thread_note, unreadable
from errors import S_
from storage.records import Delivery, Subscription
from storage.scope import Door
from storage.subscriptions import Subscriptions
from storage.troubles import short_key, trouble_key

log = logging.getLogger(__name__)

BARRED = S_(
    "this server ({guild}) is not among the `servers` of **{newsletter}** in config.yaml. Add it there, or end the "
    "subscription with /unfollow."
)
_NOTHING_CAN = S_("Nothing can be posted in {channel}: {reason}")
_NOTHING_IS = S_("Nothing is posted in {channel}: {reason}")
_ROLE_GONE = S_(
    "The role to mention in {channel} does not exist any more: choose another with /follow, or in config.yaml if it is "
    "set there."
)
_EVERYONE = S_(
    "Herald never mentions @everyone in {channel}: choose another role with /follow, or in config.yaml if it is set "
    "there."
)
_SILENT_ROLE = S_(
    "Nobody is notified by @{role} in {channel}: allow anyone to mention this role in the server's settings, "
    "or give Herald's role the permission Mention @everyone, @here and All Roles."
)
Tell = Callable[..., Awaitable[object]]  # a text; `trouble` and `reason` identify the problem


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of a subscription: `fault` blocks posting (None: nothing does), `notes` are limitations."""

    subscription: Subscription
    fault: str | None
    notes: Sequence[str]


class Checkup:
    """Checks subscriptions against the gateway's cache; asks Discord only about channels missing from it."""

    def __init__(
        self,
        client: discord.Client,
        subscriptions: Subscriptions,
        door: Door,
        *,
        tell_admins: Tell,
        look_at_troubles: Callable[[], Awaitable[object]],
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._door = door
        self._places = Places(client)
        self._subscriptions = subscriptions
        self.tell_admins = tell_admins
        self._look_at_troubles = look_at_troubles
        self._clock = clock
        self._told: dict[int, str] = {}  # subscription -> the reason reported to the admins
        self._noted: dict[int, Sequence[str]] = {}  # subscription -> the notes reported to the admins
        self._first: Sequence[Finding] | None = None
        self._looking = asyncio.Lock()

    async def of(self, subscription: Subscription) -> Finding:
        """Return the state of one subscription now."""
        subscription = await self._in_place(subscription)
        return Finding(subscription, await self._fault(subscription), notes_of(self._client, subscription))

    async def first(self) -> Sequence[Finding]:
        """Return the findings at startup; the first call checks all subscriptions and blocks those with a fault."""
        async with self._looking:
            if self._first is None:
                self._first = [await self.of(one) for one in await self._subscriptions.list()]
                for finding in self._first:
                    self._noted[finding.subscription.id] = finding.notes
                    if finding.fault is not None:
                        await self._keep(finding.subscription, finding.fault)
            return self._first

    async def blocked(self, channel_id: int, reason: str) -> None:
        """Record that the channel is blocked; tell the admins once per reason."""
        is_news = False
        for subscription in await self._subscriptions.in_channel(channel_id):
            if await self._in_place(subscription) != subscription:
                self._client.dispatch("deliveries_due")  # any other fault is found by the next attempt
                return
            is_news = await self._keep(subscription, reason) or is_news
        if is_news:
            log.warning('channel blocked channel=%d reason="%s"', channel_id, reason)
            await self.tell_admins(
                "⚠️ " + _NOTHING_CAN.format(channel=f"<#{channel_id}>", reason=reason),
                trouble=trouble_key("channel", channel_id),
                reason=reason,
            )

    async def is_barred(self, delivery: Delivery) -> bool:
        """Return whether the newsletter is not allowed in the channel's server; if so, block the subscription."""
        reason = self._barred(delivery.newsletter, delivery.channel_id, delivery.guild_id)
        subscription = await self._subscriptions.get(delivery.subscription_id) if reason is not None else None
        if reason is not None and subscription is not None:
            await self._bar(subscription, reason)
        return reason is not None

    async def servers_changed(self) -> None:
        """Block subscriptions whose newsletter is no longer allowed in their server, and unblock others."""
        for subscription in await self._subscriptions.list():
            reason = self._barred(subscription.newsletter, subscription.channel_id, subscription.guild_id)
            if reason is not None:
                await self._bar(subscription, reason)
        await self.unblock(None)

    def _barred(self, newsletter: str, channel_id: int, guild_id: int | None) -> str | None:
        channel = self._client.get_channel(channel_id)
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            guild_id = channel.guild.id
        return (
            None if self._door.may_post(newsletter, guild_id) else BARRED.format(guild=guild_id, newsletter=newsletter)
        )

    async def _bar(self, subscription: Subscription, reason: str) -> None:
        is_news = await self._keep(subscription, reason)
        if self._barred(subscription.newsletter, subscription.channel_id, subscription.guild_id) is None:
            # the configuration was reloaded meanwhile, and its call of `unblock` came too early for this subscription
            await self._subscriptions.go_on(subscription.id)
        elif is_news:
            log.warning('subscription barred channel=%d reason="%s"', subscription.channel_id, reason)
            await self.tell_admins(
                "⚠️ " + _NOTHING_IS.format(channel=f"<#{subscription.channel_id}>", reason=reason),
                trouble=trouble_key("channel", subscription.channel_id),
                reason=reason,
            )

    async def unblock(self, channel_id: int | None) -> None:
        """Unblock the channel (None: every channel) where a new check finds no fault."""
        for subscription in await self._subscriptions.waiting():
            if channel_id not in {None, subscription.channel_id}:
                continue
            self._told.setdefault(subscription.id, subscription.waiting_reason or "")
            if barred := self._barred(subscription.newsletter, subscription.channel_id, subscription.guild_id):
                await self._bar(subscription, barred)
                continue
            try:
                placed = await self._in_place(subscription)
                await self._places.channel(placed.channel_id, placed.layout)
            except Blocked as reason:
                if str(reason) != subscription.waiting_reason:
                    await self.blocked(subscription.channel_id, str(reason))
            except Unanswered as error:
                log.info("channel not checked channel=%d reason=%s", subscription.channel_id, error)
            else:
                await self._subscriptions.go_on(subscription.id)
        await self._look_at_troubles()

    async def roles_changed(self, guild_id: int) -> None:
        """Report new limitations after a role of this server was changed or deleted."""
        for subscription in await self._subscriptions.list(guild_id=guild_id):
            before = self._noted.get(subscription.id, ())
            self._noted[subscription.id] = now = notes_of(self._client, subscription)
            for note in now:
                if note not in before:
                    log.warning('channel limited channel=%d note="%s"', subscription.channel_id, note)
                    key = trouble_key("note", subscription.id, short_key(note))
                    await self.tell_admins(f"🔸 {note}", trouble=key, reason=note)
        await self._look_at_troubles()

    async def _in_place(self, subscription: Subscription) -> Subscription:
        """Return the subscription with its effective layout: in a forum, auto becomes the forum layout."""
        is_forum = isinstance(self._client.get_channel(subscription.channel_id), discord.ForumChannel)
        if not is_forum or subscription.layout.in_forum is subscription.layout:
            return subscription
        return await self._subscriptions.learn_forum(subscription, now=self._clock())

    async def _fault(self, subscription: Subscription) -> str | None:
        if barred := self._barred(subscription.newsletter, subscription.channel_id, subscription.guild_id):
            return barred
        try:
            await self._places.channel(subscription.channel_id, subscription.layout)
        except Blocked as reason:
            return str(reason)
        except Unanswered as error:
            log.info("channel not checked channel=%d reason=%s", subscription.channel_id, error)
        return None

    async def _keep(self, subscription: Subscription, reason: str) -> bool:
        """Block the subscription; return whether the reason is new."""
        await self._subscriptions.wait(subscription.id, reason, now=self._clock())
        is_news = self._told.get(subscription.id) != reason
        self._told[subscription.id] = reason
        return is_news


def lack_of(client: discord.Client, subscription: Subscription) -> str | None:
    """Return what currently blocks posting in a subscription's channel, from the cache alone.

    None if nothing does, or the channel is not in the cache.
    """
    channel = client.get_channel(subscription.channel_id)
    if not isinstance(channel, KINDS):
        return None
    is_forum = isinstance(channel, discord.ForumChannel)
    layout = subscription.layout.in_forum if is_forum else subscription.layout
    try:
        Places.check(channel, layout)
    except Blocked as reason:
        return str(reason)
    return None


def notes_of(client: discord.Client, subscription: Subscription) -> list[str]:
    """Return the limitations in a subscription's channel; empty if the channel is not in the cache."""
    channel = client.get_channel(subscription.channel_id)
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return []
    me = channel.guild.me
    notes = (
        role_note(channel, subscription.role_id),
        unreadable(channel, me),
        thread_note(channel, me, shares_messages=subscription.layout.shares_messages),
    )
    return [note for note in notes if note]


def role_note(channel: discord.abc.GuildChannel | discord.Thread, role_id: int | None) -> str | None:
    """Return why mentioning the role notifies nobody; None if it does, or if there is no role."""
    if role_id is None:
        return None
    place, role = f"#{channel.name}", channel.guild.get_role(role_id)
    if role is None:
        return _ROLE_GONE.format(channel=place)
    if role.is_default():
        return _EVERYONE.format(channel=place)
    if role.mentionable or channel.permissions_for(channel.guild.me).mention_everyone:
        return None
    return _SILENT_ROLE.format(role=role.name, channel=place)
