"""A cut text fits, is whole, and reads well."""

from __future__ import annotations

import re
import time

import pytest
import wcwidth
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render.markdown import cut, cut_to_room, length, plain_inline, render
from digest.render.paging import pages
from digest.tree.outline import parse

PROSE = "The first sentence is here. The second one follows it. The third one is the last."


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (PROSE, 100, PROSE),
        (PROSE, 60, "The first sentence is here. The second one follows it. …"),
        (PROSE, 50, "The first sentence is here. …"),
        (PROSE, 40, "The first sentence is here. …"),
        (PROSE, 20, "The first sentence…"),
        ("A long sentence that never ends in any place at all", 30, "A long sentence that never…"),
        ("Dr. Smith met e.g. Mr. Jones on the way to the old mill", 40, "Dr. Smith met e.g. Mr. Jones on the way…"),
        ("一句话。第二句话！第三句话没有结束", 10, "一句话。第二句话！…"),
        ("一个没有任何标点符号的很长的句子就在这里", 10, "一个没有任何标点符…"),
        ("supercalifragilistic", 10, "supercali…"),
        ("para one\n\npara two goes on", 14, "para one …"),
        (PROSE, 1, "…"),
        (PROSE, 0, ""),
        ("", 5, ""),
    ],
)
def test_it_ends_at_a_sentence_else_at_a_word(text, limit, expected):
    assert cut(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("**bold words that go on and on**", 20, "**bold words that**…"),
        ("**bold *both of them* on** and on", 20, "**bold *both of***…"),
        ("start **bold**", 8, "start…"),
        ("words [a link](https://example.org/path) more", 20, "words…"),
        ("words `code here` more words", 14, "words…"),
        ("words https://example.org/a/b/c more", 20, "words…"),
        ("words <https://example.org/a/b/c> more", 20, "words…"),
        ("**see https://e.org/a** and more of it", 28, "**see https://e.org/a** and…"),
        ("**see https://e.org/a** and more", 22, "**see**…"),
        (r"word \*\*\*\*\*\*\*\*", 10, r"word \*\*…"),
        ("- one\n- two\n- three\n- four", 16, "- one\n- two …"),
        ("> quoted text\n> goes on here", 20, "> quoted text …"),
        ("```py\nx = 1\ny = 2\nz = 3\n```", 24, "```py\nx = 1\ny = 2\n```\n…"),
        ("> ```\n> a = 1\n> b = 2\n> ```", 23, "> ```\n> a = 1\n> ```\n…"),
        ("**supercalifragilistic**", 5, "…"),
        ("- supercalifragilistic", 3, "…"),
        ("> **supercalifragilistic**", 7, "…"),
        ("**bold**\n\n```\nx = 1\ny = 2\n```\nand words", 27, "**bold**\n\n```\nx = 1\n```\n…"),
        ("```\nx\n```\n\nand some more words", 12, "```\nx\n```\n…"),
        ("```open fence that never ends and goes on", 20, "```open fence that…"),
        ("2 * 3 * 4 is a product of three", 20, "2 * 3 * 4 is a…"),
        ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 18, "👩‍👩‍👧👩‍👩‍👧…"),
        ("ééééé".replace("é", "e\u0301"), 6, "e\u0301e\u0301…"),
    ],
)
def test_markup_is_closed_or_left_out_whole(text, limit, expected):
    assert cut(text, limit) == expected


PIECES = """word |Ends here. |中文句子。|**bold *both* words** |*slanted words here* |~~gone~~ |`co de` |2 * 3 |
# not |\\* \\_ |[a link](https://e.org/x_y) |https://e.org/a_b |👩‍👩‍👧 |e\u0301|@everyone |
supercalifragilistic|snake_case_word |https://|**see https://?a*b**|*https://*|x||y||z|[https://x.y](https://y.z)|🎉|_|`|[|"""
BLOCKS = ["\n\n", "\n- entry\n", "\n> quote\n\n", "\n```py\nline one\nline two\n```\n\n", "\n\n## Head\n\n"]
MARKDOWN = st.lists(st.sampled_from([*PIECES.replace("\n", "").split("|"), *BLOCKS]), max_size=25).map("".join)

