"""The buttons below `/status`: each repairs something in the summary and refreshes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from digest.render.markdown import cut
from storage.held import Held
from ui import limits
from ui.held import held_buttons
from ui.locales import Words
from ui.pressing import Pressed
from ui.status import ChannelHealth, NewsletterStatus, Status

_HELD = 3  # decisions, a row each, that fit next to the other buttons
_ROWS = 5


class MendButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"mend:(?P<action>resume|again|setup|look|refresh):(?P<what>[0-9a-f]{1,18})",
):
    """One of these buttons, for those who may manage the server and see the channel; it works after a restart.

    `what` is a subscription's id, or for `look` a newsletter's mark (`Newsletters.marks`).
    """

    def __init__(self, action: str, what: str, label: str = "…", *, row: int | None = None) -> None:
        self.action, self.what = action, what
        style = discord.ButtonStyle.secondary if action == "refresh" else discord.ButtonStyle.primary
        custom_id = f"mend:{action}:{what}"
        label = cut(label, limits.BUTTON_LABEL)
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id, row=row))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["action"], match["what"])


@dataclass(frozen=True, slots=True)
class Mend:
    """A repair that an admin can start from the summary."""

    action: str
    what: str
    label: str


def mends_of(status: Status, words: Words) -> list[Mend]:
    """Return the possible repairs, in the summary's order."""
    found = [one for newsletter in status.newsletters for one in _of_newsletter(newsletter, words)]
    return found + [one for channel in status.channels for one in _of_channel(channel, words)]


def _of_newsletter(one: NewsletterStatus, words: Words) -> Iterator[Mend]:
    if one.error and one.mark:
        yield Mend("look", one.mark, words("Check {newsletter} now", newsletter=one.name))


def _of_channel(one: ChannelHealth, words: Words) -> Iterator[Mend]:
    place = {"channel": f"#{one.name}", "newsletter": one.newsletter}
    if one.is_paused:
        yield Mend("resume", str(one.id), words("Resume {newsletter} in {channel}", **place))
    if one.is_orphaned:
        return
    if one.blocked or one.failed or one.postponed:
        yield Mend("again", str(one.id), words("Try {channel} again", **place))
    if (one.blocked or one.notes) and one.can_edit:
        yield Mend("setup", str(one.id), words("Set up {newsletter} in {channel}", **place))


def status_view(status: Status, decisions: Sequence[tuple[Held, str]], words: Words) -> discord.ui.View:
    """Return the buttons below the summary; `decisions` are held changes, each with its newsletter's mark.

    Buttons that do not fit appear once others are done.
    """
    view = discord.ui.View(timeout=None)
    rows = 0
    for rows, (held, mark) in enumerate(decisions[:_HELD], start=1):
        for button in held_buttons(held, mark, row=rows - 1, is_named=len(decisions) > 1):
            view.add_item(button)
    room = (_ROWS - rows) * limits.BUTTONS_IN_ROW - 1
    mends = list({(one.action, one.what): one for one in mends_of(status, words)}.values())[:room]
    mends.append(Mend("refresh", "0", words("Refresh")))
    for number, one in enumerate(mends):
        row = rows + number // limits.BUTTONS_IN_ROW
        view.add_item(MendButton(one.action, one.what, one.label, row=row))
    return view
