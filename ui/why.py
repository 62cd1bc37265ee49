"""Why something was or was not posted, in sentences: values of the log in, text out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import discord

from digest.render.markdown import cut, plain_inline
from storage.history import EventKind, HistoryEvent
from storage.records import Delivery, Gate, IssueRecord, State, Subscription, Wanted
from ui import limits
from ui.messages import counted

EDITS = 3  # of a message that are told one by one, the newest
_COLOUR = 0x5865F2
_CAUSES = frozenset({EventKind.CHANGED, EventKind.ADDED, EventKind.REMOVED, EventKind.RETURNED})
_UNDER_WAY = frozenset({State.PENDING, State.SENDING})
_SHOWN = frozenset({EventKind.POSTED, EventKind.EDITED, EventKind.RESTORED})
Who = Callable[[int | None], str]  # how a person is named: for admins by a mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of something in one channel.

    `deliveries` are those that show it, oldest first, none where nothing was planned; `events` is all that the log
    tells of its issue there. `item_id` None stands for the issue itself, or its header; `subscription` None says that
    the channel does not follow.
    """

    channel_id: int
    newsletter: str
    item_id: int | None
    deliveries: Sequence[Delivery]
    events: Sequence[HistoryEvent]
    subscription: Subscription | None = None
    gate: Gate = Gate.RELEASED
    released_at: dt.datetime | None = None  # of its issue
    blocked: str = ""  # what keeps everything from being posted there


def why_embed(title: str, paragraphs: Sequence[str]) -> discord.Embed:
    """Return the answer: what it is about, and its story."""
    text = "\n\n".join(part for part in paragraphs if part)
    embed = discord.Embed(title=cut(plain_inline(title), limits.EMBED_TITLE), colour=_COLOUR)
    embed.description = cut(text, limits.EMBED_DESCRIPTION - 10)
    return embed


def nobody(user_id: int | None) -> str:
    """Name no admin: for members."""
    del user_id
    return "an admin"


def mentioned(user_id: int | None) -> str:
    """Name an admin, for admins."""
    return f"<@{user_id}>" if user_id is not None else "an admin"


# the issue


def issue_story(record: IssueRecord, events: Sequence[HistoryEvent], who: Who) -> str:
    """Return what became of an issue before any channel: seen, waiting, held, filed, released, removed."""
    mine = [one for one in events if one.subscription_id is None]
    seen = f"Herald first saw this issue {_when(record.first_seen_at)}."
    return " ".join([seen, *_gate(record, mine, who), *_removal(record, mine, who)])


def _gate(record: IssueRecord, events: Sequence[HistoryEvent], who: Who) -> list[str]:
    held = next((one for one in events if one.kind is EventKind.HELD), None)
    was_held = held is not None and record.gate is not Gate.HELD
    before = [f"It was held {_at(held)}: {_quiet(held.detail)}."] if held is not None and was_held else []
    now = _gate_now(record, events, who)
    return [*before, now] if now else before


def _gate_now(record: IssueRecord, events: Sequence[HistoryEvent], who: Who) -> str:
    """Return where an issue stands between its source and its channels."""
    reason = _quiet(record.gate_reason)
    if record.gate is Gate.WAITING:
        until = f" until {_when(record.gate_until)}" if record.gate_until is not None else ""
        return f"It is not published yet{until}: {reason or 'it was not looked at yet'}."
    if record.gate is Gate.HELD:
        return f"It is held until an admin decides: {reason}."
    decided = next((one for one in reversed(events) if one.kind.value == record.gate.value), None)
    by = f", decided by {who(decided.user_id)}" if decided is not None and decided.user_id is not None else ""
    if record.gate is not Gate.FILED:
        return f"It was released {_when(record.released_at)}{by}." if record.released_at is not None else ""
    if reason:
        return f"It was filed, not posted{by}: {reason}."
    return f"It was there before Herald first read **{_name(record.newsletter)}**, so it was filed, not posted."


def _removal(record: IssueRecord, events: Sequence[HistoryEvent], who: Who) -> list[str]:
    last = next((one for one in reversed(events) if _is_of_removal(one)), None)
    if record.removed_at is not None:
        by = f", as {who(last.user_id)} decided" if last is not None and last.user_id is not None else ""
        return [f"Its file left the source, so it was taken back {_when(record.removed_at)}{by}."]
    if last is None:
        return []
    if last.kind is EventKind.KEPT:
        return [f"Its file left the source; {who(last.user_id)} decided to keep what was posted."]
    if last.kind is EventKind.MISSING:
        return ["Its file left the source; what becomes of its messages is held until an admin decides."]
    return []


