"""What the menus that outlive a restart have in common."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord


class Rebuilt:
    """Mixed into a dynamic menu: used after a restart it is made anew, without the options that its message shows."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the menu from what stands in a used message."""
        del interaction, item, match
        return cls()


def chosen(interaction: discord.Interaction[Any]) -> list[str]:
    """The values that were chosen in a menu; none where Discord names none."""
    return cast("dict[str, list[str]]", interaction.data or {}).get("values") or []
