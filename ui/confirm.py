"""Confirmation before something is posted or removed: two buttons whose `custom_id` carries the action."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import discord

from storage.filtering import folded
from ui.locales import spoken
from ui.pressing import Pressed

Verb = Literal["post", "update", "mark", "delete"]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


def heading_key(heading: str) -> str:
    """Return a key for a heading of an issue that fits into a `custom_id`, which is limited to 100 characters."""
    return hashlib.blake2b(folded(heading).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An action to confirm, on an issue, one of its items, or the items below a heading."""

    verb: Verb
    owner_id: int  # who ran the command
    issue_id: int
    item_id: int = 0
    heading: str = ""  # from `heading_key`
    channel_id: int = 0  # 0: every channel of the server that has the issue
    asked_at: dt.datetime

    @property
    def is_withdrawal(self) -> bool:
        """Whether the action withdraws something."""
        return self.verb in {"mark", "delete"}


class ConfirmButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"do:(?P<verb>post|update|mark|delete):(?P<owner>[0-9]{1,19}):(?P<issue>[0-9]{1,12}):(?P<item>[0-9]{1,12}):"
    r"(?P<heading>[0-9a-f]{12}|):(?P<channel>[0-9]{1,19}):(?P<at>[0-9]{1,13})",
):
    """The button that confirms; its label names the action."""

    def __init__(self, act: Act, label: str = "…") -> None:
        self.act = act
        at_ms = (act.asked_at - _EPOCH) // _MILLISECOND
        numbers = f"{act.owner_id}:{act.issue_id}:{act.item_id}:{act.heading}:{act.channel_id}:{at_ms}"
        style = discord.ButtonStyle.danger if act.is_withdrawal else discord.ButtonStyle.primary
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"do:{act.verb}:{numbers}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        verb = next(one for one in get_args(Verb) if one == match["verb"])
        return cls(
            Act(
                verb=verb,
                owner_id=int(match["owner"]),
                issue_id=int(match["issue"]),
                item_id=int(match["item"]),
                heading=match["heading"],
                channel_id=int(match["channel"]),
                asked_at=_EPOCH + int(match["at"]) * _MILLISECOND,
            )
        )


class CancelButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"undo:(?P<what>post|withdraw):(?P<owner>[0-9]{1,19})",
):
    """The button that cancels."""

    def __init__(self, what: str, owner_id: int) -> None:
        self.what, self.owner_id = what, owner_id
        style = discord.ButtonStyle.secondary
        button = discord.ui.Button[discord.ui.View](
            label=spoken()("Cancel"), style=style, custom_id=f"undo:{what}:{owner_id}"
        )
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["what"], int(match["owner"]))


def confirm_view(act: Act, label: str) -> discord.ui.View:
    """Return the two buttons below a question."""
    view = discord.ui.View(timeout=None)
    view.add_item(ConfirmButton(act, label))
    view.add_item(CancelButton("withdraw" if act.is_withdrawal else "post", act.owner_id))
    return view
