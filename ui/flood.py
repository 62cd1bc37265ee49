"""Asking an admin what becomes of issues that came too many at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from digest.render.markdown import cut, plain_inline
from ui.limits import BUTTON_LABEL
from ui.messages import counted
from ui.pressing import Pressed

_SHOWN = 10
_ROWS = 5  # of buttons that Discord shows below one message
_LABELS = {"post": "Post {}", "file": "File as read"}


class FloodButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"flood:(?P<action>post|file):(?P<newsletter>.{1,80})",
):
    """One of the two answers; it works after any restart, for those who may manage the server."""

    def __init__(
        self, action: str, newsletter: str, count: int = 0, *, row: int | None = None, is_named: bool = False
    ) -> None:
        self.action, self.newsletter = action, newsletter
        label = _LABELS[action].format(counted(count, "issue"))
        super().__init__(
            discord.ui.Button(
                label=cut(f"{label}: {newsletter}", BUTTON_LABEL) if is_named else label,
                row=row,
                style=discord.ButtonStyle.primary if action == "post" else discord.ButtonStyle.secondary,
                custom_id=f"flood:{action}:{newsletter[:80]}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from what stands in a pressed message."""
        del interaction, item
        return cls(match["action"], match["newsletter"])

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Only who may manage the server decides."""
        if interaction.permissions.manage_guild:
            return True
        await interaction.response.send_message("This needs the permission Manage Server.", ephemeral=True)
        return False


def flood_message(newsletter: str, titles: Sequence[str]) -> tuple[str, discord.ui.View]:
    """The report of held issues and the two buttons below it."""
    lines = [f"- {plain_inline(cut(title or 'Untitled', 120))}" for title in titles[:_SHOWN]]
    if len(titles) > _SHOWN:
        lines.append(f"- … and {len(titles) - _SHOWN:,} more")
    text = (
        f"✋ **{plain_inline(cut(newsletter, 100))}** brought {counted(len(titles), 'new issue')} at once. Post them?\n"
    )
    return text + "\n".join(lines), flood_view([(newsletter, len(titles))])


def flood_view(held: Sequence[tuple[str, int]]) -> discord.ui.View:
    """The two buttons for each newsletter and how many of its issues are held; what finds no room is left out."""
    view = discord.ui.View(timeout=None)
    is_named = len(held) > 1  # else there is nothing to tell apart
    for row, (newsletter, count) in enumerate(held[:_ROWS]):
        view.add_item(FloodButton("post", newsletter, count, row=row, is_named=is_named))
        view.add_item(FloodButton("file", newsletter, row=row, is_named=is_named))
    return view
