from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from storage.options import (
    Hours,
    Options,
    filled,
    parse_colour,
    parse_header,
    parse_hours,
    parse_site,
    parse_time_zone,
    parse_words,
    read,
    stored,
)

BERLIN = ZoneInfo("Europe/Berlin")


def test_what_is_stored_is_read_as_it_was() -> None:
    options = Options(words_any=("a",), quiet_hours=parse_hours("22:00 - 7:30"), colour=0, pictures=False, role=5)
    assert stored(options) == {
        "role": 5, "words_any": ["a"], "colour": 0, "pictures": False, "quiet_hours": "22:00-07:30",
    }  # fmt: skip
    assert read(stored(options)) == options
    assert read({"quite_new": 1}) == Options()


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        ("22:00-07:00", "2026-03-02T21:59+01:00", None),
        ("22:00-07:00", "2026-03-02T22:00+01:00", "2026-03-03T07:00+01:00"),
        ("22:00-07:00", "2026-03-03T06:59+01:00", "2026-03-03T07:00+01:00"),
        ("22:00-07:00", "2026-03-03T07:00+01:00", None),
        ("12:00-13:30", "2026-03-03T12:10+01:00", "2026-03-03T13:30+01:00"),
        # the night to 29 March 2026 has no 02:30, that to 25 October has it twice
        ("22:00-07:00", "2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),
        ("22:00-02:30", "2026-03-28T23:00+01:00", "2026-03-29T03:30+02:00"),
        ("02:10-02:40", "2026-03-29T03:15+02:00", "2026-03-29T03:40+02:00"),
        ("22:00-07:00", "2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00"),
        ("22:00-02:30", "2026-10-25T02:10+02:00", "2026-10-25T02:30+02:00"),
        ("22:00-02:30", "2026-10-25T02:10+01:00", None),
    ],
)
def test_quiet_hours_end_whatever_the_clocks_do(hours: str, now: str, end: str | None) -> None:
    parsed = parse_hours(hours)
    assert parsed is not None
    found = parsed.end_at(dt.datetime.fromisoformat(now), BERLIN)
    assert found == (dt.datetime.fromisoformat(end) if end else None)


def test_they_always_end_later_than_now() -> None:
    hours = Hours(dt.time(23, 45), dt.time(2, 15))
    now = dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC)
    for minutes in range(0, 600, 5):
        moment = now + dt.timedelta(minutes=minutes)
        end = hours.end_at(moment, BERLIN)
        assert end is None or moment < end <= moment + dt.timedelta(hours=4)


@pytest.mark.parametrize("text", ["22", "25:00-07:00", "7:00-7:00", "22:60-07:00", "night"])
def test_what_is_no_part_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        parse_hours(text)


@pytest.mark.parametrize("text", ["{nope}", "{title.__class__}", "{title:>99999999}", "{title!r}", "{", "{0}", "{}"])
def test_a_placeholder_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\{newsletter\}, \{title\}"):
        parse_header(text)


def test_placeholders_are_filled_in() -> None:
    assert filled(parse_header(" {{x}} {title}: {items} "), title="{items}", items="3 items") == "{x} {items}: 3 items"


def test_what_people_write_is_understood() -> None:
    assert parse_words("rust, c++;  borrow  checker\nrust、東京") == ("rust", "c++", "borrow checker", "東京")
    assert parse_colour(" #5865f2 ") == 0x5865F2
    assert parse_colour("") is None
    assert parse_site("https://www.Example.org/a/b") == "example.org"
    assert parse_time_zone(" Europe/Berlin ") == "Europe/Berlin"
    assert [parse_time_zone(text) for text in ("europe/berlin", "berlin", "New York", "utc")] == [
        "Europe/Berlin", "Europe/Berlin", "America/New_York", "UTC",
    ]  # fmt: skip
    assert parse_hours("") is None


@pytest.mark.parametrize(
    ("parse", "text"),
    [(parse_words, ",".join(map(str, range(26)))), (parse_words, "x" * 101), (parse_colour, "red"),
     (parse_site, "example"), (parse_time_zone, "Mars/Base"), (parse_header, "x" * 501)],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(parse, text: str) -> None:
    with pytest.raises(ValueError, match=r"write|keep"):
        parse(text)


@pytest.mark.parametrize("typed", ["22-7", "10pm-7am", "10 PM – 7 AM", "22 to 7", "22:00～07:00", "22.00 bis 7.00"])
def test_quiet_hours_are_read_as_people_write_them(typed: str) -> None:
    assert str(parse_hours(typed)) == "22:00-07:00"


@pytest.mark.parametrize("typed", ["24-7", "13pm-7am", "0am-7am", "22-7-9", "22:60-7", "night", "22"])
def test_what_is_no_time_of_day_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a time range"):
        parse_hours(typed)


def test_noon_and_midnight_have_their_halves_of_the_day() -> None:
    assert str(parse_hours("12pm-12am")) == "12:00-00:00"
