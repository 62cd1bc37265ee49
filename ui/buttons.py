"""Buttons that work after a restart, because their meaning is in their `custom_id`.

A press is passed to the client; the cogs register the handlers.
"""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from ui.locales import N_, Words
from ui.pressing import Pressed


class MarkButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"(?P<kind>related|header|list):(?P<mark>[a-z0-9:_-]{1,80})",
):
    """The button of every delivered message; it carries the mark of its delivery."""

    LABELS = {  # noqa: RUF012 -- DynamicItem's metaclass knows no ClassVar
        "related": N_("Related"), "header": N_("Contents"), "list": N_("Open one…"),
    }  # fmt: skip

    def __init__(self, kind: str, mark: str, label: str = "") -> None:
        self.kind, self.mark = kind, mark
        label = label or self.LABELS[kind]
        super().__init__(
            discord.ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"{kind}:{mark}")
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["kind"], match["mark"])


class OpenButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"full:(?P<mark>[a-z0-9:_-]{1,80})",
):
    """The button of a cut message that opens the whole text."""

    def __init__(self, mark: str, label: str = "Open in full") -> None:
        self.mark = mark
        super().__init__(discord.ui.Button(label=label, custom_id=f"full:{mark}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["mark"])


class PageButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"page:(?P<what>item|issue|intro):(?P<number>[0-9]{1,18}):(?P<page>[0-9]{1,4})",
):
    """A button that turns to a page, from 1, of an item's text or of an issue's contents or introduction."""

    def __init__(self, what: str, number: int, page: int, *, label: str = "…", disabled: bool = False) -> None:
        self.what, self.number, self.page = what, number, page
        custom_id = f"page:{what}:{number}:{page}"
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id, disabled=disabled))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["what"], int(match["number"]), int(match["page"]))


class ShareButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"share:(?P<what>item|issue|intro):(?P<number>[0-9]{1,18}):(?P<page>[0-9]{1,4})",
):
    """A button that shows such a page to the whole channel."""

    def __init__(self, what: str, number: int, page: int, *, label: str = "…") -> None:
        self.what, self.number, self.page = what, number, page
        custom_id = f"share:{what}:{number}:{page}"
        super().__init__(discord.ui.Button(label=label, style=discord.ButtonStyle.primary, custom_id=custom_id))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["what"], int(match["number"]), int(match["page"]))


def without_sharing(view: discord.ui.View) -> discord.ui.View:
    """Return the view without its share button, for a page that is already shared."""
    for item in view.children:
        # A dynamic item wraps its button.
        custom_id = str(getattr(getattr(item, "item", item), "custom_id", None) or "")
        if "share" in custom_id.split(":")[:2]:
            view.remove_item(item)
    return view


def page_buttons(what: str, number: int, page: int, pages: int, words: Words) -> list[PageButton]:
    """Return the two buttons that turn pages; none if there is a single page."""
    if pages < 2:
        return []
    return [
        PageButton(what, number, page - 1, label=words("Previous"), disabled=page <= 1),
        PageButton(what, number, page + 1, label=words("Next"), disabled=page >= pages),
    ]


_MARK = re.compile(r"(related|header|list):([a-z0-9:_-]{1,80})\Z")


def marked(message: discord.Message) -> tuple[str, str] | None:
    """Return the kind and mark of the delivery in a message's buttons; None if it has none."""
    # Messages without components, or with types that discord.py does not know, have none.
    for row in message.components:
        for component in getattr(row, "children", ()):
            found = _MARK.match(getattr(component, "custom_id", None) or "")
            if found:
                return found[1], found[2]
    return None


def mark_of(message: discord.Message) -> str | None:
    """Return the delivery's mark in a message's buttons; None if it has none."""
    found = marked(message)
    return found[1] if found else None
