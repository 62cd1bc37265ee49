"""Adoption of messages that the ledger does not know, as after restoring a backup, instead of posting them again.

At startup and after a failover to a database standby, each channel is read back from its newest message to the first
one that the ledger knows. Herald's own messages above that are stored, and a delivery that is about to be posted adopts
its message if it is among them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import cast

import discord

from clock import Clock, utc_now
from delivery.dispatcher import Unanswered
from delivery.matching import bare_title
from delivery.places import LOST
from delivery.refusals import describe, is_transient
from storage.adoption import Found, FoundMessages
from storage.records import Action, Delivery
from ui.buttons import marked

log = logging.getLogger(__name__)

MOST_READ = 3_000  # messages read back per channel as long as none of them is unknown
MOST_FOUND = 20_000  # messages read back otherwise; many may have been posted since the backup
POSTS = 100  # last archived posts of a forum that are read back
AT_ONCE = 5  # channels that are read back concurrently
LOOK_LIMIT_S = 20.0  # seconds for all channels; a channel not read by then is read before its next post


class Adopter:
    """Reads back channels to find messages that the ledger does not know."""

    def __init__(self, client: discord.Client, found: FoundMessages, clock: Clock = utc_now) -> None:
        self._client = client
        self._found = found
        self._clock = clock
        self._looked: set[int] = set()  # channels and threads read back in this run
        self._timeline = found.timeline  # the ledger's timeline at that time
        self._guild_ids: set[int] = set()  # servers of the channels read back; an old backup may lack some
        self._unknown_in: set[int] = set()  # channels with unknown messages found in this run
        self.found = 0  # unknown messages found at startup

    async def look_everywhere(self) -> None:
        """Read back every followed channel, before anything is planned, so that new deliveries get new numbers."""
        await self._found.tidy(self._clock())
        if await self._found.is_restored():
            await self._found.doubt()
        channels = await self._found.channels()
        try:
            async with asyncio.timeout(LOOK_LIMIT_S):
                await self._pass_over_quiet(channels)
                await self._at_once(self._look_if_answered, channels)
                if await self._found.is_restored():
                    await self._look_at_new_threads(channels)
        except TimeoutError:
            log.warning("channels still to be read back count=%d", len(set(channels) - self._looked))

    async def _look_if_answered(self, channel_id: int) -> None:
        try:
            await self.look_at(channel_id)
        except Unanswered as error:
            log.warning("channel cannot be read back yet channel=%d reason=%s", channel_id, error)

    async def _at_once(self, look: Callable[[int], Awaitable[None]], ids: Iterable[int]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                await look(number)

        await asyncio.gather(*(one(number) for number in ids))

    async def look_at(self, channel_id: int, delivery: Delivery | None = None) -> None:
        """Read back a channel, or a delivery's thread, once per run and timeline of the ledger.

        A message with the mark of that delivery also counts as unknown: no request was sent for the delivery, or the
        channel was read back from the time of that request and the message is older.
        Raises Unanswered if Discord does not answer.
        """
        thread_id = delivery.thread_id if delivery is not None else None
        place_id = thread_id or channel_id
        if self._timeline != (timeline := self._found.timeline):
            self._timeline, self._looked = timeline, set()
        if place_id in self._looked:
            return
        is_whole = self._found.is_whole
        try:
            if thread_id is not None and delivery is not None:
                await self._look_at_thread(channel_id, thread_id, delivery.id)
            else:
                await self._look_at_channel(channel_id)
        except LOST as error:
            if is_transient(error):
                raise Unanswered(describe(error)) from error
            log.info("channel cannot be read back channel=%d reason=%s", place_id, describe(error))
        if is_whole and timeline == self._found.timeline:
            self._looked.add(place_id)

    async def candidates(self, delivery: Delivery, *, has_found: bool = True) -> tuple[list[Found], int | None]:
        """Return the messages a post may adopt, and its header's message; none for a deliberate repost.

        If `has_found` is false, no unknown message was found in its channel so far; its thread may still be unread.
        Raises Unanswered if the thread cannot be read back yet.
        """
        if delivery.action is not Action.POST or delivery.generation:
            return [], None
        if delivery.item_id is not None and delivery.thread_id is not None:
            await self.look_at(delivery.channel_id, delivery)
        if not has_found and delivery.channel_id not in self._unknown_in:
            return [], None
        return await self._found.below(delivery)

    async def _pass_over_quiet(self, channels: Mapping[int, int | None]) -> None:
        """Mark channels without new messages as read; one request covers all channels of a server."""
        boundaries, is_whole = await self._found.boundaries(), self._found.is_whole

        async def list_channels(guild_id: int) -> None:
            try:
                listed = await self._client.http.get_all_guild_channels(guild_id)
            except LOST as error:
                log.info("channels cannot be listed server=%d reason=%s", guild_id, describe(error))
                return
            quiet = {
                channel_id
                for one in listed
                if (channel_id := int(one["id"])) in channels
                and int(one.get("last_message_id") or 0) <= boundaries.get(channel_id, 0)
            }
            if is_whole:
                self._looked |= quiet

        followed = Counter(guild_id for guild_id in channels.values() if guild_id is not None)
        await self._at_once(list_channels, (guild_id for guild_id, count in followed.items() if count > 1))

    async def _look_at_channel(self, channel_id: int) -> None:
        channel = await self._client.fetch_channel(channel_id)
        if isinstance(channel, discord.TextChannel):
            self._guild_ids.add(channel.guild.id)
        boundary = max(await self._found.newest_known(channel_id), await self._found.looked_until(channel_id))
        # the message may be deleted by now; of a forum it is the newest post
        newest = getattr(channel, "last_message_id", None) or 0
        if newest <= boundary:
            return
        if isinstance(channel, discord.ForumChannel):
            found = await self._in_forum(channel, boundary)
        elif isinstance(channel, discord.abc.Messageable):
            found = await self._unknown(channel, channel_id, None, boundary)
            for header in [one for one in found if one.kind == "header" and one.thread_id is not None]:
                found += await self._below_header(channel_id, header)
        else:
            return
        until = max(newest, *(one.message_id for one in found), 0)
        self.found += await self._found.keep(found, channel_id, until=until, now=self._clock())
        if found:
            self._unknown_in.add(channel_id)
            log.warning("messages found that the ledger does not know channel=%d count=%d", channel_id, len(found))

    async def _look_at_thread(self, channel_id: int, thread_id: int, looked_for: int) -> None:
        thread = cast("discord.abc.Messageable", await self._client.fetch_channel(thread_id))
        boundary = await self._found.newest_known(channel_id, thread_id)
        found = await self._unknown(thread, channel_id, thread_id, boundary, looked_for)
        await self._kept_of_thread(found, channel_id, thread_id)

    async def _look_at_new_threads(self, channels: Mapping[int, int | None]) -> None:
        """Read threads opened below known headers since the backup; reading their channel does not reveal them."""
        own = self._client.user
        for guild_id in self._guild_ids | {one for one in channels.values() if one is not None}:
            try:
                guild = await self._client.fetch_guild(guild_id, with_counts=False)
                threads = {one.id: one for one in await guild.active_threads() if own and one.owner_id == own.id}
                new = [threads[one] for one in await self._found.unknown_threads(threads)]
                for thread in [one for one in new if one.parent_id in channels]:
                    found = await self._unknown(thread, thread.parent_id, thread.id, 0)
                    await self._kept_of_thread(found, thread.parent_id, thread.id)
            except LOST as error:
                log.warning("new threads cannot be read back yet server=%d reason=%s", guild_id, describe(error))

    async def _kept_of_thread(self, found: Sequence[Found], channel_id: int, thread_id: int) -> None:
        if found:
            self._unknown_in.add(channel_id)
            until = await self._found.looked_until(channel_id)
            await self._found.keep(found, channel_id, until=until, now=self._clock())
            log.warning("messages found that the ledger does not know thread=%d count=%d", thread_id, len(found))

    async def _below_header(self, channel_id: int, header: Found) -> list[Found]:
        """Return the unknown messages in the thread of an unknown header; the thread has the header's id."""
        try:
            thread = await self._client.fetch_channel(header.message_id)
        except discord.NotFound:
            return []
        return await self._unknown(cast("discord.abc.Messageable", thread), channel_id, header.message_id, 0)

    async def _in_forum(self, forum: discord.ForumChannel, boundary: int) -> list[Found]:
        threads = [thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id]
        threads += [thread async for thread in forum.archived_threads(limit=POSTS)]
        own = self._client.user
        mine = [one for one in threads if own is not None and one.owner_id == own.id and one.id > boundary]
        return [found for thread in mine for found in await self._unknown(thread, forum.id, thread.id, 0)]

    async def _unknown(
        self,
        place: discord.abc.Messageable,
        channel_id: int,
        thread_id: int | None,
        boundary: int,
        looked_for: int | None = None,
    ) -> list[Found]:
        """Return unknown messages of this account, oldest first, also those posted by another Herald."""
        found: list[discord.Message] = []
        count = 0
        async for batch in _batches(place, boundary):
            count += len(batch)
            own = {message.id: mark[1] for message in batch if self._is_own(message) and (mark := marked(message))}
            if boundary == 0 and thread_id is None:
                # The database is new: an earlier one may have posted for years, and none of that is owed.
                own = {message_id: mark for message_id, mark in own.items() if not self._found.is_anothers(mark)}
            unknown = await self._found.unknown(channel_id, own, looked_for)
            found += [message for message in batch if message.id in unknown]
            if len(unknown) < len(own) or count >= (MOST_FOUND if found else MOST_READ):
                break  # the ledger knows all messages that precede a known one
        return in_order(found, channel_id, thread_id)

    def _is_own(self, message: discord.Message) -> bool:
        return self._client.user is not None and message.author.id == self._client.user.id


