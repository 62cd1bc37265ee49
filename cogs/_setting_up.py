"""Helpers for the /setup panel: its channel, reasons why it cannot be saved, parsing of what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from app.incidents import Interaction
from clock import utc_now
from cogs._channels import channel_here
from delivery.dispatcher import Blocked
from delivery.places import KINDS, Place, Places, has_threads
from errors import S_, UserError
from storage.drafts import SetupDraft
from storage.layouts import Layout, Origin
from storage.options import (
    LONGEST_BODY,
    MOST_AN_HOUR,
    Options,
    parse_colour,
    parse_header,
    parse_hours,
    parse_site,
    parse_time_zone,
    parse_words,
)
from storage.records import Subscription
from storage.subscriptions import SET_IN_CONFIG
from ui.locales import spoken
from ui.setup_items import LABELS

_ELSEWHERE = S_("This channel belongs to another server.")

MOST_BACKFILL = 20


async def place_of(interaction: Interaction, channel_id: int) -> Place:
    """Return a channel of the interaction's server. Raises UserError if the user or Herald cannot see it."""
    found = await channel_here(interaction, channel_id)
    if found is None:
        raise UserError(
            "Herald cannot see {channel}: give its role the permission View Channel there, or choose another.",
            channel=f"<#{channel_id}>",
        )
    if not isinstance(found, KINDS):
        raise UserError("Choose a text or forum channel, a thread, or a voice channel's chat.")
    # Otherwise the panel would reveal the name of a hidden channel and what it follows.
    if not isinstance(interaction.user, discord.Member) or not found.permissions_for(interaction.user).view_channel:
        raise UserError("You cannot see #{name}, so you cannot set anything up there.", name=found.name)
    return found


def with_layout_for(place: Place, options: Options) -> Options:
    """Return the options with a layout that suits the channel: forums need their own, some channels have no threads."""
    is_forum = isinstance(place, discord.ForumChannel)
    is_possible = has_threads(place) or not options.layout.has_thread_below_header
    if options.layout.needs_forum is is_forum and is_possible:
        return options
    return replace(options, layout=Layout.FORUM if is_forum else Layout.AUTO)


def fault_of(interaction: Interaction, place: Place | None, options: Options, known: Subscription | None) -> str:
    """Return why a subscription cannot be saved, or ""."""
    if known is not None and known.origin is Origin.CONFIG:
        return SET_IN_CONFIG
    if known is not None and known.guild_id not in {None, interaction.guild_id}:
        return _ELSEWHERE
    if place is None:
        return ""
    try:
        Places.check(place, options.layout)
    except Blocked as reason:
        return str(reason)
    return ""


def subscription_of(draft: SetupDraft) -> Subscription:
    """Return the subscription that a draft describes."""
    return Subscription(
        id=0,
        newsletter=draft.newsletter,
        channel_id=draft.channel_id or 0,
        guild_id=draft.guild_id,
        origin=Origin.DISCORD,
        options=draft.options,
        backfill=draft.backfill,
        created_at=utc_now(),
        backfilled_at=None,
        paused_at=None,
        waiting_since=None,
        waiting_reason=None,
        quiet_until=None,
        removed_at=None,
    )


def changed_by(what: str, given: Mapping[str, str] | Sequence[str]) -> dict[str, Any]:
    """Return the options set by a menu or a form. Raises UserError if a value is invalid."""
    if what == "layout":
        return {"layout": Layout(next(iter(given)))}
    if not isinstance(given, Mapping):
        return {what: tuple(given)}
    read, faults = dict[str, Any](), list[str]()
    # Report all faults of a form at once, so that they can be corrected together.
    for name in given.keys() & _READERS.keys():
        try:
            read[name] = _READERS[name](given[name].strip())
        except ValueError as error:
            words = spoken()
            fault = words("{parts}.", parts=words.told(str(error)))
            faults.append("- " + words.labelled(f"**{words(LABELS[name])}**", fault))
    if faults:
        raise UserError("Nothing was changed.\n{faults}", faults="\n".join(sorted(faults)))
    return read


_NO_NUMBER = S_('"{text}" is not a number from {low} to {high}')


def _number(low: int, high: int, default: int | None) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        if not text:
            return default
        if not (text.isascii() and text.isdigit()) or not low <= int(text[:9]) <= high:
            raise ValueError(_NO_NUMBER.format(text=text[:50], low=low, high=high))
        return int(text)

    return read


def _sites(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(parse_site, parse_words(text))))


_READERS: Mapping[str, Callable[[str], Any]] = {
    "words_any": parse_words,
    "words_all": parse_words,
    "words_none": parse_words,
    "sites": _sites,
    "colour": parse_colour,
    "body": _number(0, LONGEST_BODY, Options().body),
    "header": parse_header,
    "quiet_hours": parse_hours,
    "time_zone": lambda text: parse_time_zone(text or "UTC"),
    "messages_per_hour": _number(1, MOST_AN_HOUR, None),
    "max_messages": _number(1, 100, Options().max_messages),
    "backfill": _number(0, MOST_BACKFILL, 0),
}
