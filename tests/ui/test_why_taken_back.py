"""Who /why names for a message that was taken back, where several causes came and went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from storage.history import EventKind, HistoryEvent
from storage.options import Options
from storage.records import Action, Delivery, Gate, State, Wanted
from ui.locales import answering
from ui.why import channel_story
from ui.why_account import Account
from ui.why_issue import mentioned

ITEM, DELIVERY, ADMIN = 5, 9, 77
_NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
_REMOVED_ISSUE = (EventKind.REMOVED, ())
_REMOVED_ITEM = (EventKind.REMOVED, (ITEM,))
_RETURNED = (EventKind.RETURNED, ())
_ADDED = (EventKind.ADDED, (ITEM,))
_RETRACTED = (EventKind.RETRACTED, (ITEM,))
_REPOSTED = (EventKind.REPOSTED, (ITEM,))
_BY_ADMIN, _BY_FILE, _BY_AUTHOR = f"<@{ADMIN}> withdrew it", "its issue's file was removed", "its author took it out"


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ([_RETRACTED, _REMOVED_ISSUE, _RETURNED], _BY_ADMIN),
        ([_RETRACTED, _REMOVED_ITEM, _ADDED], _BY_ADMIN),
        ([_REMOVED_ITEM, _RETRACTED, _REPOSTED], _BY_AUTHOR),
        ([_RETRACTED, _REPOSTED, _REMOVED_ISSUE], _BY_FILE),
        ([_REMOVED_ISSUE, _RETURNED, _RETRACTED], _BY_ADMIN),
        ([_REMOVED_ITEM, _RETURNED], _BY_AUTHOR),
    ],
)
def test_what_was_undone_before_the_message_was_taken_back_is_not_its_reason(
    before: Sequence[tuple[EventKind, tuple[int, ...]]], reason: str
) -> None:
    told = [
        HistoryEvent(kind=kind, items=items, user_id=ADMIN, at=_NOW, id=number)
        for number, (kind, items) in enumerate(before)
    ]
    end = HistoryEvent(kind=EventKind.WITHDRAWN, items=(ITEM,), delivery_id=DELIVERY, at=_NOW, id=len(before))
    account = Account(
        channel_id=1, newsletter="Tech", item_id=ITEM, deliveries=[_withdrawn()], events=[*told, end], released_at=_NOW
    )
    assert f"Marked as withdrawn on <t:{int(_NOW.timestamp())}:f>, because {reason}" in channel_story(
        account, mentioned
    )


def test_of_several_causes_that_which_lasts_is_named() -> None:
    kinds = [_REMOVED_ITEM, _REMOVED_ISSUE, (EventKind.WITHDRAWN, (ITEM,)), _RETURNED]
    account = _account(kinds)
    assert f"because {_BY_AUTHOR}" in channel_story(account, mentioned)
    account = replace(account, events=account.events[1:])
    assert f"because {_BY_FILE}" in channel_story(account, mentioned)


@pytest.mark.parametrize(
    ("kind", "told"), [(EventKind.WITHDRAWN, "; it still is, because"), (EventKind.DELETED, "; it stays away, because")]
)
def test_what_came_after_the_message_was_taken_back_and_lasts_is_named(kind: EventKind, told: str) -> None:
    kinds = [_REMOVED_ISSUE, (kind, (ITEM,)), _RETURNED, _REMOVED_ITEM]
    account = _account(kinds)
    assert f"{told} {_BY_AUTHOR}" in channel_story(account, mentioned)


def test_a_repost_that_was_withdrawn_before_it_was_posted_does_not_deny_the_first_message() -> None:
    repost = replace(_withdrawn(), id=DELIVERY + 1, generation=1, state=State.SKIPPED, message_id=None)
    retracted = HistoryEvent(kind=EventKind.RETRACTED, items=(ITEM,), user_id=ADMIN, at=_NOW, id=2)
    reposted = HistoryEvent(kind=EventKind.REPOSTED, items=(ITEM,), user_id=ADMIN, at=_NOW, id=1)
    account = Account(
        channel_id=1, newsletter="Tech", item_id=ITEM, deliveries=[_withdrawn(), repost], events=[reposted, retracted],
        released_at=_NOW,
    )  # fmt: skip
    story = channel_story(account, mentioned)
    assert story.startswith("Posted in <#1>")
    assert story.endswith("Its repost in <#1> was withdrawn before it was posted.")
    assert "Not posted" not in story


@pytest.mark.parametrize(
    ("language", "later", "blocked"),
    [
        ("en", "It will be posted in <#1> on <t:", "It will be posted in <#1>: closed."),
        ("zh", "将发布到 <#1>（<t:", "将发布到 <#1>（closed）。"),
    ],
)
def test_when_or_why_not_yet_is_a_part_of_the_sentence(language: str, later: str, blocked: str) -> None:
    waiting = replace(_withdrawn(), state=State.PENDING, done=None, message_id=None, not_before=_NOW)
    account = replace(_account([]), deliveries=[waiting])
    with answering(language):
        assert channel_story(account, mentioned).startswith(later)
        assert channel_story(replace(account, blocked="closed"), mentioned) == blocked


def _account(kinds: Sequence[tuple[EventKind, tuple[int, ...]]]) -> Account:
    events = [
        HistoryEvent(kind=kind, items=items, delivery_id=DELIVERY, at=_NOW, id=number)
        for number, (kind, items) in enumerate(kinds)
    ]
    return Account(
        channel_id=1, newsletter="Tech", item_id=ITEM, deliveries=[_withdrawn()], events=events, released_at=_NOW
    )


def _withdrawn() -> Delivery:
    return Delivery(
        id=DELIVERY, subscription_id=1, newsletter="Tech", channel_id=1, guild_id=1, options=Options(), issue_id=1,
        item_id=ITEM, is_list=False, in_thread=False, generation=0, position=0, action=Action.WITHDRAW,
        state=State.SENT, wanted=Wanted.WITHDRAWN, done=Wanted.WITHDRAWN, nonce="", mark="", message_id=1,
        thread_id=None, content_hash=None, is_late=False, attempts=1, error="", not_before=None, planned_at=_NOW,
        sending_at=None, last_message_id=None, done_at=_NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        (Gate.FILED, ", as one of the newest issues when **Tech** was set up there"),
        # Killed between planning the issue and opening its gate.
        (Gate.WAITING, ", because **Tech** is followed there"),
    ],
)
def test_only_an_issue_from_before_was_posted_as_one_of_the_newest(gate: Gate, reason: str) -> None:
    account = replace(_account([(EventKind.WITHDRAWN, (ITEM,))]), gate=gate, released_at=None)
    assert reason in channel_story(account, mentioned)
