"""The list of /following: an entry's state does not run into the next entry."""

from __future__ import annotations

import datetime as dt

from storage.layouts import Origin
from storage.options import Options
from storage.records import Subscription
from ui.following import ListedSubscription, list_embed
from ui.locales import words_of

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def listed(number: int, fault: str = "") -> ListedSubscription:
    one = Subscription(
        id=number, newsletter=f"N{number}", channel_id=number, guild_id=1, origin=Origin.DISCORD, options=Options(),
        backfill=0, created_at=NOW, backfilled_at=None, paused_at=None, waiting_since=None, waiting_reason=None,
        quiet_until=None, removed_at=None,
    )  # fmt: skip
    return ListedSubscription(one, f"c{number}", fault)


def test_entries_stand_apart_where_one_has_a_state() -> None:
    words = words_of("en")
    short = list_embed([listed(1), listed(2)], 1, words).description or ""
    assert len(short.split("\n")) == 2
    long = list_embed([listed(1, "No way in."), listed(2)], 1, words).description or ""
    assert long.split("\n\n")[1].startswith("<#2> follows **N2**")