def _is_of_removal(event: HistoryEvent) -> bool:
    return event.kind in {EventKind.MISSING, EventKind.KEPT} or _takes_back(event)


def _takes_back(event: HistoryEvent) -> bool:
    return event.kind in {EventKind.REMOVED, EventKind.RETURNED} and not event.items


# one channel


def channel_story(account: Account, who: Who) -> str:
    """Return what became of an item, or of an issue's header, in one channel."""
    if not account.deliveries:
        return _not_planned(account)
    return " ".join(_message_story(account, each, who) for each in account.deliveries)


def summary(account: Account, who: Who) -> str:
    """Return what became of a whole issue in one channel: how many messages, and what was left out."""
    if not account.deliveries:
        return _not_planned(account)
    told = [*_standing(account, who), *_outstanding(account), *_left_out(account, who)]
    return " ".join(told) or f"Not posted in <#{account.channel_id}>: what was planned there was dropped."


def _standing(account: Account, who: Who) -> list[str]:
    """Return how many messages stand in the channel, and how many of them are struck through."""
    done = [one.done for one in account.deliveries]
    told: list[str] = []
    first = min((_posted_at(one) for one in account.deliveries if one.message_id is not None), default=None)
    if first is not None:
        reason = _reason(account, account.deliveries[0], who)
        stand = counted(done.count(Wanted.SHOWN), "message")
        told.append(f"Posted in <#{account.channel_id}> {_when(first)}{reason}: {stand} stand there.")
    if back := done.count(Wanted.WITHDRAWN):
        told.append(f"{counted(back, 'message')} marked as withdrawn.")
    return told


def _outstanding(account: Account) -> list[str]:
    """Return how many messages are still to be posted, and how many Discord refused."""
    place = f"<#{account.channel_id}>"
    waiting = [one for one in account.deliveries if one.state in _UNDER_WAY and one.done is None]
    refused = [one for one in account.deliveries if one.state is State.FAILED]
    told: list[str] = []
    if waiting:
        told.append(f"{counted(len(waiting), 'message')} still to be posted in {place}{_delay(account, waiting[0])}.")
    if refused:
        told.append(f"Discord refused {counted(len(refused), 'message')} in {place}: {_quiet(refused[0].error)}.")
    return told


def _left_out(account: Account, who: Who) -> list[str]:
    """Return what an admin took back last, and what the channel's filter leaves out."""
    taken_back = [one for one in account.events if one.kind is EventKind.RETRACTED]
    filtered = [one for one in account.events if one.kind is EventKind.FILTERED and one.items]
    return [
        *(_retracted(one, who) for one in taken_back[-1:]),
        *(f"{counted(len(one.items), 'item')} left out: {one.detail}." for one in filtered),
    ]


def _not_planned(account: Account) -> str:
    place = f"<#{account.channel_id}>"
    told = _why_left_out(account)
    if told is not None and told.kind is EventKind.TOO_LATE:
        return f"Not posted in {place}: it was added to its issue long after that was posted."
    if told is not None and (account.item_id is not None or not told.items):
        return f"Not posted in {place}: {told.detail}."
    if account.gate in {Gate.WAITING, Gate.HELD}:
        return f"Not posted in {place} so far."
    if (since := _followed_after_release(account)) is not None:
        return f"Not posted in {place}, which follows **{_name(account.newsletter)}** only since {_when(since)}."
    return f"Not posted in {place}."


def _why_left_out(account: Account) -> HistoryEvent | None:
    """Return the decision of the channel's filter or of lateness that an item met last, or the issue."""
    mine = [one for one in account.events if account.item_id is None or one.is_about(account.item_id)]
    return next((one for one in reversed(mine) if one.kind in {EventKind.FILTERED, EventKind.TOO_LATE}), None)


def _followed_after_release(account: Account) -> dt.datetime | None:
    """Return since when the channel follows, where its issue was released before that."""
    since = account.subscription.created_at if account.subscription is not None else None
    is_older = since is not None and account.released_at is not None and account.released_at < since
    return since if is_older else None