_PART = re.compile(
    r"\\[^0-9A-Za-z\s]|```.*?```|(`{1,2})(?!`).+?(?<!`)\1(?!`)|\[(?:\\.|`[^`]+`|[^\[\]\\`])+\]\([^()\s]+\)|<https?://[^\s<>]+>",
    re.DOTALL,
)


def unclosed(markdown: str) -> list[str]:
    """The marks that are left open in rendered Markdown."""
    rest = _PART.sub("x", markdown)
    open_marks = [
        mark for mark in ("```", "**", "*", "~~", "`") if rest.replace("**" if mark == "*" else "", "").count(mark) % 2
    ]
    return [*open_marks, "["] if "[" in rest else open_marks  # a literal bracket is escaped, so it is half a link


@settings(max_examples=300)
@given(MARKDOWN, st.integers(0, 260))
def test_a_cut_text_fits_and_leaves_nothing_open(source, limit):
    whole = render(parse(source, 1).blocks)
    assert not unclosed(whole)
    short = cut(whole, limit)
    assert length(short) <= limit
    assert not unclosed(short)
    assert cut(short, limit) == short
    assert short == whole or limit < 1 or short.endswith("…")


@settings(max_examples=300)
@given(st.text(max_size=80), st.integers(0, 60))
def test_any_plain_text_fits_and_breaks_no_grapheme(text, limit):
    whole = plain_inline(text)
    short = cut(whole, limit)
    assert length(short) <= limit
    if short != whole and short:
        graphemes = list(wcwidth.iter_graphemes(whole))
        kept = short[:-1].rstrip()
        assert whole.startswith(kept)
        starts = {0}
        for grapheme in graphemes:
            starts.add(max(starts) + len(grapheme))
        assert len(kept) in starts or not whole[len(kept) :].strip() or whole[len(kept)].isspace()


@given(st.text(alphabet="*_~`[]()|<>\\ \n-ab.h", max_size=120), st.integers(0, 80))
def test_any_markup_fits(text, limit):
    assert length(cut(text, limit)) <= limit


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 5_000_000, id="one word"),
        pytest.param("[" * 5_000_000, id="brackets"),
        pytest.param("`a" * 2_000_000, id="backticks"),
        pytest.param("*a " * 1_500_000, id="stars"),
        pytest.param("```\n" + "x\n" * 2_000_000, id="open fence"),
        pytest.param("```\n" + "x\n" * 2_000_000 + "```", id="long fence"),
        pytest.param("a" + "\u0301" * 2_000_000, id="one grapheme"),
        pytest.param("中" * 2_000_000, id="no spaces"),
        pytest.param("[" + "a" * 1_999 + "\\]" * 1_000_000, id="long link text"),
        pytest.param("\n" * 5_000_000 + "x", id="empty lines"),
        pytest.param("### " * 40 + "a" + "<b>" * 5_000, id="heading signs"),
    ],
)
def test_long_texts_take_little_time(text):
    start = time.process_time()
    assert length(cut(text, 4_000)) <= 4_000
    assert time.process_time() - start < 1


def test_no_page_ends_with_a_question_whose_answer_is_on_the_next():
    talk = "\n\n".join(f"**Question {n}.** What did you learn?\n\n{'A long answer. ' * 20}" for n in range(12))
    found = pages(talk, 1_000)
    assert len(found) > 3
    assert [page for page in found if page.endswith("?")] == []
    assert " ".join("\n\n".join(found).split()) == " ".join(talk.split())


def test_wide_letters_take_the_room_of_two() -> None:
    chinese, mixed = "一句话说完了。" * 100, "Rust 一句话。" * 100
    for text, most in ((chinese, 400), (mixed, 800), (PROSE * 20, 800)):
        shown = cut_to_room(text, 800)
        assert 0.8 * most < wcwidth.wcswidth(shown) / (2 if text == chinese else 1) <= most
    assert cut_to_room(chinese[:400], 800) == chinese[:400]
    assert cut_to_room(PROSE, len(PROSE)) == PROSE
