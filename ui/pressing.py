"""Buttons and menus that work after a restart: the client looks up the handler of a press.

An item's class defines its look and the content of its `custom_id`. The cog that handles its presses registers it when
it is loaded (`Herald.answer_presses`), so a new button takes one class and one line in a cog.
"""

from __future__ import annotations

import re
from typing import Any, Protocol, Self, cast

import discord

from errors import UserError
from storage.identity import number_of

Interaction = discord.Interaction[Any]


class Answering(Protocol):
    """The client's interface for these items."""

    async def pressed(self, interaction: Interaction, item: discord.ui.Item[Any]) -> None:
        """Call the handler of the item's class; if it fails, the user gets an error reply."""
        ...


class Pressed:
    """Mixin for a dynamic button or menu: passes a press to the client."""

    async def callback(self, interaction: Interaction) -> None:
        """Pass the press to the client."""
        await cast("Answering", interaction.client).pressed(interaction, cast("discord.ui.Item[Any]", self))


class Menu(Pressed):
    """Mixin for a dynamic menu: after a restart it is rebuilt without the options that its message shows."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the menu from its `custom_id`."""
        del interaction, item, match
        return cls()


def chosen(interaction: Interaction) -> list[str]:
    """Return the values chosen in a menu; empty if Discord sends none."""
    return cast("dict[str, list[str]]", interaction.data or {}).get("values") or []


def chosen_ids(interaction: Interaction) -> list[int]:
    """Return the values chosen in a menu of ids. Raises UserError if one is not an id."""
    numbers = [number_of(value) for value in chosen(interaction)]
    ids = [number for number in numbers if number is not None]
    # Earlier versions used other values in their menus.
    if not ids or len(ids) < len(numbers):
        raise UserError("This menu belongs to another version of Herald. Run its command again.")
    return ids
