"""Buttons and menus that outlive a restart: the client looks up the handler of a press.

An item's class says how it looks and what its `custom_id` carries. The cog that answers its presses adds it to the
client when it is loaded (`Herald.answer_presses`), so a new button is one class and one line in a cog.
"""

from __future__ import annotations

import re
from typing import Any, Protocol, Self, cast

import discord

from errors import UserError
from storage.identity import number_of

Interaction = discord.Interaction[Any]


class Answering(Protocol):
    """The client, as these items see it."""

    async def pressed(self, interaction: Interaction, item: discord.ui.Item[Any]) -> None:
        """Let whoever added the item's class answer; whatever fails, the person gets an answer."""
        ...


class Pressed:
    """Mixed into a dynamic button or menu: a press goes to the client."""

    async def callback(self, interaction: Interaction) -> None:
        """Hand the press over."""
        await cast("Answering", interaction.client).pressed(interaction, cast("discord.ui.Item[Any]", self))


class Menu(Pressed):
    """Mixed into a dynamic menu: after a restart it is made anew, without the options that its message shows."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the menu from what is in a used message."""
        del interaction, item, match
        return cls()


def chosen(interaction: Interaction) -> list[str]:
    """Return the values that were chosen in a menu; none if Discord names none."""
    return cast("dict[str, list[str]]", interaction.data or {}).get("values") or []


def chosen_ids(interaction: Interaction) -> list[int]:
    """Return the values that were chosen in a menu of ids. Raises UserError if one cannot be an id."""
    numbers = [number_of(value) for value in chosen(interaction)]
    ids = [number for number in numbers if number is not None]
    # An older version put other values into its menus.
    if not ids or len(ids) < len(numbers):
        raise UserError("This menu belongs to another version of Herald. Run its command again.")
    return ids
