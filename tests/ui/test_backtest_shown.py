"""What "Try the filter" shows: what passes by itself, a reason once with all that it left out."""

from __future__ import annotations

from dataclasses import replace

from making import issue, item

from storage.filtering import Filter
from ui.backtest import backtest_embed, backtest_pages, tried
from ui.locales import words_of


def test_a_reason_that_several_share_is_said_once() -> None:
    titles = ("Otters at night", "Stone", "Kelp", "Old tides")
    record = issue()
    record = replace(record, issue=replace(record.issue, items=tuple(item(title).item for title in titles)))
    conditions = Filter(words_any=("otters", "tides"), words_none=("old",))
    found = [tried(record, conditions)]
    [page] = backtest_pages(found, words_of("en"))
    assert page.split("\n") == [
        "**Issue 7** · passed: 1 of 4",
        "✅ Otters at night · otters",
        "🚫 has none of the words **otters, tides**: Stone · Kelp",
        "🚫 Old tides · has **old**",
    ]
    assert backtest_embed(found, 1, words_of("en")).footer.text == "Passed: 1 of 4, in 1 issue"
