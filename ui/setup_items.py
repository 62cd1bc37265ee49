"""The buttons, menus and forms of the /setup panel: each carries its draft's id, so it works after a restart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self, cast

import discord

from digest.render.markdown import cut
from storage.drafts import SetupDraft
from storage.options import Options
from ui import limits
from ui.locales import N_, Words, words_of
from ui.pressing import Pressed

FORM = re.compile(r"setupform:(?P<form>words|look|quiet|numbers):(?P<draft>\d{1,18})\Z")


class _Admins(Pressed):
    """Mixin for components that require Manage Server."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Return whether the user may manage the server; refuse others, even in their own panel."""
        if interaction.permissions.manage_guild:
            return True
        text = words_of(str(interaction.locale))("This needs the permission Manage Server.")
        await interaction.response.send_message(text, ephemeral=True)
        return False


class SetupButton(
    _Admins,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"setup:(?P<action>back|preview|try|turn|turnon|save|cancel|pictures|buttons|silent|publish|look|quiet|"
    r"againwords|againlook|againquiet|againnumbers):(?P<draft>\d{1,18})(?::(?P<page>\d{1,4}))?",
):
    """A button of the panel."""

    def __init__(
        self,
        action: str,
        draft_id: int,
        label: str = "…",
        *,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        page: int = 0,
        row: int | None = None,
        disabled: bool = False,
    ) -> None:
        self.action, self.draft_id, self.page = action, draft_id, page
        custom_id = f"setup:{action}:{draft_id}" + (f":{page}" if page else "")
        label = cut(label, limits.BUTTON_LABEL)
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id, row=row, disabled=disabled))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["action"], int(match["draft"]), page=int(match["page"] or 0))


