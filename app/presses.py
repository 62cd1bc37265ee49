"""Routes buttons, menus and forms to their handlers, including those in messages sent before a restart."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

import discord

from app.incidents import Interaction, answer_error, say
from ui.locales import N_, answer_in, spoken

log = logging.getLogger(__name__)

Kind = type[discord.ui.DynamicItem[Any]]
Answer = Callable[[Interaction, Any], Awaitable[None]]
FormAnswer = Callable[[Interaction, re.Match[str]], Awaitable[None]]
UNKNOWN = N_(
    "This button or menu is from an earlier version of Herald, or has expired. Nothing was changed. Please run "
    "its command again."
)


class Presses:
    """All classes of persistent buttons and menus, with their handlers."""

    def __init__(self) -> None:
        self._answers: dict[Kind, Answer] = {}
        self._forms: dict[re.Pattern[str], FormAnswer] = {}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Registered classes of buttons and menus."""
        return tuple(self._answers)

    def add(self, kind: Kind, answer: Answer) -> None:
        """Register the handler for one class."""
        self._answers[kind] = answer

    def add_form(self, pattern: re.Pattern[str], answer: FormAnswer) -> None:
        """Register the handler for forms whose `custom_id` matches, including those opened before a restart."""
        self._forms[pattern] = answer

    @property
    def forms(self) -> tuple[re.Pattern[str], ...]:
        """Registered patterns of forms."""
        return tuple(self._forms)

    async def answer(self, interaction: Interaction, item: discord.ui.Item[Any]) -> None:
        """Call the handler of the item's class; if it fails, the user gets an error reply."""
        answer_in(str(interaction.locale))
        try:
            await self._answers[cast("Kind", type(item))](interaction, item)
        except Exception as error:  # noqa: BLE001 -- reported to the user, and logged with its number
            await answer_error(interaction, error, place=f"press {type(item).__name__}")

    async def heard(self, interaction: Interaction) -> None:
        """Answer forms, and buttons and menus that no class matches."""
        answer_in(str(interaction.locale))
        custom_id = str(cast("dict[str, Any]", interaction.data or {}).get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit:
            await self._form_sent(interaction, custom_id)
        elif interaction.type is discord.InteractionType.component and not self._is_known(interaction, custom_id):
            await self._unknown(interaction, custom_id)

    async def _form_sent(self, interaction: Interaction, custom_id: str) -> None:
        for pattern, answer in self._forms.items():
            if (found := pattern.fullmatch(custom_id)) is not None:
                try:
                    await answer(interaction, found)
                except Exception as error:  # noqa: BLE001 -- reported to the user, and logged with its number
                    await answer_error(interaction, error, place="form")
                return
        await self._unknown(interaction, custom_id)

    async def _unknown(self, interaction: Interaction, custom_id: str) -> None:
        log.info('component unknown custom_id="%s"', re.sub(r"[^\w:.-]", "?", custom_id[:100]))
        await say(interaction, spoken()(UNKNOWN))

    def _is_known(self, interaction: Interaction, custom_id: str) -> bool:
        is_of_a_kind = any(kind.__discord_ui_compiled_template__.fullmatch(custom_id) for kind in self._answers)
        return is_of_a_kind and _stands_in(interaction.message, custom_id)


def _stands_in(message: discord.Message | None, custom_id: str) -> bool:
    """Whether a message contains this component; discord.py drops presses of any other."""
    rows = message.components if message is not None else ()
    return any(getattr(one, "custom_id", None) == custom_id for row in rows for one in getattr(row, "children", ()))
