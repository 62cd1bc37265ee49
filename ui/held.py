"""Asks an admin to decide about a suspiciously large change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord

from digest.render.markdown import cut, plain_inline
from storage.held import Held, HeldDecision, HeldKind
from ui.counts import counted_channels, counted_messages
from ui.limits import BUTTON_LABEL, CONTENT
from ui.locales import N_, Words, spoken, words_of
from ui.pressing import Pressed

_REASONS = 2  # shown by `/status`
_ROWS = 5  # rows of buttons that Discord allows below a message
ANSWERS = {
    HeldKind.POSTS: (HeldDecision.POST, HeldDecision.FILE),
    HeldKind.REMOVALS: (HeldDecision.WITHDRAW, HeldDecision.KEEP),
}


_BROUGHT = N_("**{newsletter}** brought {number} new issue.", "**{newsletter}** brought {number} new issues.")
_AT_ONCE = N_(
    "**{newsletter}** brought {number} new issue at once.", "**{newsletter}** brought {number} new issues at once."
)
_LEFT = N_(
    "{number} issue of **{newsletter}** disappeared from the source at once.",
    "{number} issues of **{newsletter}** disappeared from the source at once.",
)
_RELEASED = N_("{number} issue released: {messages} to post.", "{number} issues released: {messages} to post.")
_FILED = N_(
    "{number} issue filed as read. It can be found by searching; /repost posts it.",
    "{number} issues filed as read. They can be found by searching; /repost posts one.",
)


class HeldButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"held:(?P<answer>post|file|withdraw|keep):(?P<mark>[0-9a-f]{16})",
):
    """One of the two answers, for those who may manage the server; it works after a restart.

    `mark` is a key of the newsletter (`Newsletters.marks`): names are longer than a `custom_id` allows, and can change.
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
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(HeldDecision(match["answer"]), match["mark"])

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Return whether the user may manage the server; refuse others."""
        if interaction.permissions.manage_guild:
            return True
        await interaction.response.send_message(
            words_of(str(interaction.locale))("This needs the permission Manage Server."), ephemeral=True
        )
        return False


def held_message(held: Held, mark: str) -> tuple[str, discord.ui.View]:
    """Return the report of what is held, and the two buttons below it."""
    words = spoken()
    text = f"✋ {_brought(held, words) if held.kind is HeldKind.POSTS else _gone(held, words)}"
    lines = [f"- {plain_inline(cut(title, 120))}" for title in held.titles]
    if held.issues > len(lines):
        lines.append(f"- {words.more(held.issues - len(lines))}")
    lines += [f"⚠️ {_reason(reason)}" for reason in held.reasons]
    return cut("\n".join([text, *lines]), CONTENT), held_view([held], {held.newsletter: mark})


def _brought(held: Held, words: Words) -> str:
    """Return the new issues, what they would post, and the question."""
    name, at_once = plain_inline(cut(held.newsletter, 100)), held.issues > len(held.reasons)
    parts = [words.counted(held.issues, *(_AT_ONCE if at_once else _BROUGHT), newsletter=name)]
    if held.messages:
        where = counted_channels(held.channels, words)
        messages = counted_messages(held.messages, words)
        parts.append(words("That would be {messages} in {channels}.", messages=messages, channels=where))
    parts.append(words.counted(held.issues, "Post it?", "Post them?"))
    return words.sentences(parts)


def _gone(held: Held, words: Words) -> str:
    """Return what disappeared from the source, and what would be withdrawn."""
    name = plain_inline(cut(held.newsletter, 100))
    left = words("Items of **{newsletter}** disappeared from the source at once.", newsletter=name)
    if held.issues:
        left = words.counted(held.issues, *_LEFT, newsletter=name)
    would = words(
        "{messages} in {channels} would be withdrawn. Nothing was withdrawn yet. Is this intended? If the source, its "
        "branch or `include` is wrong, fix it and nothing changes.",
        messages=_counted_with_items(held, words),
        channels=counted_channels(held.channels, words),
    )
    return words.sentences([left, would])


def _counted_with_items(held: Held, words: Words) -> str:
    """Return the number of messages, and that of their items if some are lists."""
    messages = counted_messages(held.messages, words)
    if not held.items:
        return messages
    items = words.counted(held.items, "{number} item", "{number} items")
    return words("{messages} with {items}", messages=messages, items=items)


def _reason(reason: tuple[str, str]) -> str:
    """Return a held file and the reason."""
    file, why = reason
    words = spoken()
    return words.labelled(plain_inline(cut(file, 100)), plain_inline(cut(words.told(why), 300))).rstrip(".。")


def held_line(held: Held) -> str:
    """Return the report as one line of `/status`."""
    words = spoken()
    if held.kind is HeldKind.POSTS:
        why = "; ".join(map(_reason, held.reasons[:_REASONS])) or words("too many came at once")
        return words.counted(held.issues, "{number} issue held: {reason}", "{number} issues held: {reason}", reason=why)
    return words.counted(
        held.messages,
        "{number} message would be withdrawn, because much disappeared from the source at once: held",
        "{number} messages would be withdrawn, because much disappeared from the source at once: held",
    )


def held_view(held: Sequence[Held], marks: Mapping[str, str]) -> discord.ui.View:
    """Return the buttons for everything that is held, as far as they fit below a message."""
    view = discord.ui.View(timeout=None)
    is_named = len({one.newsletter for one in held}) > 1  # otherwise the labels need no name
    for row, one in enumerate(held[:_ROWS]):
        for button in held_buttons(one, marks[one.newsletter], row=row, is_named=is_named):
            view.add_item(button)
    return view


def held_buttons(one: Held, mark: str, *, row: int, is_named: bool) -> list[HeldButton]:
    """Return the two answers to one question; `is_named` if there are several questions."""
    labels = {answer: _label(answer, one) for answer in ANSWERS[one.kind]}
    if is_named:
        labels = {answer: spoken().labelled(label, one.newsletter) for answer, label in labels.items()}
    return [HeldButton(answer, mark, label, row=row) for answer, label in labels.items()]


def _label(answer: HeldDecision, held: Held) -> str:
    words = spoken()
    if answer is HeldDecision.POST:
        return words.counted(held.issues, "Post {number} issue", "Post {number} issues")
    if answer is HeldDecision.WITHDRAW:
        return words.counted(held.messages, "Withdraw {number} message", "Withdraw {number} messages")
    return words("File as read") if answer is HeldDecision.FILE else words("Keep all")


def decision(newsletter: str, answer: HeldDecision, issues: int, messages: int, user_id: int) -> str:
    """Return the result of a decision, with the newsletter and the admin, for everyone who sees the question."""
    name, person = plain_inline(cut(newsletter, 100)), f"<@{user_id}>"
    text = N_("**{newsletter}**: {what} Decided by {person}.")
    what = decided(answer, issues, messages)
    return spoken()(text, newsletter=name, what=what, person=person) if issues or messages else what


def decided(answer: HeldDecision, issues: int, messages: int) -> str:
    """Return the result of a decision."""
    words = spoken()
    # Another admin, or the source itself, was faster.
    if not issues and not messages:
        return words("This was already decided.")
    if answer is HeldDecision.POST:
        to_post = counted_messages(messages, words)
        return words.counted(issues, *_RELEASED, messages=to_post)
    if answer is HeldDecision.FILE:
        return words.counted(issues, *_FILED)
    if answer is HeldDecision.WITHDRAW:
        return words.counted(messages, "{number} message to withdraw.", "{number} messages to withdraw.")
    return words.counted(messages, "{number} message stays as it is.", "{number} messages stay as they are.")
