"""What a channel's admins read while nothing may be posted: why, and the moment at which it goes on."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from storage.layouts import Origin
from storage.options import Options, parse_hours
from storage.records import NOTHING_TO_PUBLISH, Subscription, ToPublish
from ui.locales import words_of
from ui.resting import publishing_line, quiet_line, rest_clause, rest_line

EN = words_of("en")
NIGHT = Options(quiet_hours=parse_hours("22:00-07:00"), time_zone="Europe/Berlin", messages_per_hour=5)


def resting(options: Options, until: dt.datetime | None) -> Subscription:
    return Subscription(
        id=1, newsletter="N", channel_id=7, guild_id=1, origin=Origin.DISCORD, options=options, backfill=0,
        created_at=at("2026-01-01T00:00"), backfilled_at=None, paused_at=None, waiting_since=None, waiting_reason=None,
        quiet_until=until, removed_at=None,
    )  # fmt: skip


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def moment(line: str) -> dt.datetime:
    [stamp] = re.findall(r"<t:(\d+):f>", line)
    return dt.datetime.fromtimestamp(int(stamp), dt.UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-03-02T22:30", "2026-03-03T06:00"),  # over midnight, in winter
        ("2026-03-28T22:30", "2026-03-29T05:00"),  # summer time begins in this night
        ("2026-10-24T21:30", "2026-10-25T06:00"),  # and ends in this one
        ("2026-10-25T00:30", "2026-10-25T06:00"),
    ],
)
def test_quiet_hours_say_when_they_end(now: str, ends: str) -> None:
    line = rest_line(resting(NIGHT, at(ends)), at(now), EN)
    assert line.startswith("🌙 quiet hours: what is waiting will be posted on <t:")
    assert line == quiet_line(NIGHT, at(now), EN)
    assert moment(line) == at(ends)
    assert "quiet hours last until" in rest_clause(resting(NIGHT, at(ends)), at(now), EN)


def test_a_limit_an_hour_is_not_called_quiet() -> None:
    one = resting(NIGHT, at("2026-03-02T13:20"))
    line = rest_line(one, at("2026-03-02T12:30"), EN)
    assert line.startswith("⏱️ at most 5 messages an hour: the next one will be posted on <t:")
    assert moment(line) == at("2026-03-02T13:20")
    assert "at most 5 messages an hour are posted" in rest_clause(one, at("2026-03-02T12:30"), EN)


def test_what_is_over_is_not_told() -> None:
    one = resting(NIGHT, at("2026-03-03T06:00"))
    assert rest_line(one, at("2026-03-03T06:00"), EN) == rest_clause(one, at("2026-03-03T06:00"), EN) == ""
    assert rest_line(resting(NIGHT, None), at("2026-03-02T23:00"), EN) == ""


def test_what_followers_still_wait_for() -> None:
    assert publishing_line(NOTHING_TO_PUBLISH, EN) == ""
    assert publishing_line(ToPublish(1), EN) == "📣 1 message still to publish to followers"
    line = publishing_line(ToPublish(4, at("2026-03-02T13:20")), EN)
    assert line.startswith("📣 4 messages still to publish to followers, the next one on <t:")
    assert moment(line) == at("2026-03-02T13:20")
