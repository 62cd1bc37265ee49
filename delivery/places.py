"""The destination of a delivery's message: its channel, or the thread opened by its issue's header."""

from __future__ import annotations

import re

import aiohttp
import discord

from delivery.dispatcher import Blocked, Unanswered
from delivery.refusals import GONE, UNKNOWN_CHANNEL, Meaning, explain, locked, missing
from errors import S_
from storage.layouts import Layout
from storage.records import Action, Delivery

_ONLY_FORUM = S_("{channel} is a forum: write `layout: forum`, or leave the layout out; no other works there.")
_NO_FORUM = S_("{channel} is not a forum: choose any layout except forum.")
_IS_FORUM = S_("{channel} is a forum: choose the layout forum.")
_NO_MESSAGES = S_("{channel} does not accept messages: use a text channel, a thread or a forum instead.")
_IS_SERVER = S_("The id {id} is that of the server {name}: right-click the channel and choose Copy Channel ID.")
_IS_ROLE = S_("The id {id} is that of the role @{name}: right-click the channel and choose Copy Channel ID.")
VoiceChat = discord.VoiceChannel | discord.StageChannel  # their text chats
TextPlace = discord.TextChannel | discord.Thread | VoiceChat
Place = TextPlace | discord.ForumChannel
KINDS = (discord.TextChannel, discord.Thread, discord.ForumChannel, discord.VoiceChannel, discord.StageChannel)
LOST = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)  # errors of a failed request to Discord


class Gone(Exception):  # noqa: N818 -- a state of the channel, not a bug
    """The thread that a delivery belongs in was deleted by a person."""


class Shut(Exception):  # noqa: N818 -- a state of the channel, not a bug
    """The thread of an issue is locked: its deliveries wait, the others of the channel continue."""


class Places:
    """Resolves channels and threads, from the cache if possible, and checks Herald's permissions there."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._names: dict[int, str] = {}  # of resolved channels: a mention of a deleted channel shows no name

    def gone(self, channel: discord.abc.GuildChannel) -> str:
        """Return the message for admins about a channel that was just deleted."""
        self._names[channel.id] = f"#{channel.name}"
        return GONE.format(channel=self._named(channel.id))

    def _named(self, channel_id: int) -> str:
        name, mention = self._names.get(channel_id), f"<#{channel_id}>"
        return f"{name} ({mention})" if name is not None else mention

    async def channel(self, channel_id: int, layout: Layout | None = None) -> Place:
        """Return a channel that Herald can post in, with `layout` if given.

        Raises Blocked with what to fix, or Unanswered.
        """
        channel = await self._find(channel_id)
        self.check(channel, layout)
        return channel

    @staticmethod
    def check(place: Place, layout: Layout | None = None) -> None:
        """Raise Blocked if Herald may not post there, or `layout` (None: any) does not work there."""
        is_forum = isinstance(place, discord.ForumChannel)
        if layout is not None and layout.needs_forum is not is_forum:
            raise Blocked((_ONLY_FORUM if is_forum else _NO_FORUM).format(channel=name_of(place)))
        is_threaded = layout is not None and layout.has_thread_below_header
        if (refusal := missing(place, place.guild.me, is_threaded=is_threaded)) is not None:
            raise Blocked(refusal.reason)

    async def of(self, delivery: Delivery) -> Place:
        """Return the channel or thread of a delivery's message. Raises Blocked, Unanswered or Gone."""
        thread_id = thread_of(delivery)
        if thread_id is None:
            return await self._find(delivery.channel_id)
        try:
            return await self._find(thread_id)
        except Blocked as reason:
            if isinstance(reason.__cause__, discord.NotFound) and reason.__cause__.code == UNKNOWN_CHANNEL:
                raise Gone from reason
            raise

    def check_thread(self, place: Place, delivery: Delivery) -> None:
        """Raise Shut if an issue's thread is locked for a post or, once archived, for an edit."""
        if isinstance(place, discord.Thread) and place.id != delivery.channel_id:
            is_shut = delivery.action is Action.POST or place.archived
            if is_shut and (reason := locked(place, place.guild.me)) is not None:
                raise Shut(reason)

    async def _find(self, channel_id: int) -> Place:
        found = self._client.get_channel(channel_id)
        if found is None:
            try:
                found = await self._client.fetch_channel(channel_id)
            except LOST as error:
                refusal = explain(error, self._named(channel_id))
                if refusal.meaning in {Meaning.UNKNOWN, Meaning.LATER}:
                    raise Unanswered(refusal.reason) from error
                is_gone = refusal.meaning is Meaning.UNLISTED and isinstance(error, discord.NotFound)
                reason = GONE.format(channel=self._named(channel_id)) if is_gone else refusal.reason
                raise Blocked(self._mistaken(channel_id) or reason) from error
        if not isinstance(found, KINDS):
            raise Blocked(_NO_MESSAGES.format(channel=f"<#{channel_id}>"))
        self._names[channel_id] = name_of(found)
        return found

    def _mistaken(self, channel_id: int) -> str:
        """Return a message if the id is that of a server or role instead of a channel, else ""."""
        for guild in self._client.guilds:
            if guild.id == channel_id:
                return _IS_SERVER.format(id=channel_id, name=guild.name)
            if (role := guild.get_role(channel_id)) is not None:
                return _IS_ROLE.format(id=channel_id, name=role.name)
        return ""


def known_name(client: discord.Client, channel_id: int, reason: str) -> str:
    """Return a channel's name; for a deleted one the name in the reason it is blocked, else its id."""
    name = getattr(client.get_channel(channel_id), "name", None)
    if name is None and (told := re.search(rf"#(\S{{1,100}}) \(<#{channel_id}>\)", reason)):
        name = told[1]
    return str(name or channel_id)


def thread_of(delivery: Delivery) -> int | None:
    """Return the thread of a delivery's message; None if the message belongs in the channel itself."""
    if delivery.in_thread:
        return delivery.thread_id
    is_in_channel = not delivery.layout.opens_thread or (
        delivery.item_id is None and (delivery.action is Action.POST or delivery.layout.has_thread_below_header)
    )
    return None if is_in_channel else delivery.thread_id


def has_threads(place: Place) -> bool:
    """Whether a thread can be opened below a message there, which only text channels allow."""
    return isinstance(place, discord.TextChannel)


def name_of(place: Place) -> str:
    """Return the name that members see."""
    return f"#{place.name}"


def text_place(place: Place) -> TextPlace:
    """Return the place, which accepts plain messages. Raises Blocked for a forum."""
    if isinstance(place, discord.ForumChannel):
        raise Blocked(_IS_FORUM.format(channel=name_of(place)))
    return place
