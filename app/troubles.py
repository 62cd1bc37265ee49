"""Which reported problems still exist, derived from the current state rather than remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord

from delivery.checkup import notes_of
from digest.render.escape import unturned
from logs import short
from storage.scope import Scope
from storage.troubles import short_key, trouble_key
from ui.locales import Words

if TYPE_CHECKING:
    import logging

    from app.services import Services

_CONTENT = 2_000
_Asked = Callable[[Collection[str]], Awaitable[set[str]]]


class AdminChannel:
    """The configured channel in which admins are notified."""

    def __init__(
        self,
        client: discord.Client,
        channel_id: Callable[[], int | None],
        words: Callable[[], Words],
        log: logging.Logger,
    ) -> None:
        self._client = client
        self._channel_id = channel_id
        self._words = words
        self._log = log

    async def send(self, text: str, **options: Any) -> tuple[int, int] | None:
        """Post, and return the channel's and the message's id; None if there is no channel or posting fails."""
        channel_id = self._channel_id()
        if channel_id is None:
            return None
        try:
            channel = self._client.get_channel(channel_id) or await self._client.fetch_channel(channel_id)
            message = await cast("discord.TextChannel", channel).send(self._shown(text), **options)
        # AttributeError: the id belongs to a channel without messages, such as a category.
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, AttributeError) as error:
            self._log.warning("cannot write to the admin channel channel=%d error=%s", channel_id, short(error))
            return None
        return message.channel.id, message.id

    async def edit(self, place: tuple[int, int], text: str, **options: Any) -> bool:
        """Replace a message's text; return False if the message is gone or not in this channel."""
        channel_id, message_id = place
        channel = self._client.get_partial_messageable(channel_id)
        try:
            await channel.get_partial_message(message_id).edit(content=self._shown(text), **options)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            self._log.info("report not corrected message=%d error=%s", message_id, short(error))
            return False
        return True

    def _shown(self, text: str) -> str:
        """Return a text, generated in English, in the channel's language."""
        return unturned("\n".join(map(self._words().told, text.split("\n"))))[:_CONTENT]


@dataclass(slots=True)
class Truth:
    """Knows the current problems of a running Herald."""

    client: discord.Client
    services: Services
    storage_trouble: Callable[[], str | None]
    commands_trouble: Sequence[str]

    async def of(self, keys: Collection[str]) -> set[str]:
        """Return the keys whose problem persists."""
        kinds = self._kinds()
        found = {key for key in keys if key.partition(":")[0] not in kinds}
        for kind in {key.partition(":")[0] for key in keys} & kinds.keys():
            found |= await kinds[kind](keys)
        return found.intersection(keys)

    def _kinds(self) -> Mapping[str, _Asked]:
        """Return the kinds of problem that this process knows about; other processes, if any, know the rest."""
        role, is_alone = self.services.config.role, not self.services.db.is_shared
        found: dict[str, _Asked] = {"file": self._files, "held": self._held, "storage": self._storage}
        if role != "gateway":
            found["source"] = self._sources
        if role != "ingest":
            found |= {"channel": self._channels, "note": self._notes, "refused": self._refused}
            found["unknown"] = self._unknown
        return found | {"commands": self._commands} if is_alone else found

    async def _channels(self, keys: Collection[str]) -> set[str]:
        del keys
        return {trouble_key("channel", one.channel_id) for one in await self.services.subscriptions.waiting()}

    async def _notes(self, keys: Collection[str]) -> set[str]:
        followers = {one.id: one for one in await self.services.subscriptions.list()}
        known = {one.id for one in followers.values() if self.client.get_channel(one.channel_id) is not None}
        notes = [(number, note) for number in known for note in notes_of(self.client, followers[number])]
        found = {trouble_key("note", number, short_key(note)) for number, note in notes}
        # The notes of channels that the gateway has not announced yet are unknown, so they are kept.
        unseen = {trouble_key("note", number, "") for number in followers.keys() - known}
        return found | {key for key in keys if key.rpartition(":")[0] + ":" in unseen}

    async def _refused(self, keys: Collection[str]) -> set[str]:
        del keys
        refusals = await self.services.troubles.refusals()
        return {trouble_key("refused", channel_id, short_key(reason)) for channel_id, reason in refusals}

    async def _sources(self, keys: Collection[str]) -> set[str]:
        del keys
        states = {name: watcher.state for name, watcher in self.services.watchers.items()}
        # Before the first poll after the start, the state is unknown, too.
        return {trouble_key("source", name) for name, one in states.items() if one.failures or not one.last_look_at}

    async def _files(self, keys: Collection[str]) -> set[str]:
        del keys
        faults = await self.services.archive.faults(Scope.everything())
        known = [one for one in faults if one.newsletter in self.services.watchers]
        return {trouble_key("file", one.newsletter, short_key(one.path)) for one in known}

    async def _held(self, keys: Collection[str]) -> set[str]:
        del keys
        found = [one for name in self.services.watchers for one in await self.services.archive.held.all(name)]
        return {trouble_key("held", one.kind.value, one.newsletter) for one in found}

    async def _unknown(self, keys: Collection[str]) -> set[str]:
        del keys
        followers = await self.services.subscriptions.list()
        return {trouble_key("unknown", one.id) for one in followers if one.newsletter not in self.services.watchers}

    async def _commands(self, keys: Collection[str]) -> set[str]:
        del keys
        return {trouble_key("commands", short_key(text)) for text in self.commands_trouble}

    async def _storage(self, keys: Collection[str]) -> set[str]:
        del keys
        return {"storage"} if self.storage_trouble() else set()
