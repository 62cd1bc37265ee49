"""What `/repost` and `/withdraw` ask before they do anything, and say after it."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from digest.render.markdown import cut, plain_inline
from storage.history import HistoryEvent
from storage.layouts import OnRemoved
from storage.records import Subscription
from storage.reposting import Effect
from ui.messages import counted

_NAMED = 10  # channels


def repost_question(title: str, place: str, effect: Effect, *, in_place: bool, earlier: HistoryEvent | None) -> str:
    """Return the question, and that the same was posted a moment ago, if it was."""
    name = plain_inline(cut(title, 200))
    if not in_place:
        question = f"Post **{name}** in {place} again?"
    else:
        parts = _parts((effect.edited, "{} brought up to date or shown again"), (effect.posted, "{} posted again"))
        question = f"Bring **{name}** in {place} up to date? {parts}"
    if earlier is None or earlier.at is None:
        return question
    who = f"<@{earlier.user_id}>" if earlier.user_id is not None else "Somebody"
    when = discord.utils.format_dt(earlier.at, "R")
    return f"{question}\n⚠️ {who} reposted the same there {when}."


def reposted(count: int, place: str, subscription: Subscription) -> str:
    """Return what a repost did."""
    return f"{counted(count, 'message')} queued for {place}.{_paused(subscription)}"


def withdraw_question(title: str, channels: Sequence[str], effects: Sequence[Effect], how: OnRemoved) -> str:
    """Return the question with what would become of how many messages."""
    name = plain_inline(cut(title, 200))
    where = ", ".join(channels[:_NAMED]) + (f" and {len(channels) - _NAMED} more" if len(channels) > _NAMED else "")
    parts = _parts(
        (sum(one.marked for one in effects), "{} struck through"),
        (sum(one.deleted for one in effects), "{} deleted"),
        (sum(one.edited for one in effects), "{} edited to show the rest"),
        (sum(one.dropped for one in effects), "{} not posted any more"),
    )
    verb = "Delete" if how is OnRemoved.DELETE else "Withdraw"
    return f"{verb} **{name}** in {where}? {parts} It stays so whatever its author changes; /repost brings it back."


def withdrawn(effects: Sequence[Effect], channels: Sequence[str]) -> str:
    """Return what a withdrawal did."""
    total = sum(effect.total for effect in effects)
    where = channels[0] if len(channels) == 1 else counted(len(channels), "channel")
    return f"{counted(total, 'message')} being withdrawn in {where}. /repost brings it back."


def _parts(*found: tuple[int, str]) -> str:
    """Return `2 messages struck through, 1 message edited.`, without what is none."""
    told = [text.format(counted(count, "message")) for count, text in found if count]
    return f"{', '.join(told)}." if told else ""


def _paused(subscription: Subscription) -> str:
    return " It is paused: /resume lets it post." if subscription.paused_at is not None else ""