async def _batches(place: discord.abc.Messageable, boundary: int) -> AsyncIterator[list[discord.Message]]:
    """Yield a place's messages newer than `boundary`, newest first, in batches of 100."""
    batch: list[discord.Message] = []
    async for message in place.history(limit=MOST_FOUND):
        if message.id <= boundary:
            break
        batch.append(message)
        if len(batch) == 100:
            yield batch
            batch = []
    if batch:
        yield batch


def in_order(messages: Sequence[discord.Message], channel_id: int, thread_id: int | None) -> list[Found]:
    """Return the deliveries' messages among `messages` as `Found`, oldest first, each with the header above it."""
    found: list[Found] = []
    header_id = thread_id
    for message in sorted(messages, key=lambda each: each.id):
        mark = marked(message)
        if mark is None or not message.embeds:
            continue
        is_header = mark[0] == "header"
        header_id = message.id if is_header else header_id
        opened_id = message.id if is_header and message.flags.has_thread else None
        place = (channel_id, thread_id or opened_id, None if is_header else header_id)
        found.append(_found(message, mark, place))
    return found


def seen(message: discord.Message, channel_id: int) -> Found | None:
    """Return a channel's message as `Found`; None if it is not a delivery of Herald's."""
    mark = marked(message)
    return _found(message, mark, (channel_id, None, None)) if mark is not None and message.embeds else None


def _found(message: discord.Message, mark: tuple[str, str], place: tuple[int, int | None, int | None]) -> Found:
    """Return a message as `Found`; `place` is its channel, its thread and the header above it."""
    channel_id, thread_id, header_id = place
    embed = message.embeds[0]
    return Found(
        message_id=message.id, channel_id=channel_id, thread_id=thread_id, header_id=header_id,
        kind=mark[0], mark=mark[1],
        title=bare_title(embed.title), url=embed.url, footer=embed.footer.text or "", text=embed.description or "",
    )  # fmt: skip
