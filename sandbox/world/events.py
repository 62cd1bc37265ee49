"""What happens in the world, told to everybody who listens: the gateway and the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.values import Json
from sandbox.world.model_message import Message


@dataclass(frozen=True, slots=True)
class Event:
    """One happening.

    `channel_id` limits it to those who may view that channel, `only_user` to one person (it never reaches the bot
    then), `people_only` to the page; `message` is the message it is about, whose content not every bot may read.
    """

    name: str
    data: Json
    guild_id: int | None = None
    channel_id: int | None = None
    only_user: int | None = None
    message: Message | None = None
    people_only: bool = False


Listener = Callable[[Event], None]


class Bus:
    """Tells every listener of every event, in order, at once."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every event from now on."""
        self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        """Tell `event` to all."""
        for listener in self._listeners:
            listener(event)
