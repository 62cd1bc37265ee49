"""A page of `/preview`: one message as it would be posted, with its buttons, and below it those that turn pages."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from ui.locales import spoken
from ui.messages import OutgoingMessage
from ui.pressing import Pressed


class PreviewButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"preview:(?P<what>first|back|on|last):(?P<issue>\d{1,18}):(?P<channel>\d{1,20}):(?P<page>\d{1,5})",
):
    """Turns to a page, from 1, of an issue as it would be posted in a channel; `what` keeps the four ids distinct."""

    def __init__(
        self, what: str, issue_id: int, channel_id: int, page: int, label: str = "…", *, disabled: bool = False
    ) -> None:
        self.what, self.issue_id, self.channel_id, self.page = what, issue_id, channel_id, page
        custom_id = f"preview:{what}:{issue_id}:{channel_id}:{page}"
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id, disabled=disabled, row=4))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["what"], int(match["issue"]), int(match["channel"]), int(match["page"]))


def preview_text(channel_id: int, page: int, count: int, message: OutgoingMessage) -> str:
    """Return the text above the message: its channel, and the text that would be above it there."""
    text = spoken()(
        "Message {page} of {count} in {channel}, as it would be posted:",
        page=page,
        count=count,
        channel=f"<#{channel_id}>",
    )
    return f"{text}\n{message.content}" if message.content else text


def preview_view(issue_id: int, channel_id: int, page: int, count: int, message: OutgoingMessage) -> discord.ui.View:
    """Return the message's own buttons, and below them those that turn pages."""
    view, words = message.view(), spoken()
    places = (
        ("first", 1, words("First")),
        ("back", page - 1, words("Previous")),
        ("on", page + 1, words("Next")),
        ("last", count, words("Last")),
    )
    for what, number, label in places if count > 1 else ():
        is_here = number == page or not 1 <= number <= count
        view.add_item(PreviewButton(what, issue_id, channel_id, max(number, 1), label, disabled=is_here))
    return view
