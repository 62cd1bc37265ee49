"""Interactions: what a person does with the bot, and what the bot may answer, when and how often.

The rules are those of Discord's reference, "Receiving and Responding": three seconds to the first answer, one first
answer, fifteen minutes for all that follows.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import ApiError, unknown
from sandbox.gateway.gateway import Gateway
from sandbox.values import Json
from sandbox.world import permissions
from sandbox.world.events import Event
from sandbox.world.messages import Messages
from sandbox.world.model import Channel, User
from sandbox.world.model_message import FLAG_EPHEMERAL, FLAG_LOADING, Message

FIRST_ANSWER_S = 3.0
TOKEN_LIFE_S = 900.0
MAX_KEPT = 5000
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5


@dataclass(slots=True)
class Interaction:
    """One interaction; `answer_type` is the type of its first answer, `original_id` that answer's message."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: Json
    created_at: float
    message: Message | None = None
    answer_type: int | None = None
    original_id: int | None = None
    is_failed: bool = False
    modal: Json | None = None
    choices: asyncio.Future[list[Any]] | None = None
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def metadata(self, *, target_id: str | None = None) -> Json:
        """Return what a message that answers this tells about it."""
        owners: Json = {} if self.channel.guild_id is None else {"0": str(self.channel.guild_id)}
        about: Json = {
            "id": str(self.id),
            "type": self.type,
            "user": self.user.to_json(),
            "authorizing_integration_owners": owners,
        }
        if self.type == COMPONENT and self.message is not None:
            about["interacted_message_id"] = str(self.message.id)
        if target_id is not None:
            about["target_message_id"] = target_id
        shown: Json = {"interaction_metadata": about}
        if self.type == COMMAND:
            named: Json = {"id": str(self.id), "type": self.type, "name": self.data["name"]}
            shown["interaction"] = {**named, "user": self.user.to_json()}
        return shown


class Interactions:
    """All interactions whose token may still be good; `first_answer_s` is how long the bot has."""

    def __init__(self, messages: Messages, gateway: Gateway, first_answer_s: float = FIRST_ANSWER_S) -> None:
        self.first_answer_s = first_answer_s
        self._world = messages.world
        self._messages = messages
        self._gateway = gateway
        self._kept: OrderedDict[int, Interaction] = OrderedDict()

    def start(self, kind: int, user: User, channel: Channel, data: Json, message: Message | None = None) -> Interaction:
        """Make an interaction, send it to the bot and start its clock."""
        world = self._world
        made = Interaction(
            world.ids.next(), secrets.token_urlsafe(48), kind, user, channel, data, world.clock.now(), message
        )
        loop = asyncio.get_running_loop()
        if kind == AUTOCOMPLETE:
            made.choices = loop.create_future()
        self._kept[made.id] = made
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        made.timer = loop.call_later(self.first_answer_s, self._expire, made)
        # Discord waits for nobody: where no session of the shard is there, the person is told at once.
        if not self._gateway.interaction(channel.guild_id, self._payload(made)):
            self._fail(made, "The bot is not connected.")
        return made

    def _expire(self, interaction: Interaction) -> None:
        if interaction.answer_type is None:
            self._fail(interaction, "The application did not respond.")

    def _fail(self, interaction: Interaction, reason: str) -> None:
        interaction.is_failed = True
        if interaction.timer is not None:
            interaction.timer.cancel()
        if interaction.choices is not None and not interaction.choices.done():
            interaction.choices.set_exception(ApiError(504, 0, f"Loading options failed: {reason}"))
        data: Json = {"id": str(interaction.id), "channel_id": str(interaction.channel.id), "reason": reason}
        self._world.bus.tell(Event("INTERACTION_FAILED", data, None, only_user=interaction.user.id, people_only=True))

    def close(self) -> None:
        """Stop all clocks; whoever waits for choices is told that there will be none."""
        for interaction in self._kept.values():
            if interaction.choices is not None and not interaction.choices.done():
                self._fail(interaction, "The server is closing.")
            elif interaction.timer is not None:
                interaction.timer.cancel()

    # ---- what the bot gets ------------------------------------------------------------------------------------------

    def _payload(self, interaction: Interaction) -> Json:
        world, channel = self._world, interaction.channel
        guild = world.guild_of(channel)
        mine = world.permissions(interaction.user, channel)
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(world.bot.id),
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": {**channel.to_json(world.bot.id), "permissions": str(mine)},
            "locale": interaction.user.locale,
            "app_permissions": str(world.permissions(world.bot, channel)),
            "entitlements": [],
            "context": 1,
            "authorizing_integration_owners": {"0": "0"},
            "attachment_size_limit": 10_485_760,
        }
        if interaction.message is not None:
            payload["message"] = self._messages.to_json(interaction.message, world.bot)
        if guild is None:
            return {**payload, "user": interaction.user.to_json()}
        member = guild.members[interaction.user.id].to_json()
        return payload | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.preferred_locale, "features": []},
            "guild_locale": guild.preferred_locale,
            "member": {**member, "permissions": str(mine)},
            "context": 0,
            "authorizing_integration_owners": {"0": str(guild.id)},
        }

    # ---- what the bot may do ----------------------------------------------------------------------------------------

    def to_answer(self, interaction_id: int, token: str) -> Interaction:
        """Return the interaction whose first answer this would be, or refuse."""
        found = self._kept.get(interaction_id)
        if found is None or not secrets.compare_digest(found.token, token):
            raise unknown("interaction")
        if found.answer_type is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        age_s = self._world.clock.now() - found.created_at
        # Too late is "unknown" to Discord, as if it had never been.
        if found.is_failed or age_s > self.first_answer_s:
            raise unknown("interaction")
        return found

    def answered(self, interaction: Interaction, kind: int) -> None:
        """Note that the first answer came, of callback type `kind`."""
        interaction.answer_type = kind
        if interaction.timer is not None:
            interaction.timer.cancel()
        data: Json = {"interaction_id": str(interaction.id)}
        self._world.bus.tell(Event("INTERACTION_SUCCESS", data, None, only_user=interaction.user.id, people_only=True))

    def by_token(self, token: str) -> Interaction:
        """Return the interaction whose token may still be used for what follows the first answer, or refuse."""
        # The newest first: what follows an answer nearly always belongs to one of the last questions.
        found = next((one for one in reversed(self._kept.values()) if one.token == token), None)
        if found is None or self._world.clock.now() - found.created_at > TOKEN_LIFE_S:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        # Nothing can follow an answer that has not been given.
        if found.answer_type is None:
            raise unknown("Webhook")
        return found

    def open_modal(self, user: User, custom_id: str) -> Interaction | None:
        """Return the newest interaction that showed `user` a modal with this custom id."""
        for one in reversed(self._kept.values()):
            if one.user == user and one.modal is not None and one.modal["custom_id"] == custom_id:
                return one
        return None

    def is_mine(self, interaction: Interaction, message: Message) -> bool:
        """Tell whether a message answers `interaction`, so that its token may change it."""
        if message.id == interaction.original_id:
            return True
        about = (message.interaction or {}).get("interaction_metadata", {})
        return about.get("id") == str(interaction.id)

    def may_use_commands(self, user: User, channel: Channel) -> bool:
        """Tell whether `user` may use commands in `channel` at all."""
        return bool(self._world.permissions(user, channel) & permissions.USE_APPLICATION_COMMANDS)


def loading_flags(data: Json) -> int:
    """Return the flags of the message that stands for a deferred answer."""
    flags = data.get("flags")
    return FLAG_LOADING | (flags & FLAG_EPHEMERAL if isinstance(flags, int) else 0)