def _message_story(account: Account, delivery: Delivery, who: Who) -> str:
    place = f"<#{account.channel_id}>"
    mine = [one for one in account.events if one.delivery_id == delivery.id]
    if delivery.message_id is None:
        return _unposted(account, delivery, mine, who)
    late = " It was added to its issue later." if delivery.is_late else ""
    told = [f"Posted in {place} {_when(_posted_at(delivery))}{_reason(account, delivery, who)}.{late}"]
    told += _edits(account, mine, who)
    told += _end(account, delivery, mine, who)
    return " ".join(told)


def _unposted(account: Account, delivery: Delivery, mine: Sequence[HistoryEvent], who: Who) -> str:
    place = f"<#{account.channel_id}>"
    if delivery.state is State.FAILED:
        at = next((f" {_at(one)}" for one in reversed(mine) if one.kind is EventKind.REFUSED), "")
        return f"Discord refused it in {place}{at}: {_quiet(delivery.error)}. /resume tries it again."
    if delivery.state in {State.PENDING, State.SENDING}:
        return f"It is to be posted in {place}{_delay(account, delivery)}."
    retracted = next((one for one in reversed(account.events) if _retracts(one, account.item_id)), None)
    if retracted is not None:
        return f"Not posted in {place}. {_retracted(retracted, who)}"
    if delivery.error:
        return f"Not posted in {place}: {_quiet(delivery.error)}."
    return f"Not posted in {place}: its author took it out of the issue before."


def _reason(account: Account, delivery: Delivery, who: Who) -> str:
    """Return why a message was posted, as the end of a sentence."""
    if (repost := _repost_of(account, delivery)) is not None:
        return f", because {who(repost.user_id)} reposted it"
    name = _name(account.newsletter)
    # Backfilled: it was never released, or for others before.
    if account.released_at is None or _followed_after_release(account) is not None:
        return f", as one of the newest issues when the channel began to follow **{name}**"
    return f", because the channel follows **{name}**"


def _repost_of(account: Account, delivery: Delivery) -> HistoryEvent | None:
    """Return the act that had a message posted again; None where it is the first of its kind."""
    reposts = [one for one in account.events if one.kind is EventKind.REPOSTED]
    mine = [one for one in reposts if account.item_id is None or one.is_about(account.item_id)]
    if not delivery.generation or not mine:
        return None
    posted = next((one.id for one in account.events if one.delivery_id == delivery.id), None)
    return next((one for one in reversed(mine) if posted is None or one.id < posted), mine[0])


def _delay(account: Account, delivery: Delivery) -> str:
    """Return what a message that is still to be posted waits for, as the end of a sentence."""
    subscription = account.subscription
    if subscription is not None and subscription.paused_at is not None:
        return ", which is paused"
    if account.blocked:
        return f": {_quiet(account.blocked)}"
    if delivery.error:
        return f"; Discord put it off: {_quiet(delivery.error)}"
    if subscription is not None and subscription.quiet_until is not None:
        return f", which is quiet until {_when(subscription.quiet_until)}"
    if delivery.not_before is not None:
        return f" {_when(delivery.not_before)}"
    return " in its turn"


def _edits(account: Account, mine: Sequence[HistoryEvent], who: Who) -> list[str]:
    """Return when the message was edited and why, the last times one by one; not when only its links were filled in."""
    told = [_edit(account, mine, one, who) for one in mine if one.kind in {EventKind.EDITED, EventKind.RESTORED}]
    told = [sentence for sentence in told if sentence]
    earlier = len(told) - EDITS
    return [*([f"Edited {counted(earlier, 'time')} before."] if earlier > 0 else []), *told[-EDITS:]]


def _edit(account: Account, mine: Sequence[HistoryEvent], edit: HistoryEvent, who: Who) -> str:
    is_back = edit.kind is EventKind.RESTORED
    before = max((one.id for one in mine if one.id < edit.id and one.kind in _SHOWN), default=0)
    causes = [one for one in account.events if before < one.id < edit.id]
    reason = _cause(account, causes, who, is_back=is_back)
    return f"{'Shown again' if is_back else 'Edited'} {_at(edit)}, {reason}." if reason else ""


