"""The time in a question's last words becomes its filter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import parse
from search.when import with_time


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("async last month", 'async since:"last month" until:"last month"'),
        ("what happened last week", 'since:"last week" until:"last week"'),
        ("Last month", 'since:"Last month" until:"Last month"'),
        ("otters in the past 3 months", 'otters since:"the past 3 months" until:"the past 3 months"'),
        ("what was new in March 2024", 'since:"March 2024" until:"March 2024"'),
        ("otters in März 2024", 'otters since:"März 2024" until:"März 2024"'),
        ("Otter letzten Monat", 'Otter since:"letzten Monat" until:"letzten Monat"'),
        ("loutres le mois dernier", 'loutres since:"le mois dernier" until:"le mois dernier"'),
        ("nutrias la semana pasada", 'nutrias since:"la semana pasada" until:"la semana pasada"'),
        ("otters since 2023", 'otters since:"2023"'),
        ("otters before march 2024", 'otters until:"march 2024"'),
        ("水獭 先月", '水獭 since:"先月" until:"先月"'),
    ],
)
def test_a_time_at_the_end_is_a_filter(question: str, meant: str) -> None:
    assert with_time(question) == meant
    assert {one.key for one in parse(meant).filters} <= {"since", "until"}


@pytest.mark.parametrize(
    "question",
    [
        "",
        "this week in rust",
        "the last of us",
        "how to learn it in 2024",
        "otters 2023",
        "march",
        "otters in may",
        "rust before go",
        '"the year before last year"',
        "async last month since:2023",
        "tokio 1.0",
    ],
)
def test_what_is_no_time_stays_as_it_is(question: str) -> None:
    assert with_time(question) == question


@given(st.text())
def test_no_question_is_an_error(question: str) -> None:
    parse(with_time(question))
