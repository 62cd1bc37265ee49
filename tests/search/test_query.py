"""The query language: what is typed, as a value."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import MAX_UNITS, QueryFilter, compound_parts, parse
from search.when import Span, parse_when

TODAY = dt.date(2024, 12, 15)  # a Sunday


def shown(text: str) -> list[str]:
    return [unit.shown for unit in parse(text).units]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("mamba", ["mamba"]),
        ("how does async work", ["async"]),
        ("best way to test hooks", ["test", "hooks"]),
        ("what's the difference between eltoo and LN-penalty?", ["eltoo", "ln-penalty"]),
        ("anything about sqlite?", ["sqlite"]),
        ("can you recommend a book about fonts", ["book", "fonts"]),
        ("best practices for testing", ["best", "practices", "testing"]),
        ("new features in go", ["new", "features", "go"]),
        ("how does make work", ["make", "work"]),
        ('"best way" to test', ["best way", "test"]),
        ("kennt jemand gute Tools für Backups?", ["tools", "backups"]),
        ("was ist der Unterschied zwischen Taproot und Segwit", ["taproot", "segwit"]),
        ("有没有关于编辑器的文章", ["编辑器"]),
        ("怎么用 docker", ["docker"]),
        ("怎么用", ["怎么用"]),
        ("エディタの使い方", ["エディタ"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("the the", ["the"]),
        ("C++ interop", ["c++", "interop"]),
        (".NET io_uring #rust C#", [".net", "io_uring", "#rust", "c#"]),
        ("GPT-4o", ["gpt-4o"]),
        ("std::mem::swap", ["std::mem::swap"]),
        ("async/await", ["async", "await"]),
        ('"smart pointer" rust', ["smart pointer", "rust"]),
        ("“typographic quotes” 「角括号」", ["typographic quotes", "角括号"]),
        ('"never closed', ["never closed"]),
        ("LLM 推理", ["llm", "推理"]),
        ("微信小程序怎么开发", ["微信小", "程序", "开发"]),
        ("语音转文字", ["语音转", "文字"]),
        ("组件化方案", ["组件化", "方案"]),
        ("单元测试怎么写", ["单元测试"]),
        ("热修复", ["热修复"]),
        ("シュノア署名とは", ["シュノア", "署名"]),
        ("チャネルを閉じる手数料", ["チャネル", "手数料"]),
        ("手数料を引き上げる方法", ["手数料", "引き上"]),
        ("wie stelle ich eine Anfrage", ["stelle", "anfrage"]),
        ("como se usa para leer", ["se", "usa", "leer"]),
        ("die casting", ["die", "casting"]),
        ("🦀 rust", ["🦀", "rust"]),
        ("--help", ["help"]),
        ("", []),
        ("- -- \" * : ( ) AND '", ["and"]),
    ],
)
def test_words_that_say_something_are_looked_for(text: str, units: list[str]) -> None:
    assert shown(text) == units


def test_a_phrase_keeps_its_order_and_a_star_makes_a_beginning() -> None:
    phrase, begun = parse('"machines learning" trans*').units
    assert phrase.tokens == ("machin", "learn")
    assert phrase.is_quoted
    assert begun.kind == "prefix"
    assert begun.tokens == ("trans",)


def test_what_follows_a_minus_must_be_absent() -> None:
    parsed = parse('rust -java -"smart pointer" -site:reddit.com e-mail')
    assert [unit.shown for unit in parsed.units] == ["rust", "e-mail"]
    assert [unit.shown for unit in parsed.without] == ["java", "smart pointer"]
    assert parsed.filters == (QueryFilter("site", "reddit.com", is_not=True),)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("rust NOT java", ["java"]),
        ('rust NOT "smart pointer"', ["smart pointer"]),
        ("rust not java", []),
        ("DO NOT PANIC", []),
        ('"it is NOT so"', []),
        ("why NOT", []),
    ],
)
def test_not_in_capitals_excludes_what_follows(text: str, without: list[str]) -> None:
    assert [unit.shown for unit in parse(text).without] == without


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site:arxiv.org", QueryFilter("site", "arxiv.org")),
        ('in:"tech beats"', QueryFilter("newsletter", "tech beats")),
        ("IN:beats", QueryFilter("newsletter", "beats")),
        ("since:2023", QueryFilter("since", "2023")),
        ('until:"last month"', QueryFilter("until", "last month")),
        ("before:2024-03-05", QueryFilter("until", "2024-03-05")),
        ("section：新闻", QueryFilter("section", "新闻")),
        ("tag:rust", QueryFilter("tag", "rust")),
    ],
)
def test_filters_stand_in_the_text(text: str, expected: QueryFilter) -> None:
    assert parse(f"mamba {text}").filters == (expected,)
    assert shown(f"mamba {text}") == ["mamba"]


def test_an_unknown_key_is_words() -> None:
    assert shown("note:this std:mem") == ["note:this", "std:mem"]


def test_an_address_is_looked_for_as_a_link() -> None:
    (unit,) = parse("https://example.org/a?b=c").units
    assert unit.kind == "link"


def test_a_whole_message_is_cut_to_a_bounded_number_of_words() -> None:
    assert len(parse(" ".join(f"word{n}" for n in range(500))).units) == MAX_UNITS


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    parse(text)


@given(st.text(alphabet='ab"-:*()^{}[]+~AND OR NOT NEAR,#.\0微信 \ud800'))
def test_no_syntax_is_an_error(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-09", "2023-09-01", "2023-09-30"),
        ("2024-03-05", "2024-03-05", "2024-03-05"),
        ("March 2024", "2024-03-01", "2024-03-31"),
        ("march-2024", "2024-03-01", "2024-03-31"),
        ("Mar 5, 2024", "2024-03-05", "2024-03-05"),
        ("5th March 2024", "2024-03-05", "2024-03-05"),
        ("05.03.2024", "2024-03-05", "2024-03-05"),
        ("3/2024", "2024-03-01", "2024-03-31"),
        ("Q1 2024", "2024-01-01", "2024-03-31"),
        ("may", "2024-05-01", "2024-05-31"),
        ("today", "2024-12-15", "2024-12-15"),
        ("Yesterday", "2024-12-14", "2024-12-14"),
        ("monday", "2024-12-09", "2024-12-09"),
        ("sunday", "2024-12-08", "2024-12-08"),
        ("last week", "2024-12-02", "2024-12-08"),
        ("last month", "2024-11-01", "2024-11-30"),
        ("last-month", "2024-11-01", "2024-11-30"),
        ("this year", "2024-01-01", "2024-12-31"),
        ("3 weeks ago", "2024-11-24", "2024-11-24"),
        ("two months ago", "2024-10-15", "2024-10-15"),
        ("past 6 months", "2024-06-15", "2024-12-15"),
        ("2024年3月", "2024-03-01", "2024-03-31"),
        ("上个月", "2024-11-01", "2024-11-30"),
        ("3天前", "2024-12-12", "2024-12-12"),
        ("两周前", "2024-12-01", "2024-12-01"),
        ("三个月以前", "2024-09-15", "2024-09-15"),
        ("最近6个月", "2024-06-15", "2024-12-15"),
        ("过去一年", "2023-12-15", "2024-12-15"),
        ("昨天", "2024-12-14", "2024-12-14"),
        ("上周", "2024-12-02", "2024-12-08"),
        ("上个星期", "2024-12-02", "2024-12-08"),
        ("这个月", "2024-12-01", "2024-12-31"),
        ("今年", "2024-01-01", "2024-12-31"),
        ("周一", "2024-12-09", "2024-12-09"),
        ("星期日", "2024-12-08", "2024-12-08"),
        ("2024年第一季度", "2024-01-01", "2024-03-31"),
        ("過去3か月", "2024-09-15", "2024-12-15"),
        ("先月", "2024-11-01", "2024-11-30"),
        ("2週間前", "2024-12-01", "2024-12-01"),
        ("2024年3月5日", "2024-03-05", "2024-03-05"),
        ("März 2024", "2024-03-01", "2024-03-31"),
        ("5. Mai 2024", "2024-05-05", "2024-05-05"),
        ("letzter Monat", "2024-11-01", "2024-11-30"),
        ("le mois dernier", "2024-11-01", "2024-11-30"),
        ("l’année dernière", "2023-01-01", "2023-12-31"),
        ("mes pasado", "2024-11-01", "2024-11-30"),
        ("año pasado", "2023-01-01", "2023-12-31"),
        ("este año", "2024-01-01", "2024-12-31"),
        ("mês passado", "2024-11-01", "2024-11-30"),
        ("no ano passado", "2023-01-01", "2023-12-31"),
        ("esta semana", "2024-12-09", "2024-12-15"),
        ("há 3 meses", "2024-09-15", "2024-09-15"),
        ("março 2024", "2024-03-01", "2024-03-31"),
        ("Ontem", "2024-12-14", "2024-12-14"),
        ("letzten-Monat", "2024-11-01", "2024-11-30"),
        ("vergangene Woche", "2024-12-02", "2024-12-08"),
        ("dieses Jahr", "2024-01-01", "2024-12-31"),
        ("letzte 3 Monate", "2024-09-15", "2024-12-15"),
        ("vor zwei Wochen", "2024-12-01", "2024-12-01"),
        ("Gestern", "2024-12-14", "2024-12-14"),
        ("Montag", "2024-12-09", "2024-12-09"),
        ("février 2024", "2024-02-01", "2024-02-29"),
    ],
)
def test_peoples_dates(text: str, first: str, last: str) -> None:
    assert parse_when(text, TODAY) == Span(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize("text", ["", "soon", "31 Feb 2024", "0000", "2024-13", "5 march 5", "99999 years ago", "²"])
def test_what_is_no_date(text: str) -> None:
    assert parse_when(text, TODAY) is None


@given(st.text(alphabet="0123456789 -/.adeklmnorstuwy年月日q²"))
def test_no_date_is_an_error(text: str) -> None:
    parse_when(text, TODAY)


def test_a_single_chinese_character_is_joined_to_the_word_before_it() -> None:
    (lower, rate) = parse("如何降低崩溃率").units
    assert (lower.shown, rate.shown) == ("降低", "崩溃率")
    assert [part.shown for part in compound_parts(rate)] == ["崩溃", "溃率"]
