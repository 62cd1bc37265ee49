"""What happened to an issue before any channel, and what the answers of `/why` share: names, times, reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import discord

from digest.render.markdown import cut, plain_inline
from storage.history import EventKind, HistoryEvent
from storage.records import Gate, IssueRecord
from ui.locales import N_, spoken

Who = Callable[[int | None], str]  # returns a user's name: for admins, a mention


def nobody(user_id: int | None) -> str:
    """Return a text that does not name the admin, for members."""
    del user_id
    return spoken()("an admin")


def mentioned(user_id: int | None) -> str:
    """Return a mention of the admin, for admins."""
    return f"<@{user_id}>" if user_id is not None else spoken()("an admin")


def issue_story(record: IssueRecord, events: Sequence[HistoryEvent], who: Who, *, is_posted: bool = False) -> str:
    """Return what happened to an issue before it reached any channel: seen, waiting, held, filed, released, removed.

    `is_posted` is whether a channel in the answer has it: even a filed issue may have been posted.
    """
    mine = [one for one in events if one.subscription_id is None]
    words = spoken()
    seen = words("Herald first saw this issue on {when}.", when=when_of(record.first_seen_at))
    return words.sentences([seen, *_gate(record, mine, who, is_posted=is_posted), *_removal(record, mine, who)])


def _gate(record: IssueRecord, events: Sequence[HistoryEvent], who: Who, *, is_posted: bool) -> list[str]:
    held = next((one for one in events if one.kind is EventKind.HELD), None)
    was_held = held is not None and record.gate is not Gate.HELD
    before: list[str] = []
    if held is not None and was_held:
        before.append(spoken()("It was held on {when}: {reason}.", when=at_of(held), reason=quietly(held.detail)))
    if is_posted and record.gate is Gate.FILED and not record.gate_reason:
        text = N_("It was there before Herald first read **{newsletter}**.")
        return [*before, spoken()(text, newsletter=name_of(record.newsletter))]
    # A kill between planning an issue and opening its gate leaves it posted, and waiting without a reason.
    is_opening = is_posted and record.gate is Gate.WAITING and not record.gate_reason
    now = "" if is_opening else _gate_now(record, events, who)
    return [*before, now] if now else before


def _gate_now(record: IssueRecord, events: Sequence[HistoryEvent], who: Who) -> str:
    """Return an issue's state between its source and its channels."""
    words, reason = spoken(), quietly(record.gate_reason)
    if record.gate is Gate.WAITING:
        reason = reason or words("it was not looked at yet")
        if record.gate_until is None:
            return words("It is not published yet: {reason}.", reason=reason)
        until = when_of(record.gate_until)
        return words("It is not published yet, until {when}: {reason}.", when=until, reason=reason)
    if record.gate is Gate.HELD:
        return words("It is held until an admin decides: {reason}.", reason=reason)
    decided = next((one for one in reversed(events) if one.kind.value == record.gate.value), None)
    person = who(decided.user_id) if decided is not None and decided.user_id is not None else ""
    if record.gate is not Gate.FILED:
        return _released(record, person)
    if not reason:
        return words(
            "It was there before Herald first read **{newsletter}**, so it was filed, not posted.",
            newsletter=name_of(record.newsletter),
        )
    by = N_("It was not posted: {person} filed it as read.")
    return words(by if person else N_("It was filed, not posted: {reason}."), person=person, reason=reason)


def _released(record: IssueRecord, person: str) -> str:
    """Return when an issue was released, and who decided it; "" if it never was."""
    if record.released_at is None:
        return ""
    words, when = spoken(), when_of(record.released_at)
    if person:
        return words("It was released on {when}, decided by {person}.", when=when, person=person)
    return words("It was released on {when}.", when=when)


def _removal(record: IssueRecord, events: Sequence[HistoryEvent], who: Who) -> list[str]:
    words = spoken()
    last = next((one for one in reversed(events) if _is_of_removal(one)), None)
    person = who(last.user_id) if last is not None else ""
    if record.removed_at is not None:
        when = when_of(record.removed_at)
        if last is None or last.user_id is None:
            return [words("Its file was removed from the source, so it was taken back on {when}.", when=when)]
        return [
            words(
                "Its file was removed from the source, so it was taken back on {when}, as {person} decided.",
                when=when,
                person=person,
            )
        ]
    if last is None:
        return []
    if last.kind is EventKind.KEPT:
        return [words("Its file was removed from the source; {person} decided to keep what was posted.", person=person)]
    if last.kind is EventKind.MISSING:
        return [
            words("Its file was removed from the source; what becomes of its messages is held until an admin decides.")
        ]
    return []


def _is_of_removal(event: HistoryEvent) -> bool:
    return event.kind in {EventKind.MISSING, EventKind.KEPT} or _takes_back(event)


def _takes_back(event: HistoryEvent) -> bool:
    return event.kind in {EventKind.REMOVED, EventKind.RETURNED} and not event.items


# shared texts


def at_of(event: HistoryEvent) -> str:
    """Return when something happened, "" if the log does not say."""
    return when_of(event.at) if event.at is not None else ""


def when_of(moment: dt.datetime) -> str:
    """Return a time as Discord shows it to each reader."""
    return discord.utils.format_dt(moment, "f")


def name_of(newsletter: str) -> str:
    """Return a newsletter's name as plain text, shortened."""
    return plain_inline(cut(newsletter, 100))


def quietly(reason: str) -> str:
    """Return a stored reason as a part of a sentence, in the user's language.

    It has no full stop of its own, and no formatting.
    """
    return plain_inline(cut(spoken().told(" ".join(reason.split())), 300)).rstrip(".。")
