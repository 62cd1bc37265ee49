"""When waiting messages are posted: after quiet hours, within an hourly limit, or within Discord's publishing limit."""

from __future__ import annotations

import datetime as dt

import discord

from storage.options import Options
from storage.records import Subscription, ToPublish
from ui.locales import N_, Words

_QUIET = N_("quiet hours: what is waiting will be posted on {when}")
_LIMITED = N_(
    "at most {number} message an hour: the next one will be posted on {when}",
    "at most {number} messages an hour: the next one will be posted on {when}",
)


def quiet_line(options: Options, now: dt.datetime, words: Words) -> str:
    """Return a note that a channel has quiet hours now, and when they end; "" if it has not."""
    until = options.quiet_until(now)
    return f"🌙 {words(_QUIET, when=_at(until))}" if until is not None else ""


def rest_line(subscription: Subscription, now: dt.datetime, words: Words) -> str:
    """Return what a subscription's next message waits for, and until when; "" if it does not wait."""
    until = subscription.quiet_until
    if until is None or until <= now:
        return ""
    most = _limit_reached(subscription.options, now)
    if not most:
        return quiet_line(subscription.options, now, words) or f"🌙 {words(_QUIET, when=_at(until))}"
    return f"⏱️ {words.counted(most, *_LIMITED, when=_at(until))}"


def rest_clause(subscription: Subscription, now: dt.datetime, words: Words) -> str:
    """Return the same as the end of a sentence about a message."""
    until = subscription.quiet_until
    if until is None or until <= now:
        return ""
    most = _limit_reached(subscription.options, now)
    if not most:
        return words(", where quiet hours last until {when}", when=discord.utils.format_dt(until, "f"))
    return words.counted(
        most,
        ", where at most {number} message an hour is posted; the next one on {when}",
        ", where at most {number} messages an hour are posted; the next one on {when}",
        when=discord.utils.format_dt(until, "f"),
    )


def _limit_reached(options: Options, now: dt.datetime) -> int:
    """Return the hourly limit that a waiting subscription has reached; 0 if it waits for quiet hours."""
    return (options.messages_per_hour or 0) if options.quiet_until(now) is None else 0


def publishing_line(waiting: ToPublish, words: Words) -> str:
    """Return how many messages are still to be published to followers, and when the next one is; "" if none."""
    if not waiting.count:
        return ""
    text = words.counted(
        waiting.count,
        "{number} message still to publish to followers",
        "{number} messages still to publish to followers",
    )
    if waiting.next_at is None:
        return f"📣 {text}"
    return f"📣 {words('{messages}, the next one on {when}', messages=text, when=_at(waiting.next_at))}"


def _at(moment: dt.datetime) -> str:
    """Return a time as Discord shows it to each reader, absolute and relative."""
    return f"{discord.utils.format_dt(moment, 'f')} ({discord.utils.format_dt(moment, 'R')})"
