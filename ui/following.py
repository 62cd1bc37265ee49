"""The output of `/following`: the list of subscriptions, one of its entries in full, and the actions on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from clock import utc_now
from digest.render.markdown import cut, plain_inline
from storage.layouts import Origin
from storage.options import DEFAULT, changes
from storage.records import NOTHING_TO_PUBLISH, Subscription, ToPublish
from ui import limits
from ui.locales import Words
from ui.messages import joined
from ui.option_text import LAYOUTS, described
from ui.pressing import Menu, Pressed
from ui.resting import publishing_line, rest_line

PER_PAGE = 10
_COLOUR = 0x5865F2


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    """A subscription in the list: with the fault that prevents posting, and with its limitations."""

    subscription: Subscription
    channel: str  # its name, for menus
    fault: str = ""
    notes: Sequence[str] = ()
    to_publish: ToPublish = NOTHING_TO_PUBLISH  # messages waiting for Discord's limit on publishing


class FollowingButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"following:(?P<action>page|open|edit|pause|pauseall|resume|resumeall|end|ended):(?P<number>\d{1,18})",
):
    """A button of the list or of an entry; `number` is the subscription's id, or the page when turning pages."""

    def __init__(
        self,
        action: str,
        number: int,
        label: str = "…",
        *,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        self.action, self.number = action, number
        custom_id = f"following:{action}:{number}"
        super().__init__(
            discord.ui.Button(
                label=cut(label, limits.BUTTON_LABEL), style=style, custom_id=custom_id, disabled=disabled
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["action"], int(match["number"]))


class FollowingMenu(Menu, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"following:choose"):
    """The menu that opens one entry of the list."""

    def __init__(self, entries: Sequence[ListedSubscription] = (), placeholder: str = "…") -> None:
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            placeholder=placeholder, custom_id="following:choose"
        )
        for one in entries:
            label = cut(f"{one.subscription.newsletter} – #{one.channel}", limits.SELECT_TEXT)
            select.add_option(label=label, value=str(one.subscription.id))
        super().__init__(select)


def list_embed(entries: Sequence[ListedSubscription], page: int, words: Words) -> discord.Embed:
    """Return one page of the list, from 1."""
    shown = entries[(page - 1) * PER_PAGE : page * PER_PAGE]
    blocks = ["\n".join([_line(one, words), *_state(one, words)]) for one in shown]
    between = "\n\n" if any("\n" in block for block in blocks) else "\n"  # separates multi-line entries
    embed = discord.Embed(title=words("Who follows what"), description=joined(blocks, between, words), colour=_COLOUR)
    pages = -(-len(entries) // PER_PAGE)
    return embed.set_footer(text=words.page(page, pages)) if pages > 1 else embed


def list_view(entries: Sequence[ListedSubscription], page: int, words: Words) -> discord.ui.View:
    """Return the menu that opens an entry, and the buttons that turn pages."""
    view = discord.ui.View(timeout=None)
    view.add_item(FollowingMenu(entries[(page - 1) * PER_PAGE : page * PER_PAGE], words("Open one…")))
    if len(entries) > PER_PAGE:
        is_last = page * PER_PAGE >= len(entries)
        view.add_item(FollowingButton("page", max(page - 1, 0), words("Previous"), disabled=page <= 1))
        view.add_item(FollowingButton("page", page + 1, words("Next"), disabled=is_last))
    return view


def entry_embed(entry: ListedSubscription, words: Words, said: str = "") -> discord.Embed:
    """Return one entry in full."""
    one = entry.subscription
    lines = [*([said, ""] if said else []), f"<#{one.channel_id}>", *described(one.options, words)]
    if one.origin is Origin.CONFIG:
        lines += ["", words("This is set in config.yaml; change it there, under subscriptions.")]
    lines += ["", *_state(entry, words)]
    title = plain_inline(cut(one.newsletter, 200))
    text = cut("\n".join(lines).strip(), limits.EMBED_DESCRIPTION)
    return discord.Embed(title=title, description=text, colour=_COLOUR)


def entry_view(entry: ListedSubscription, others: int, words: Words) -> discord.ui.View:
    """Return the actions on an entry; `others` is the number of the channel's other newsletters."""
    one = entry.subscription
    view = discord.ui.View(timeout=None)
    is_ours = one.origin is not Origin.CONFIG
    view.add_item(
        FollowingButton("edit", one.id, words("Edit"), style=discord.ButtonStyle.primary, disabled=not is_ours)
    )
    if one.paused_at is None:
        view.add_item(FollowingButton("pause", one.id, words("Pause this newsletter")))
    else:
        view.add_item(FollowingButton("resume", one.id, words("Resume this newsletter")))
    if others:
        view.add_item(FollowingButton("pauseall", one.id, words("Pause the whole channel")))
        view.add_item(FollowingButton("resumeall", one.id, words("Resume the whole channel")))
    end = words("End…")
    view.add_item(FollowingButton("end", one.id, end, style=discord.ButtonStyle.danger, disabled=not is_ours))
    return view.add_item(FollowingButton("page", 1, words("Back")))


def end_view(entry: ListedSubscription, words: Words) -> discord.ui.View:
    """Return the button that ends the subscription, labelled accordingly, and the way back."""
    view = discord.ui.View(timeout=None)
    label = words("Stop following in #{channel}", channel=entry.channel)
    view.add_item(FollowingButton("ended", entry.subscription.id, label, style=discord.ButtonStyle.danger))
    return view.add_item(FollowingButton("open", entry.subscription.id, words("Back")))


def _line(entry: ListedSubscription, words: Words) -> str:
    one = entry.subscription
    layout = words(LAYOUTS[one.layout][0])
    text = words("{channel} follows {newsletter}", channel=f"<#{one.channel_id}>", newsletter=f"**{one.newsletter}**")
    parts = [text, layout]
    more = [line for line in described(one.options, words)[1:] if line]
    if more and len(changes(DEFAULT, one.options)) <= _FEW:
        parts += more
    elif more:
        parts.append(words.counted(len(more), "{number} more setting", "{number} more settings"))
    if one.origin is Origin.CONFIG:
        parts.append(f"📄 {words('set in config.yaml')}")
    return " · ".join(parts)


_FEW = 4  # settings that the list shows in full


def _state(entry: ListedSubscription, words: Words) -> list[str]:
    one = entry.subscription
    lines = [f"⏸️ {words('paused')}"] if one.paused_at else []
    lines += filter(None, [rest_line(one, utc_now(), words), publishing_line(entry.to_publish, words)])
    lines += [f"⚠️ {words.told(entry.fault)}"] if entry.fault else []
    return lines + [f"🔸 {words.told(note)}" for note in entry.notes]
