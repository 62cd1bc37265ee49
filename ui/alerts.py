"""Members' alerts: their list, and buttons and a menu that work after a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord

from digest.render.markdown import cut, plain_inline
from search.alert_matching import Outlook
from storage.alerts import PER_MEMBER, Alert
from ui import limits
from ui.locales import N_, spoken
from ui.pressing import Menu, Pressed

COLOUR = 0xF2B04B
_QUERY = 150  # characters of a query; the list has room for as many as a member can have
_PLACE = 40  # characters of a server's name
_LABELS = {
    "add": N_("Alert me"),
    "manage": N_("My alerts"),
    "show": N_("Show my news"),
    "end": N_("Remove this alert"),
    "forget": N_("Delete everything"),
}
_RANG = N_(
    "In the last year you would have been notified once, about {items}.",
    "In the last year you would have been notified {number} times, about {items}.",
)
_OLDER = N_(
    "Nothing came in the last year; before that you would have been notified once, about {items}.",
    "Nothing came in the last year; before that you would have been notified {number} times, about {items}.",
)
_CLOSED = N_("**Herald cannot send you direct messages**, so alerts cannot reach you.")
_WAITING = N_(
    "**Herald cannot send you direct messages**, so {number} alert is waiting.",
    "**Herald cannot send you direct messages**, so {number} alerts are waiting.",
)
_MARK = re.compile(r"alert:(?:manage|show):([a-z0-9-]{1,60})\Z")


class AlertButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"alert:(?P<action>add|manage|show|end|forget)(?::(?P<mark>[a-z0-9-]{1,60}))?",
):
    """A button about alerts; below an alert's message it carries the message's mark."""

    def __init__(self, action: str, mark: str = "") -> None:
        self.action, self.mark = action, mark
        super().__init__(
            discord.ui.Button(
                label=spoken()(_LABELS[action]),
                style=discord.ButtonStyle.danger if action == "forget" else discord.ButtonStyle.secondary,
                custom_id=f"alert:{action}:{mark}" if mark else f"alert:{action}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        return cls(match["action"], match["mark"] or "")


class AlertMenu(Menu, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"alert:remove"):
    """The menu below a member's list of alerts that removes some of them."""

    def __init__(self, alerts: Sequence[Alert] = (), places: Mapping[int, str] | None = None) -> None:
        shown = alerts[: limits.SELECT_OPTIONS]
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            placeholder=spoken()("Remove alerts…"),
            custom_id="alert:remove",
            min_values=1,
            max_values=max(len(shown), 1),
        )
        for alert in shown:
            label, place = cut(alert.query, limits.SELECT_TEXT) or "…", (places or {}).get(alert.id)
            description = cut(place, limits.SELECT_TEXT) if place else None
            select.add_option(label=label, value=str(alert.id), description=description)
        super().__init__(select)


def mark_of_alert(message: discord.Message) -> str | None:
    """Return the mark in the buttons of an alert's message; None if it has none."""
    for row in message.components:
        for component in getattr(row, "children", ()):
            if found := _MARK.match(getattr(component, "custom_id", None) or ""):
                return found[1]
    return None


def list_embed(alerts: Sequence[Alert], note: str = "", *, places: Mapping[int, str] | None = None) -> discord.Embed:
    """Return a member's alerts. `note` reports the last action; `places` are server names, if there are several."""
    words, lines = spoken(), [note] if note else []
    if alerts:
        ends = {alert_id: f" · {plain_inline(cut(name, _PLACE))}" for alert_id, name in (places or {}).items()}
        lines += [
            f"{number}. {cut(plain_inline(alert.query), _QUERY)}{ends.get(alert.id, '')}"
            for number, alert in enumerate(alerts, 1)
        ]
        lines.append(f"-# {words('You get one message per new issue with matching items.')}")
    else:
        lines.append(words("You have no alerts. Use `/alert add` to be notified when a topic is covered."))
    embed = discord.Embed(title=words("Your alerts"), description="\n".join(lines), colour=COLOUR)
    return embed.set_footer(text=words("{number} of {most}", number=len(alerts), most=PER_MEMBER))


def list_view(alerts: Sequence[Alert], *, places: Mapping[int, str] | None = None) -> discord.ui.View:
    """Return the menu below a member's alerts; empty if there are none."""
    view = discord.ui.View(timeout=None)
    return view.add_item(AlertMenu(alerts, places)) if alerts else view


def forget_view() -> discord.ui.View:
    """Return the button that deletes everything stored about a member."""
    return discord.ui.View(timeout=None).add_item(AlertButton("forget"))


def queries(alerts: Sequence[Alert]) -> str:
    """Return the queries of some alerts as an enumeration."""
    words, more = spoken(), len(alerts) - 3
    shown = [f"**{cut(plain_inline(one.query), _QUERY)}**" for one in alerts[:3]]
    return words.listed([*shown, *([words.counted(more, "{number} more", "{number} more")] if more > 0 else [])])


def outlook_text(outlook: Outlook) -> str:
    """Return how often an alert would have matched in the last year, with a warning if it is too broad."""
    words = spoken()
    if not outlook.all_items:  # no items, or none with a date
        return words(
            "There were no dated issues in the last year, so there is no estimate of how often it would have matched."
        )
    if not outlook.issues:
        return words("Nothing matched it in the last year.")
    text = words.counted(outlook.issues, *(_OLDER if outlook.is_older else _RANG), items=words.items(outlook.items))
    if not outlook.is_nearly_everything:
        return text
    share = round(10 * outlook.items / outlook.all_items)
    warning = words(
        "That is nearly everything: {share} of 10 items. Add a word to get fewer notifications.", share=share
    )
    return f"{text}\n⚠️ {warning}"


def closed_notice(waiting: int) -> str:
    """Return the notice for a member whose direct messages fail."""
    words = spoken()
    kept = words.counted(waiting, *_WAITING) if waiting else words(_CLOSED)
    mend = words(
        "Open this server's menu, choose Privacy Settings and allow direct messages. Herald tries again from time to "
        "time."
    )
    return f"⚠️ {words.sentences([kept, mend])}"
