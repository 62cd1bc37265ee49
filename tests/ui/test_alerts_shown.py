"""Alerts: the list and the message."""

from __future__ import annotations

from unittest.mock import Mock

import discord
import pytest
from making import NOW, issue, item, message, parts, size

from cogs._clues import clues_of, named
from search.alert_matching import Outlook
from storage.alert_outbox import AlertDelivery
from storage.alerts import PER_MEMBER, Alert
from storage.records import State
from ui import limits
from ui.alert_message import alert_embed, alert_view
from ui.alerts import closed_notice, list_embed, list_view, mark_of_alert, outlook_text, queries


def alert(number: int, query: str) -> Alert:
    return Alert(id=number, user_id=1, guild_id=2, query=query, created_at=NOW)


def delivery(*matches: tuple[str, tuple[int, ...]]) -> AlertDelivery:
    return AlertDelivery(
        id=5, user_id=1, issue_id=1, guild_id=2, matches=matches, state=State.SENDING, nonce="ab12-a5", mark="ab12-a5",
        attempts=1, error="", not_before=None, planned_at=NOW, channel_id=None, sending_at=NOW, message_id=None,
        done_at=None, round=0,
    )  # fmt: skip


def test_the_message_names_each_item_once_with_what_it_matches() -> None:
    owed = delivery(("otter", (1, 2)), ('"sea *otter*"', (2,)))
    embed = alert_embed(owed, issue(), [item("One"), item("Two", number=2)], {2: "https://discord.com/channels/1/2/3"})
    assert embed.title == "2 new items match your alerts"
    assert embed.description == (
        "**[One](https://site.example/1)**\n-# News · otter\n\n"
        "**[Two](https://site.example/2)**\n"
        r'-# News · otter · "sea \*otter\*" · [Go to the message](https://discord.com/channels/1/2/3)'
    )
    assert embed.footer.text == "Tech · Issue 7 · 6 Nov 2023"
    assert alert_embed(owed, issue(), [item("One")], {}).title == "1 new item matches your alerts"


def test_the_largest_message_keeps_to_the_limits() -> None:
    owed = delivery(*((f"{n}" * 248, tuple(range(1, 41))) for n in range(20)))
    items = [item("t" * 900, number=n, url="https://site.example/" + "u" * 1900) for n in range(1, 41)]
    embed = alert_embed(owed, issue("i" * 900), items, {})
    assert len(embed.description or "") <= limits.EMBED_DESCRIPTION
    assert size(embed) <= limits.EMBED_TOTAL
    assert "more" in (embed.description or "")[-20:]


def test_the_message_carries_its_identity() -> None:
    view = alert_view(delivery(("otter", (1,))), issue(url="https://tech.example/7"))
    rows = parts(view)
    assert [part["label"] for part in rows[0]["components"]] == ["Read the issue", "My alerts", "Remove this alert"]
    found = Mock(spec=discord.Message)
    found.components = [Mock(children=[Mock(custom_id=None), Mock(custom_id=rows[0]["components"][1]["custom_id"])])]
    assert mark_of_alert(found) == "ab12-a5"
    found.components = [Mock(children=[Mock(custom_id="alert:add"), Mock(custom_id="related:ab12-a5")])]
    assert mark_of_alert(found) is None


def test_the_list_shows_queries_literally_and_fits() -> None:
    mine = [alert(number, f"*{'q' * 240}* {number}") for number in range(PER_MEMBER)]
    embed = list_embed(mine)
    assert r"1. \*qqq" in (embed.description or "")
    assert len(embed.description or "") <= limits.EMBED_DESCRIPTION
    assert embed.footer.text == "20 of 20"
    [row] = parts(list_view(mine))
    menu = row["components"][0]
    assert (menu["min_values"], menu["max_values"], len(menu["options"])) == (1, 20, 20)
    assert all(len(option["label"]) <= limits.SELECT_TEXT for option in menu["options"])
    assert parts(list_view([])) == []
    assert queries(mine).endswith(" and 17 more")
    assert len(queries(mine)) < 600


@pytest.mark.parametrize(
    ("waiting", "said"), [(0, "cannot reach you"), (1, "1 alert is waiting"), (3, "3 alerts are waiting")]
)
def test_closed_messages_are_told_with_what_to_do(waiting: int, said: str) -> None:
    assert said in closed_notice(waiting)
    assert "Privacy Settings" in closed_notice(waiting)


def test_a_message_is_read_with_its_embeds_and_without_its_signs() -> None:
    embed = discord.Embed(title="Title", url="https://a.example/1", description="See [this](https://b.example/2).")
    found = clues_of(message("Hello <@123> <:cat:45> <t:99:R> https://c.example/3, [x](<https://d.example/4>)", embed))
    assert found.titles == ("Title",)
    assert found.urls == ("https://a.example/1", "https://c.example/3", "https://d.example/4", "https://b.example/2")
    assert found.text.split() == ["Hello", "x", "See", "this."]
    assert named(message("", embed)) == "Title"
    assert named(message("<@123>")) == "this message"


def test_the_message_shows_the_words_that_matched() -> None:
    long = "It begins elsewhere. " * 20 + "Then otters swim in the *sea* at night. And it goes on."
    owed = delivery(("otter night", (1,)))
    record = item("One", text=long)
    text = alert_embed(owed, issue(), [record], {}).description or ""
    assert r"Then **otters** swim in the \*sea\* at **night**" in text
    assert (
        "**"
        not in (alert_embed(delivery(("in:Tech", (1,))), issue(), [record], {}).description or "").split("\n", 1)[1]
    )


@pytest.mark.parametrize(
    ("outlook", "said"),
    [
        (Outlook(items=0, issues=0, all_items=0), "there is no estimate"),
        (Outlook(items=0, issues=0, all_items=50), "Nothing matched it in the last year."),
        (Outlook(items=3, issues=1, all_items=50), "you would have been notified once, about 3 items."),
        (Outlook(items=45, issues=12, all_items=50), "12 times, about 45 items.\n⚠️ That is nearly everything: 9 of 10"),
        (Outlook(items=4, issues=2, all_items=50, is_older=True), "before that you would have been notified 2 times"),
        (Outlook(items=4, issues=2, all_items=4), "you would have been notified 2 times, about 4 items."),
    ],
)
def test_a_new_alert_says_how_often_it_would_have_rung(outlook: Outlook, said: str) -> None:
    assert said in outlook_text(outlook)
    assert ("⚠️" in outlook_text(outlook)) is ("⚠️" in said)
