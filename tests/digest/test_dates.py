"""Dates as people write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.head.dates import When, find_date, name_date, parse_when, path_date

SEPTEMBER_7 = dt.date(2023, 9, 7)


@pytest.mark.parametrize(
    "text",
    [
        "2023-09-07", "2023-9-7", "2023/09/07", "2023/9/7", "2023.09.07", "20230907", " 2023-09-07 ", '"2023-09-07"',
        "7 September 2023", "07 Sep 2023", "7 Sept. 2023", "7th September 2023", "September 7, 2023", "Sept 7th, 2023",
        "Thursday, September 7, 2023", "Thu 7 Sep 2023", "7-Sep-2023", "2023 September 7", "2023-Sep-07",
        "7. September 2023", "7 septembre 2023", "7 de septiembre de 2023", "7 settembre 2023", "7 de setembro de 2023",
        "7 września 2023", "7 Wrzesień, 2023", "7 сентября 2023",
        "2023年9月7日", "2023 年 9 月 7 日", "２０２３年９月７日",
        "2023년 9월 7일", "7.9.2023", "07.09.2023",
        "September 7, 2023 (week 36)", "September 1-7, 2023",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text):
    assert parse_when(text) == When(SEPTEMBER_7)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("29 December 2023", dt.date(2023, 12, 29)),
        ("10-18-2022", dt.date(2022, 10, 18)),
        ("18/10/2022", dt.date(2022, 10, 18)),
        ("10/18/22", dt.date(2022, 10, 18)),
        ("1er août 2023", dt.date(2023, 8, 1)),
        ("3. März 2024", dt.date(2024, 3, 3)),
        ("September 2023", dt.date(2023, 9, 1)),
        ("2023-09", dt.date(2023, 9, 1)),
        ("2023-W36", dt.date(2023, 9, 4)),
        ("2024-02-29", dt.date(2024, 2, 29)),
    ],
)
def test_other_forms(text, day):
    assert parse_when(text) == When(day)


@pytest.mark.parametrize(("text", "day"), [("3/4/2023", dt.date(2023, 3, 4)), ("03-04-2023", dt.date(2023, 3, 4))])
def test_a_day_that_could_be_another_is_marked(text, day):
    assert parse_when(text) == When(day, is_guess=True)


def test_a_day_that_reads_the_same_both_ways_is_no_guess():
    assert parse_when("4/4/2023") == When(dt.date(2023, 4, 4))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-09-07 18:46", "2023-09-07T18:46:00"),
        ("2023-09-07T18:46:05Z", "2023-09-07T18:46:05+00:00"),
        ("2023-09-07T18:46:05.123456789+08:00", "2023-09-07T18:46:05+08:00"),
        ("2023-09-07 18:46:05 -0500", "2023-09-07T18:46:05-05:00"),
        ("2023-09-07 6:46 PM", "2023-09-07T18:46:00"),
        ("7 Sep 2023 at 6pm", "2023-09-07T18:00:00"),
        ("2023-09-07 12:05 am", "2023-09-07T00:05:00"),
        ("Thu, 07 Sep 2023 18:46:00 GMT", "2023-09-07T18:46:00+00:00"),
        ("Thu Sep  7 18:46:00 2023", "2023-09-07T18:46:00"),
        ("Thu Sep  7 18:46:00 CEST 2023", "2023-09-07T18:46:00+02:00"),
        ("Thu Sep 07 2023 18:46:00 GMT+0200 (Central European Summer Time)", "2023-09-07T18:46:00+02:00"),
        ("2023-09-07 18:46 Europe/Berlin", "2023-09-07T18:46:00+02:00"),
        ("2023-09-07 18:46 EST", "2023-09-07T18:46:00-05:00"),
        ("1694112360", "2023-09-07T18:46:00+00:00"),
        ("1694112360000", "2023-09-07T18:46:00+00:00"),
    ],
)
def test_a_time_makes_a_moment_with_its_zone_if_any(text, moment):
    when = parse_when(text)
    assert when is not None
    assert when.date == SEPTEMBER_7
    assert when.moment is not None
    assert when.moment.isoformat() == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "2023", "2023-13-45", "2023-02-30", "0001-01-01T00:00:00Z", "99/99/2023", "v1.2.3", "true"]
)
def test_no_date_is_none(text):
    assert parse_when(text) is None


@pytest.mark.parametrize(
    "text", ["2023-09-07 10:00 America/Argentina", "2023-09-07 10:00 No/Where", "2023-09-07 25:99"]
)
def test_a_time_that_makes_no_sense_costs_the_time_only(text):
    when = parse_when(text)
    assert when is not None
    assert when.date == SEPTEMBER_7
    assert when.moment is None or when.moment.tzinfo is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Week 36 (2023-09-07)", SEPTEMBER_7),
        ("Papers of the Week (August 31 - September 7) - 2023", SEPTEMBER_7),
        ("News from 1 to 7 September 2023", SEPTEMBER_7),
        ("第 12 期（2023年9月7日）", SEPTEMBER_7),
        ("2023-08-31 – 2023-09-07", SEPTEMBER_7),
        ("Issue 12", None),
        ("Nov 2 Weekly", None),
        ("3/4/2023", None),
    ],
)
def test_a_heading_names_its_day_only_without_doubt(text, day):
    assert find_date(text) == day


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("_posts/2023-09-07-name.md", SEPTEMBER_7),
        ("content/2023/09/07/name/index.md", SEPTEMBER_7),
        ("news/20230907.md", SEPTEMBER_7),
        ("2023/2023-9-7_name.md", SEPTEMBER_7),
        ("contents/2023/Sep/07.md", SEPTEMBER_7),
        ("weekly_sept_7_2023.md", SEPTEMBER_7),
        ("posts/7th September 2023/index.md", SEPTEMBER_7),
        ("blog/2023Sep7.md", SEPTEMBER_7),
        ("blog/07Sept2023-links.md", SEPTEMBER_7),
        ("weekly/2023-W36.md", dt.date(2023, 9, 4)),
        ("blog/x2023sep7.md", None),
        ("2023-W36/notes.md", None),
        ("2023/september.md", None),
        ("docs/issue-277.md", None),
        ("v1.2.3/x.md", None),
        ("1234-56-78.md", None),
    ],
)
def test_a_path_names_a_day(path, day):
    assert path_date(path) == day


@pytest.mark.parametrize(
    ("path", "title", "day"),
    [
        ("letters/Digest 29-11-2025.md", "", dt.date(2025, 11, 29)),
        ("Digest 04-28-2026.md", "", dt.date(2026, 4, 28)),
        ("Digest 15-08-26 .md", "", dt.date(2026, 8, 15)),
        ("news_05.05.2025.md", "", dt.date(2025, 5, 5)),
        ("Digest 07-02-2026.md", "Digest | February 7th", dt.date(2026, 2, 7)),
        ("Digest 07-02-2026.md", "Digest | July 2nd", dt.date(2026, 7, 2)),
        ("Digest 07-02-2026.md", "Digest", None),
        ("Digest 07-02-2026.md", "From February to July", None),
        ("12-11-25-things.md", "", None),
        ("45-46-2025.md", "", None),
        ("release-1.13.2.md", "", None),
    ],
)
def test_a_name_with_the_year_last_is_a_day_where_it_can_be_read_in_one_way(path, title, day):
    assert name_date(path, title) == day


@given(st.text(max_size=120))
def test_any_text_is_a_date_or_none(text):
    when = parse_when(text)
    assert when is None or 1900 <= when.date.year <= 2199
    found = find_date(text)
    assert found is None or 1900 <= found.year <= 2199


YEAR_1990, YEAR_2100 = dt.datetime.fromisoformat("1990-01-01"), dt.datetime.fromisoformat("2100-01-01")


@given(st.datetimes(min_value=YEAR_1990, max_value=YEAR_2100, timezones=st.timezones()))
def test_every_iso_moment_comes_back(moment):
    offset = moment.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return  # ISO 8601 has no seconds in an offset
    when = parse_when(moment.isoformat())
    assert when is not None
    assert when.moment is not None
    assert when.moment.isoformat() == moment.isoformat(timespec="seconds")
