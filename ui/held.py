"""Asking an admin what becomes of a change that is more than a person would make at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord

from digest.render.markdown import cut, plain_inline
from storage.held import Held, HeldDecision, HeldKind
from ui.limits import BUTTON_LABEL, CONTENT
from ui.messages import counted
from ui.pressing import Pressed

_REASONS = 2  # that `/status` shows
_ROWS = 5  # of buttons that Discord shows below one message
_ANSWERS = {
    HeldKind.POSTS: (HeldDecision.POST, HeldDecision.FILE),
    HeldKind.REMOVALS: (HeldDecision.WITHDRAW, HeldDecision.KEEP),
}


class HeldButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"held:(?P<answer>post|file|withdraw|keep):(?P<mark>[0-9a-f]{16})",
):
    """One of the two answers; it works after any restart, for those who may manage the server.

    `mark` stands for the newsletter (`Newsletters.marks`): names are longer than a `custom_id` may be, and change.
    """

    def __init__(self, answer: HeldDecision, mark: str, label: str = "", *, row: int | None = None) -> None:
        self.answer, self.mark = answer, mark
        acts = {HeldDecision.POST: discord.ButtonStyle.primary, HeldDecision.WITHDRAW: discord.ButtonStyle.danger}
        super().__init__(
            discord.ui.Button(
                label=cut(label, BUTTON_LABEL),
                row=row,
                style=acts.get(answer, discord.ButtonStyle.secondary),
                custom_id=f"held:{answer.value}:{mark}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from what stands in a pressed message."""
        del interaction, item
        return cls(HeldDecision(match["answer"]), match["mark"])

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Only who may manage the server decides."""
        if interaction.permissions.manage_guild:
            return True
        await interaction.response.send_message("This needs the permission Manage Server.", ephemeral=True)
        return False


def held_message(held: Held, mark: str) -> tuple[str, discord.ui.View]:
    """Return the report of what is held and the two buttons below it."""
    name = plain_inline(cut(held.newsletter, 100))
    where = f"in {counted(held.channels, 'channel')}"
    if held.kind is HeldKind.POSTS:
        at_once = " at once" if held.issues > len(held.reasons) else ""
        text = f"✋ **{name}** brought {counted(held.issues, 'new issue')}{at_once}"
        text += f", {counted(held.messages, 'message')} {where}." if held.messages else "."
        text += f" Post {'it' if held.issues == 1 else 'them'}?"
    else:
        what = f"{counted(held.issues, 'issue')} of **{name}** left" if held.issues else f"Items of **{name}** left"
        text = (
            f"✋ {what} the source at once: {counted(held.messages, 'message')} {where} would be withdrawn. "
            "Nothing was. Is that intended? If the source, its branch or `include` is wrong, correct it: "
            "then all is as before."
        )
    lines = [f"- {plain_inline(cut(title, 120))}" for title in held.titles]
    if held.issues > len(lines):
        lines.append(f"- … and {held.issues - len(lines):,} more")
    lines += [f"⚠️ {_reason(reason)}" for reason in held.reasons]
    return cut("\n".join([text, *lines]), CONTENT), held_view([held], {held.newsletter: mark})


def _reason(reason: tuple[str, str]) -> str:
    """Return which file is held, and why."""
    file, why = reason
    return f"{plain_inline(cut(file, 100))}: {plain_inline(cut(why, 300))}."


def held_line(held: Held) -> str:
    """Return the same in one line of `/status`."""
    if held.kind is HeldKind.POSTS:
        why = " ".join(map(_reason, held.reasons[:_REASONS])) or "too many came at once"
        return f"{counted(held.issues, 'issue')} held: {why}"
    return (
        f"{counted(held.messages, 'message')} would be withdrawn, because {counted(held.issues, 'issue')} "
        "left the source at once: held"
        if held.issues
        else f"{counted(held.messages, 'message')} would be withdrawn, because items left the source at once: held"
    )


def held_view(held: Sequence[Held], marks: Mapping[str, str]) -> discord.ui.View:
    """Return the two buttons for everything that is held; what finds no room is left out."""
    view = discord.ui.View(timeout=None)
    is_named = len({one.newsletter for one in held}) > 1  # else there is nothing to tell apart
    for row, one in enumerate(held[:_ROWS]):
        for button in held_buttons(one, marks[one.newsletter], row=row, is_named=is_named):
            view.add_item(button)
    return view


def held_buttons(one: Held, mark: str, *, row: int, is_named: bool) -> list[HeldButton]:
    """Return the two answers to one question; `is_named` where there are others beside it."""
    labels = {
        answer: _label(answer, one) + (f": {one.newsletter}" if is_named else "") for answer in _ANSWERS[one.kind]
    }
    return [HeldButton(answer, mark, label, row=row) for answer, label in labels.items()]


def _label(answer: HeldDecision, held: Held) -> str:
    labels = {
        HeldDecision.POST: f"Post {counted(held.issues, 'issue')}",
        HeldDecision.FILE: "File as read",
        HeldDecision.WITHDRAW: f"Withdraw {counted(held.messages, 'message')}",
        HeldDecision.KEEP: "Keep all",
    }
    return labels[answer]


def decided(answer: HeldDecision, issues: int, messages: int) -> str:
    """Return what a decision did."""
    if not issues and not messages:
        return "This was already decided."
    if answer is HeldDecision.POST:
        return f"{counted(issues, 'issue')} released: {counted(messages, 'message')} to post."
    if answer is HeldDecision.FILE:
        return f"{counted(issues, 'issue')} filed as read. They can be found by searching; /repost posts one."
    if answer is HeldDecision.WITHDRAW:
        return f"{counted(messages, 'message')} to withdraw."
    return f"{counted(messages, 'message')} stay as they are."
