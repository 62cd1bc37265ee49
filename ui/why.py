"""Why something was or was not posted, in sentences: values of the log in, text out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import discord

from clock import utc_now
from storage.history import EventKind, HistoryEvent
from storage.records import Delivery, Gate, State, Wanted
from ui.locales import N_, spoken
from ui.resting import rest_clause
from ui.why_account import Account
from ui.why_edits import edits, end, retracts
from ui.why_issue import Who, at_of, name_of, quietly, when_of

_UNDER_WAY = frozenset({State.PENDING, State.SENDING})


# one channel


def channel_story(account: Account, who: Who) -> str:
    """Return what happened to an item, or to an issue's header, in one channel."""
    if not account.deliveries:
        return _not_planned(account)
    return spoken().sentences(_message_story(account, each, who) for each in account.deliveries)


def summary(account: Account, who: Who) -> str:
    """Return what happened to a whole issue in one channel: the number of messages, and what was left out."""
    if not account.deliveries:
        return _not_planned(account)
    words = spoken()
    told = [*_standing(account, who), *_outstanding(account), *_left_out(account, who)]
    return words.sentences(told) or words(
        "Not posted in {place}: what was planned there was dropped.", place=account.place
    )


def _standing(account: Account, who: Who) -> list[str]:
    """Return the number of messages in the channel, and the number marked as withdrawn."""
    done = [one.done for one in account.deliveries]
    told, words = list[str](), spoken()
    first = min((_posted_at(one) for one in account.deliveries if one.message_id is not None), default=None)
    if first is not None:
        reason = _reason(account, account.deliveries[0], who)
        posted = words("Posted in {place} on {when}{reason}.", place=account.place, when=when_of(first), reason=reason)
        stand = done.count(Wanted.SHOWN)
        told.append(posted)
        if stand or Wanted.WITHDRAWN not in done:  # otherwise the next sentence covers it
            told.append(words.counted(stand, "{number} message stands there.", "{number} messages stand there."))
    if back := done.count(Wanted.WITHDRAWN):
        told.append(
            words.counted(
                back, "{number} message is marked as withdrawn.", "{number} messages are marked as withdrawn."
            )
        )
    return told


def _outstanding(account: Account) -> list[str]:
    """Return the number of messages still to be posted, and the number that Discord refused."""
    words, place = spoken(), account.place
    waiting = [one for one in account.deliveries if one.state in _UNDER_WAY and one.done is None]
    refused = [one for one in account.deliveries if one.state is State.FAILED]
    told: list[str] = []
    if waiting:
        told.append(
            words.counted(
                len(waiting),
                "{number} message is still to be posted in {place}{delay}.",
                "{number} messages are still to be posted in {place}{delay}.",
                place=place,
                delay=_delay(account, waiting[0]),
            )
        )
    if refused:
        told.append(
            words.counted(
                len(refused),
                "Discord refused {number} message in {place}: {reason}.",
                "Discord refused {number} messages in {place}: {reason}.",
                place=place,
                reason=quietly(refused[0].error),
            )
        )
    return told


def _left_out(account: Account, who: Who) -> list[str]:
    """Return the last withdrawal by an admin, and what the channel's filter drops."""
    taken_back = [one for one in account.events if one.kind is EventKind.RETRACTED]
    filtered = [one for one in account.events if one.kind is EventKind.FILTERED and one.items]
    return [
        *(_retracted(one, who) for one in taken_back[-1:]),
        *(
            spoken().counted(
                len(one.items),
                "{number} item was left out: {reason}.",
                "{number} items were left out: {reason}.",
                reason=quietly(one.detail),
            )
            for one in filtered
        ),
    ]


def _not_planned(account: Account) -> str:
    words, place = spoken(), account.place
    # In the order of decisions: the first one is the reason, whatever later ones would have been.
    told = _why_left_out(account)
    if told is not None and told.kind is EventKind.TOO_LATE:
        return words("Not posted in {place}: it was added to its issue long after that was posted.", place=place)
    if told is not None and (account.item_id is not None or not told.items):
        return words("Not posted in {place}: {reason}.", place=place, reason=quietly(told.detail))
    if account.gate in {Gate.WAITING, Gate.HELD}:
        return words("Not posted in {place} so far.", place=place)
    if (since := _followed_after_release(account)) is not None:
        return words(
            "Not posted in {place}, where **{newsletter}** has been followed only since {when}.",
            place=place,
            newsletter=name_of(account.newsletter),
            when=when_of(since),
        )
    return _not_among_the_first(account) or words("Not posted in {place}.", place=place)


def _not_among_the_first(account: Account) -> str:
    """Return that a new subscription's backfill left this issue out; "" if that is not the reason."""
    follower = account.subscription
    if not account.is_earlier or follower is None or follower.backfilled_at is None or not follower.origin.follows:
        return ""
    if not follower.backfill:
        return spoken()(
            "Not posted in {place}: it came out before the newsletter was set up there.", place=account.place
        )
    return spoken().counted(
        follower.backfill,
        "Not posted in {place}: only the newest issue was posted when the newsletter was set up there.",
        "Not posted in {place}: only the newest {number} issues were posted when the newsletter was set up there.",
        place=account.place,
    )


