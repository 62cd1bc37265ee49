"""Markdown as authors write it -> Markdown as Discord shows it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.markdown import render
from digest.tree.nodes import Block, Inline
from digest.tree.outline import parse


def rendered(source: str, base: str = "") -> str:
    return render(parse(source, 1).blocks, base)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**bold** *it* ***both*** ~~no~~ `code`", "**bold** *it* ***both*** ~~no~~ `code`"),
        ("__bold__ _it_", "**bold** *it*"),
        ("a\nsoft\nwrap", "a soft wrap"),
        ("中文\n换行", "中文换行"),
        ("hard  \nbreak", "hard\nbreak"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("**a *b* c**", "**a *b* c**"),
        ("***b* a**", "***b* a**"),
        ("*a***b**", "*a*b"),
        ("*a*<b><i>b</i> c</b>", "*a*b c"),
        ("**a*b*__*c* d__**", "**a*b*c d**"),
        ("**see https://-a** b", r"**see https:\//-a** b"),
        ("**a **b", r"\*\*a \*\*b"),
        ("**outer __inner__**", "**outer inner**"),
        ("``a`b``", "``a`b``"),
        ("```` ``` ````", "`ˋˋˋ`"),
        ("`@everyone`", "`@\u200beveryone`"),
        ("x<br>y", "x\ny"),
        (r"\*lit\* 2 * 3", r"\*lit\* 2 \* 3"),
        ("||no|| ~ |", r"\|\|no\|\| \~ \|"),
        ("&lt;@1&gt; @here", r"\<\@1> @" + "\u200bhere"),
        ("&#42;x&#42; &amp; &copy;", r"\*x\* & ©"),
        ("a\u202eb\u200b", "ab"),
        ("![alt](http://e.org/i.png) text", "text"),
        ("![alt](http://e.org/i.png)", ""),
        ("---", ""),
        ("", ""),
    ],
)
def test_inlines(source, expected):
    assert rendered(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[text](https://e.org/a)", "[text](https://e.org/a)"),
        ("[**text**](https://e.org)", "[**text**](https://e.org)"),
        ("[text](https://e.org/a_(b)?c=d%20e)", "[text](https://e.org/a_%28b%29?c=d%20e)"),
        ("[text](<https://e.org/a b>)", "[text](https://e.org/a%20b)"),
        (r"[a \[b\] c](https://e.org)", r"[a \[b\] c](https://e.org)"),
        ("[`a[0]` [b]](https://e.org)", r"[`a[0]` \[b\]](https://e.org)"),
        (r"[a \] c](https://e.org)", "a ] c (<https://e.org>)"),
        ("[🎉 party 🎉](https://e.org)", "🎉 [party](https://e.org) 🎉"),
        ("[a 🎉 b](https://e.org)", "a 🎉 b (<https://e.org>)"),
        ("[🎉](https://e.org)", "🎉 (<https://e.org>)"),
        ("<https://e.org/a_b>", "<https://e.org/a_b>"),
        ("https://e.org/a_b, and", "<https://e.org/a_b>, and"),
        ("[e.org/a](https://e.org/a/)", "<https://e.org/a/>"),
        ("[https://one.org](https://two.org)", r"https:\//one.org (<https://two.org>)"),
        ("[Node.js](https://e.org)", "[Node.js](https://e.org)"),
        ("[mail](mailto:a@e.org)", "mail"),
        ("[up](#top)", "up"),
        ("[rel](/x)", "rel"),
        ("[js](javascript:alert(1))", "js"),
        ("[](https://e.org)", ""),
        ("[![badge](https://e.org/b.svg)](https://e.org)", ""),
        ("[two\nlines](https://e.org)", "[two lines](https://e.org)"),
        ("[@everyone](https://e.org/@everyone)", "[@\u200beveryone](https://e.org/%40everyone)"),
        ("**[bold](https://e.org/**x)**", "**[bold](https://e.org/%2A%2Ax)**"),
    ],
)
def test_links_are_masked_only_where_discord_shows_them_so(source, expected):
    assert rendered(source) == expected


def test_a_relative_link_begins_at_the_base():
    assert rendered("[rel](/x)", "https://e.org/a/") == "[rel](https://e.org/x)"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Head *it*\n\ntext", "**Head *it***\ntext"),
        ("## **Bold** head", "**Bold head**"),
        ("intro:\n\n- a\n- b\n\nend", "intro:\n- a\n- b\n\nend"),
        ("- a\n  - b\n    - c\n- d", "- a\n  - b\n    - c\n- d"),
        ("3. a\n4. b\n   - c", "3. a\n4. b\n  - c"),
        ("- a\n\n  more\n\n  - b\n\n  end", "- a\n  more\n  - b\n  end"),
        ("* [x](https://e.org): y\n* z", "- [x](https://e.org): y\n- z"),
        ("> a\n> b\n>\n> c", "> a b\n> \n> c"),
        ("> a\n>> b", "> a\n> \n> b"),
        ("> - a\n> - b", "> - a\n> - b"),
        ("> ```\n> > x\n> ```", "> ```\n> > x\n> ```"),
        ("```python title=x\nif a:\n\n    b = '*'\n```", "```python\nif a:\n\n    b = '*'\n```"),
        ("    indented\n    code", "```\nindented\ncode\n```"),
        ("````\n```\nx\n```\n````", "```\n`\u200b`\u200b`\nx\n`\u200b`\u200b`\n```"),
        ("```\n\n```", ""),
        ("- a\n\n  ```\n  x\n\n  y\n  ```\n- b", "- a\n```\nx\n\ny\n```\n- b"),
        ("|A|B|\n|-|-|\n|1|[x](https://e.org)|\n|2||", "**A** · **B**\n1 · [x](https://e.org)\n2"),
        ("|**A**|\n|-|\n|1|", "**A**\n1"),
        ("1\\. a\n\n\\- b\n\n\\# c\n\n\\> d", "1\\. a\n\n\\- b\n\n\\# c\n\n\\> d"),
        ("a\n# b", "a\n\n**b**"),
        ("x  \n\\- y", "x\n\\- y"),
        ("- [ ] todo\n- [x] done", "- todo\n- done"),
    ],
)
def test_blocks(source, expected):
    assert rendered(source) == expected


def test_marks_of_one_kind_side_by_side_become_one():
    runs = [Inline("strong", children=[Inline("text", word)]) for word in ("a", "b")]
    assert render([Block("paragraph", inlines=runs)]) == "**ab**"
    assert [run.children[0].text for run in runs] == ["a", "b"]  # the tree itself is left alone


def deep(kind: str, levels: int) -> Block:
    block = Block("paragraph", inlines=[Inline("text", "deep *text*")])
    for _ in range(levels):
        block = Block(kind, children=[Block("entry", children=[block])] if kind == "list" else [block])
    return block


@pytest.mark.parametrize("kind", ["quote", "list", "footnote"])
def test_what_is_nested_without_end_shows_as_plain_text(kind):
    assert r"deep \*text\*" in render([deep(kind, 5_000)])


def test_inlines_nested_without_end_show_as_plain_text():
    inline = Inline("text", "deep *text*")
    for kind in ["strong", "emph", "link"] * 2_000:
        inline = Inline(kind, url="https://e.org" if kind == "link" else "", children=[inline])
    assert r"deep \*text\*" in render([Block("paragraph", inlines=[inline])])


@given(st.text(alphabet="*_~|`[]()<>@#:-+!\\1. aehrvyon/\n", max_size=120))
def test_no_source_makes_discord_ping_hide_or_embed(source):
    markdown = rendered(source)
    outside = re.sub(r"```.*?```|(`{1,2})(?!`).+?(?<!`)\1(?!`)", "", markdown, flags=re.DOTALL).replace("\\\\", "")
    assert "@everyone" not in markdown
    assert "@here" not in markdown
    assert not re.search(r"(?<!\\)\|\|", outside)
    assert not re.search(r"<[@#:]", outside)
    assert not re.search(r"^(?:#{1,3} |-# )", outside, re.MULTILINE)


WORDS = st.text(alphabet="abc中é😀", min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_every_word_shows(words):
    source = " ".join(f"**{word}**" if index % 2 else f"[{word}](https://e.org)" for index, word in enumerate(words))
    shown = rendered(source)
    for word in words:
        assert word.strip("😀") in shown