class SetupMenu(
    _Admins,
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]],
    template=r"setupmenu:(?P<what>newsletter|change|layout|sections|exclude_sections|tags):(?P<draft>\d{1,18})",
):
    """A menu of the panel."""

    def __init__(
        self,
        what: str,
        draft_id: int,
        placeholder: str = "…",
        options: Sequence[discord.SelectOption] = (),
        *,
        is_many: bool = False,
        row: int | None = None,
    ) -> None:
        self.what, self.draft_id = what, draft_id
        super().__init__(
            discord.ui.Select(
                placeholder=cut(placeholder, 150),
                custom_id=f"setupmenu:{what}:{draft_id}",
                options=list(options),
                min_values=0 if is_many else 1,
                max_values=max(len(options), 1) if is_many else 1,
                row=row,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the menu from its `custom_id`."""
        del interaction, item
        return cls(match["what"], int(match["draft"]))


class SetupChannel(
    _Admins,
    discord.ui.DynamicItem[discord.ui.ChannelSelect[discord.ui.View]],
    template=r"setupchannel:(?P<draft>\d{1,18})",
):
    """The menu that chooses the channel."""

    def __init__(
        self, draft_id: int, placeholder: str = "…", chosen: int | None = None, row: int | None = None
    ) -> None:
        self.draft_id = draft_id
        kind = discord.SelectDefaultValueType.channel
        super().__init__(
            discord.ui.ChannelSelect(
                placeholder=cut(placeholder, 150),
                custom_id=f"setupchannel:{draft_id}",
                channel_types=list(CHANNEL_TYPES),
                default_values=[discord.SelectDefaultValue(id=chosen, type=kind)] if chosen else [],
                row=row,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the menu from its `custom_id`."""
        del interaction, item
        return cls(int(match["draft"]))


class SetupRole(
    _Admins,
    discord.ui.DynamicItem[discord.ui.RoleSelect[discord.ui.View]],
    template=r"setuprole:(?P<draft>\d{1,18})",
):
    """The menu that chooses the role; without a choice nobody is mentioned."""

    def __init__(self, draft_id: int, placeholder: str = "…", chosen: int | None = None) -> None:
        self.draft_id = draft_id
        kind = discord.SelectDefaultValueType.role
        super().__init__(
            discord.ui.RoleSelect(
                placeholder=cut(placeholder, 150),
                custom_id=f"setuprole:{draft_id}",
                min_values=0,
                default_values=[discord.SelectDefaultValue(id=chosen, type=kind)] if chosen else [],
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the menu from its `custom_id`."""
        del interaction, item
        return cls(int(match["draft"]))


CHANNEL_TYPES = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A text field of a form."""

    name: str
    label: str
    hint: str
    is_long: bool = False


FORMS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "words": (
        N_("Words and sites"),
        (
            Field("words_any", N_("Any of these words"), N_("rust, borrow checker, kube*"), is_long=True),
            Field("words_all", N_("All of these words"), N_("Each must be there"), is_long=True),
            Field("words_none", N_("None of these words"), N_("sponsored, webinar"), is_long=True),
            Field("sites", N_("Only links to"), N_("github.com, arxiv.org"), is_long=True),
        ),
    ),
    "look": (
        N_("Look"),
        (
            Field("colour", N_("Colour"), N_("#5865F2; empty: the newsletter's")),
            Field("body", N_("Length of a story"), N_("Characters, 0 to 3000; 0: the title alone")),
            Field("header", N_("Text above an issue"), "{newsletter} {title} {date} {items} {url}", is_long=True),
        ),
    ),
    "quiet": (
        N_("Quiet hours"),
        (
            Field("quiet_hours", N_("Quiet hours"), N_("22:00-07:00; empty: none")),
            Field("time_zone", N_("Time zone"), N_("Europe/Berlin")),
            Field("messages_per_hour", N_("Messages an hour"), N_("A number; leave empty for no limit")),
        ),
    ),
    "numbers": (
        N_("Long issues and first issues"),
        (
            Field(
                "max_messages",
                N_("Combine short items above"),
                N_("Items, 1 to 100: a longer issue puts several short ones into a message"),
            ),
            Field("backfill", N_("Newest issues to post now"), N_("0 to 20; 0: begin with the next issue")),
        ),
    ),
}


_SHARED = "max_messages"
LABELS: Mapping[str, str] = {one.name: one.label for _, asked in FORMS.values() for one in asked}


class SetupForm(discord.ui.Modal):
    """A form of the panel. What is submitted is read from the interaction: the form may be from before a restart.

    `typed` are the values of a rejected form; without them, the fields show the draft's values.
    """

    def __init__(
        self, form: str, draft: SetupDraft, words: Words, typed: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        title, asked = FORMS[form]
        super().__init__(title=cut(words(title), 45), custom_id=f"setupform:{form}:{draft.id}", timeout=None)
        # Only one layout lets short items of a long issue share messages.
        for one in asked if draft.options.layout.shares_messages else [one for one in asked if one.name != _SHARED]:
            hint = one.hint if "{" in one.hint else words(one.hint)  # names in braces are shown as they are typed
            text: discord.ui.TextInput[Any] = discord.ui.TextInput(
                custom_id=one.name,
                default=typed.get(one.name, _written(one.name, draft.options, draft.backfill)),
                required=False,
                style=discord.TextStyle.paragraph if one.is_long else discord.TextStyle.short,
                max_length=2_000 if one.is_long else 100,
            )
            # Below the label: a placeholder would be hidden by the field's value.
            label = discord.ui.Label(text=cut(words(one.label), 45), description=cut(hint, 100), component=text)
            self.add_item(label)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Do nothing: the cog answers, because it receives every form."""
        del interaction


def _written(name: str, options: Options, backfill: int) -> str:
    """Return a value in the form in which it is typed."""
    value: object = backfill if name == "backfill" else getattr(options, name)
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(cast("tuple[str, ...]", value))
    return f"#{value:06X}" if name == "colour" else str(value)


def submitted(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """Return what was typed into a form, by field name."""
    found: dict[str, str] = {}
    rows = cast("Iterable[dict[str, Any]]", (interaction.data or {}).get("components") or [])
    for row in rows:
        inner = row.get("component")
        parts = [inner] if inner is not None else cast("list[Any]", row.get("components") or [])
        found |= {str(part.get("custom_id")): str(part.get("value") or "") for part in parts}
    return found
