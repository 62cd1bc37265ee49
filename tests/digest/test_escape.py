"""Plain text shows literally in Discord, whatever is in it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.escape import clean, length, plain_inline

# What Discord's client would make of a text: the constructs of its Markdown, its mentions and its timestamps.
CONSTRUCTS = re.compile(
    r"(?<!\\)(?:\*|_|~~|\|\||`|<(?:@|#|:|a:|t:|id:|/|https?:)|\[[^\]]*\]\()|@everyone|@here"
    r"|<@|<#|<:|^\s*(?:#{1,3}\s|-#|>|[-+]\s|\d+\.\s)",
    re.MULTILINE,
)


def shown(markdown: str) -> str:
    """What a client shows of Markdown in which only escapes are left."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", markdown).replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("*a* _b_ ~~c~~ ||d|| `e`", r"\*a\* \_b\_ \~\~c\~\~ \|\|d\|\| \`e\`"),
        ("[x](https://e.org)", r"\[x](https://e.org)"),
        ("# a", r"\# a"),
        ("> a", r"\> a"),
        ("- a", r"\- a"),
        ("-# a", r"\-# a"),
        ("1. a", r"1\. a"),
        ("12) a", r"12\) a"),
        ("#1 of C#", "#1 of C#"),
        ("3.14 is > 3 - 1", "3.14 is > 3 - 1"),
        ("<@1> <#2> <:e:3> <t:4> </c:5>", r"\<\@1> \<\#2> \<\:e:3> \<t:4> \<\/c:5>"),
        ("@everyone @here @hereafter @Here", "@\u200beveryone @\u200bhere @\u200bhereafter @Here"),
        ("a@b.c @someone", "a@b.c @someone"),
        (r"back\slash", r"back\\slash"),
        ("see https://e.org/a_b_c*d", "see https://e.org/a_b_c*d"),
        ("two\n\nlines\tand   spaces", "two lines and spaces"),
        ("", ""),
    ],
)
def test_text_is_escaped_as_little_as_needed(text, escaped):
    assert plain_inline(text) == escaped


@given(st.text(alphabet="*_~|`[]()<>@#:-+\\1.2 aehrvyno/t\n", max_size=60))
def test_nothing_formats_or_pings_and_everything_shows(text):
    escaped = plain_inline(text)
    assert not CONSTRUCTS.search(escaped.replace("\\\\", ""))
    assert shown(escaped) == " ".join(text.split())


@given(st.text(max_size=60))
def test_no_control_or_bidirectional_character_is_left(text):
    for char in clean(text):
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(char) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 👨🏽‍💻 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈 🇩🇪",
        "می‌خواهم",  # Persian with a zero-width non-joiner
        "क्‍ष श्री",  # Devanagari with a joiner
        "葛\U000e0100城",  # an ideograph with its variant
        "naïve café — “quotes”, 中文（全角）, עברית, العربية, ไทย",
        "Line\nand\ttab",
    ],
)
def test_what_a_script_or_an_emoji_needs_stays(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ab\u202ecd\u202c", "abcd"), ("a\u200bb\u200cc\u200dd", "abcd"), ("soft\u00adhyphen", "softhyphen"),
        ("\u2067x\u2069\u200f", "x"), ("\ufeffBOM", "BOM"), ("a\x00b\x1bc\x7f", "abc"), ("a\u3164b\u2800", "ab\u2800"),
        ("a\u2028b\r\nc", "a\nb\nc"), ("x\ufe0e\ufe0e", "x\ufe0e"), ("a\U000e0041b", "ab"), ("\ud800x", "x"),
    ],
)  # fmt: skip
def test_what_only_hides_or_turns_is_gone(text, left):
    assert clean(text) == left


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("中文", 2), ("😀", 2), ("👩‍👩‍👧", 8)])
def test_length_counts_utf16_units(text, units):
    assert length(text) == units
