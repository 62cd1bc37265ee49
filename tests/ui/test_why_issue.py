"""What /why says of an issue before any channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import issue

from storage.records import Gate
from ui.locales import answering
from ui.why_issue import issue_story, mentioned


def test_an_issue_from_before_is_not_called_unposted_where_it_was_posted_all_the_same() -> None:
    record = replace(issue(), gate=Gate.FILED, gate_reason="", released_at=None)
    assert "so it was filed, not posted." in issue_story(record, [], mentioned)
    posted = issue_story(record, [], mentioned, is_posted=True)
    assert "It was there before Herald first read **" in posted
    assert "not posted" not in posted
    aged = replace(record, gate_reason="older than 30 days")
    assert "It was filed, not posted: older than 30 days." in issue_story(aged, [], mentioned, is_posted=True)


@pytest.mark.parametrize(("language", "between"), [("en", ". It "), ("ja", "です。Herald"), ("zh", "。早在")])
def test_a_space_is_between_two_sentences_where_the_language_has_one(language: str, between: str) -> None:
    with answering(language):
        told = issue_story(replace(issue(), gate=Gate.FILED, gate_reason=""), [], mentioned)
    assert between in told
    assert ("。 " in told) is False


def test_an_issue_is_not_called_unpublished_where_its_messages_came_before_its_gate_was_opened() -> None:
    record = replace(issue(), gate=Gate.WAITING, gate_reason="", released_at=None)
    assert "not published yet" in issue_story(record, [], mentioned)
    assert "not published yet" not in issue_story(record, [], mentioned, is_posted=True)
    embargoed = replace(record, gate_reason="published in the future")
    assert "not published yet" in issue_story(embargoed, [], mentioned, is_posted=True)