def _why_left_out(account: Account) -> HistoryEvent | None:
    """Return the last decision against an item or issue by the channel's filter or because it was late."""
    mine = [one for one in account.events if account.item_id is None or one.is_about(account.item_id)]
    return next((one for one in reversed(mine) if one.kind in {EventKind.FILTERED, EventKind.TOO_LATE}), None)


def _followed_after_release(account: Account) -> dt.datetime | None:
    """Return since when the channel follows, if the issue was released before; else None."""
    since = account.subscription.created_at if account.subscription is not None else None
    is_older = since is not None and account.released_at is not None and account.released_at < since
    return since if is_older else None


def _message_story(account: Account, delivery: Delivery, who: Who) -> str:
    words, place = spoken(), account.place
    mine = [one for one in account.events if one.delivery_id == delivery.id]
    if delivery.message_id is None:
        return _unposted(account, delivery, mine, who)
    when, reason = when_of(_posted_at(delivery)), _reason(account, delivery, who)
    told = [words("Posted in {place} on {when}{reason}.", place=place, when=when, reason=reason)]
    if delivery.is_late:
        told.append(words("It was added to its issue later."))
    told += edits(account, mine, who)
    told += end(account, delivery, mine, who)
    return words.sentences(told)


def _unposted(account: Account, delivery: Delivery, mine: Sequence[HistoryEvent], who: Who) -> str:
    words, place = spoken(), account.place
    if delivery.state is State.FAILED:
        return _refused(account, delivery, mine)
    if delivery.state in {State.PENDING, State.SENDING}:
        return words("It will be posted in {place}{delay}.", place=place, delay=_delay(account, delivery))
    # A message that was withdrawn before it was posted is dropped, as is one whose item its author removed.
    retracted = next((one for one in reversed(account.events) if retracts(one, account.item_id)), None)
    if retracted is not None and delivery.generation:  # the first message has a sentence of its own
        return words("Its repost in {place} was withdrawn before it was posted.", place=place)
    if retracted is not None:
        return words.sentences([words("Not posted in {place}.", place=place), _retracted(retracted, who)])
    if delivery.error:
        return words("Not posted in {place}: {reason}.", place=place, reason=quietly(delivery.error))
    return words("Not posted in {place}: its author took it out of the issue before.", place=place)


def _refused(account: Account, delivery: Delivery, mine: Sequence[HistoryEvent]) -> str:
    """Return that Discord refused a message, and when, if the log has it."""
    words, values = spoken(), {"place": account.place, "reason": quietly(delivery.error)}
    refusal = next((one for one in reversed(mine) if one.kind is EventKind.REFUSED), None)
    if refusal is None:
        return words("Discord refused it in {place}: {reason}. /resume tries it again.", **values)
    text = N_("Discord refused it in {place} on {when}: {reason}. /resume tries it again.")
    return words(text, when=at_of(refusal), **values)


def _reason(account: Account, delivery: Delivery, who: Who) -> str:
    """Return why a message was posted, as the end of a sentence."""
    words = spoken()
    if (repost := _repost_of(account, delivery)) is not None:
        return words(", because {person} reposted it", person=who(repost.user_id))
    name = name_of(account.newsletter)
    # Backfilled: the issue was never released, or before this channel followed.
    if account.gate is Gate.FILED or _followed_after_release(account) is not None:
        return words(", as one of the newest issues when **{newsletter}** was set up there", newsletter=name)
    return words(", because **{newsletter}** is followed there", newsletter=name)


def _repost_of(account: Account, delivery: Delivery) -> HistoryEvent | None:
    """Return the repost that created a message; None if it is not a repost."""
    reposts = [one for one in account.events if one.kind is EventKind.REPOSTED]
    mine = [one for one in reposts if account.item_id is None or one.is_about(account.item_id)]
    if not delivery.generation or not mine:
        return None
    # The repost of a message is the last one before the message's first event.
    posted = next((one.id for one in account.events if one.delivery_id == delivery.id), None)
    return next((one for one in reversed(mine) if posted is None or one.id < posted), mine[0])


def _delay(account: Account, delivery: Delivery) -> str:
    """Return what a pending message waits for, as the end of a sentence."""
    words, subscription = spoken(), account.subscription
    # Decisions by people precede those of Discord and the clock.
    if subscription is not None and subscription.paused_at is not None:
        return words(", where posting is paused")
    if account.blocked:
        return words(": {reason}", reason=quietly(account.blocked))
    if delivery.error:
        return words("; Discord put it off: {reason}", reason=quietly(delivery.error))
    if subscription is not None and (rest := rest_clause(subscription, utc_now(), words)):
        return rest
    if delivery.not_before is not None:
        return words(" on {when}", when=when_of(delivery.not_before))
    return words(" when its turn comes")


def _retracted(event: HistoryEvent, who: Who) -> str:
    words, person = spoken(), who(event.user_id)
    if not event.items:
        return _capital(words("{person} withdrew all of it on {when}.", person=person, when=at_of(event)))
    return _capital(
        words.counted(
            len(event.items),
            "{person} withdrew {number} item on {when}.",
            "{person} withdrew {number} items on {when}.",
            person=person,
            when=at_of(event),
        )
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _posted_at(delivery: Delivery) -> dt.datetime:
    return discord.utils.snowflake_time(delivery.message_id or 0)