def _cause(account: Account, causes: Sequence[HistoryEvent], who: Who, *, is_back: bool) -> str:
    """Return which change of the source, or which person, made a message look otherwise; "" for a header's links."""
    acts = [one for one in causes if one.kind is (EventKind.REPOSTED if is_back else EventKind.RETRACTED)]
    if is_back and acts:
        return f"because {who(acts[-1].user_id)} reposted it"
    is_item = account.item_id is not None
    found = [one for one in causes if one.kind in _CAUSES and _concerns(one, account.item_id)]
    if parts := dict.fromkeys(_change(one, is_item=is_item) for one in found):
        return f"because its author {' and '.join(parts)}"
    if is_item:
        return "to bring what stands beside its text up to date"
    if acts and acts[-1].items:
        return f"because {who(acts[-1].user_id)} withdrew {counted(len(acts[-1].items), 'item')}"
    return ""


def _concerns(event: HistoryEvent, item_id: int | None) -> bool:
    """Whether a change of the source is seen on an item's message; on a header each is."""
    return item_id is None or (event.is_about(item_id) and (bool(event.items) or event.kind is EventKind.RETURNED))


def _change(event: HistoryEvent, *, is_item: bool) -> str:
    if event.kind is EventKind.RETURNED:
        return "brought the issue back"
    if is_item:
        return {EventKind.CHANGED: "changed it", EventKind.ADDED: "brought it back", EventKind.REMOVED: "took it out"}[
            event.kind
        ]
    if event.kind is EventKind.CHANGED and not event.items:
        return f"changed the issue's {event.detail}"
    did = {EventKind.CHANGED: "changed", EventKind.ADDED: "added", EventKind.REMOVED: "took out"}[event.kind]
    return f"{did} {counted(len(event.items), 'item')}" if event.items else "took the issue back"


def _end(account: Account, delivery: Delivery, mine: Sequence[HistoryEvent], who: Who) -> list[str]:
    """Return what became of the message in the end, where it is not shown any more."""
    last = next(
        (one for one in reversed(mine) if one.kind in {EventKind.WITHDRAWN, EventKind.DELETED, EventKind.LOST}), None
    )
    if delivery.done in {Wanted.SHOWN, None} or last is None:
        return []
    if last.kind is EventKind.LOST:
        return [f"A person deleted the message; Herald noticed {_at(last)} and does not post it again."]
    did = "Marked as withdrawn" if last.kind is EventKind.WITHDRAWN else "Deleted"
    return [f"{did} {_at(last)}, because {_why_taken_back(account, last, who)}."]


def _why_taken_back(account: Account, end: HistoryEvent, who: Who) -> str:
    causes = [one for one in account.events if one.id < end.id and (_takes_out(one, account) or _is_act(one, account))]
    if causes and causes[-1].kind is EventKind.RETRACTED:
        return f"{who(causes[-1].user_id)} withdrew it"
    if causes and not causes[-1].items:
        return "its issue's file left the source"
    return "its author took it out of the issue"


def _takes_out(event: HistoryEvent, account: Account) -> bool:
    return event.kind is EventKind.REMOVED and (not event.items or account.item_id in event.items)


def _is_act(event: HistoryEvent, account: Account) -> bool:
    return _retracts(event, account.item_id)


def _retracts(event: HistoryEvent, item_id: int | None) -> bool:
    is_mine = not event.items or item_id in event.items
    return event.kind is EventKind.RETRACTED and is_mine


def _retracted(event: HistoryEvent, who: Who) -> str:
    what = counted(len(event.items), "item") if event.items else "all of it"
    return f"{who(event.user_id).capitalize()} withdrew {what} {_at(event)}."


# words


def _posted_at(delivery: Delivery) -> dt.datetime:
    return discord.utils.snowflake_time(delivery.message_id or 0)


def _at(event: HistoryEvent) -> str:
    return _when(event.at) if event.at is not None else ""


def _when(moment: dt.datetime) -> str:
    return discord.utils.format_dt(moment, "f")


def _name(newsletter: str) -> str:
    return plain_inline(cut(newsletter, 100))


def _quiet(reason: str) -> str:
    """Return a reason as a part of a sentence: without a full stop of its own, and nothing that could be formatted."""
    return plain_inline(cut(" ".join(reason.split()), 300)).rstrip(".")
