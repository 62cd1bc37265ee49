"""Bytes in, the author's text out; clean text untouched."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.repair import decode

CORPUS = Path(__file__).parents[2] / "../shared/corpus/newsletters"
CLEAN = ("this-week-in-rust", "ruanyf-weekly", "swift-weekly", "prakyath", "ml-papers")


def broken(text: str, codec: str) -> str:
    """`text` as it looks after its UTF-8 bytes were read as `codec`."""
    return text.encode("utf-8").decode(codec)


def repaired(text: str) -> str:
    return decode(text.encode("utf-8"))[0]


AUTHORED = "👉 It’s a café — “naïve” … 🎉 über 10 €\n\n- 📎 [Artikel](https://example.org/ü)\n"


@pytest.mark.parametrize("codec", ["sloppy-windows-1252", "mac_roman"])
def test_a_wholly_broken_text_comes_back_exactly(codec):
    text, notices = decode(broken(AUTHORED, codec).encode("utf-8"))
    assert text == AUTHORED
    assert [(notice.rule, notice.line, notice.level) for notice in notices] == [("encoding", 1, "warning")]


@pytest.mark.parametrize("codec", ["sloppy-windows-1252", "mac_roman"])
def test_a_half_broken_text_is_mended_line_by_line(codec):
    lines = ["中文 and naïve stay.", broken("It’s 🎉 time", codec), "The end — fin."]
    text, notices = decode("\n".join(lines).encode("utf-8"))
    assert text == "中文 and naïve stay.\nIt’s 🎉 time\nThe end — fin."
    assert notices[0].line == 2


def test_a_half_broken_line_is_mended_by_ftfy_alone():
    assert repaired("I see â€™ and “fine”, 中文") == "I see ’ and “fine”, 中文"


def test_text_broken_twice_is_mended_twice():
    twice = broken(broken("It’s été", "sloppy-windows-1252"), "sloppy-windows-1252")
    assert repaired(twice) == "It’s été"


@pytest.mark.parametrize(
    "text",
    [
        "L’école",  # two bytes of Mac Roman that happen to be UTF-8
        "√π and √2 ≤ ∞",
        "“café”… déjà « été »",
        "Ãngel São José",
        "„Äpfel“ und Übermut",
        "全角（括号）：“引号”，１２３",
        "Tomáš Hübelbauer ØÆÅ",
        "“∞”。（via）",
        "5 µm ± 2 °C × 3²",
        "The string `Ã©` is what you see",
        "```\nðŸ‘‰ â€™\n```\nclean outside",
        "日本語とﾊﾝｶｸ、Привет, Ελλάδα, עברית, हिन्दी",
        "fi ligature ﬁ, soft\u00adhyphen, nbsp\u00a0here",
    ],
)
def test_clean_text_is_not_touched(text):
    assert decode(text.encode("utf-8")) == (text, ())


@pytest.mark.parametrize(
    ("data", "text", "word"),
    [
        ("naïve café\n".encode("latin-1"), "naïve café\n", "Windows-1252"),
        (b"\x93quoted\x94 \x96 1\x80", "“quoted” – 1€", "Windows-1252"),
        (
            "你好，世界。今天天气很好，我们去公园。".encode("gb18030"),
            "你好，世界。今天天气很好，我们去公园。",
            "GB18030",
        ),
        ("Привет мир, это письмо".encode("windows-1251"), "Привет мир, это письмо", "Windows-1251"),
        ("é".encode() * 5 + b"\xe9", "éééééé", "Windows-1252"),
        ("Hello 你好\n".encode("utf-16"), "Hello 你好\n", "UTF-16"),
        ("Hello you\n".encode("utf-16-le"), "Hello you\n", "UTF-16"),
        ("Hello you\n".encode("utf-16-be"), "Hello you\n", "UTF-16"),
        ("今天天气很好\n".encode("utf-16-le"), "今天天气很好\n", "UTF-16"),
        ("\ufeffHello\n".encode("utf-16-be"), "Hello\n", "UTF-16"),
        ("Hello\n".encode("utf-32"), "Hello\n", "UTF-32"),
        ("Hello\n".encode("utf-32-be"), "Hello\n", "UTF-32"),
        ("\ud83d\ude00 and \ud800".encode("utf-8", "surrogatepass"), "😀 and \ufffd", "surrogates"),
        (b"a\0bcdef", "abcdef", "NUL"),
    ],
)
def test_other_encodings_are_read_and_told(data, text, word):
    found, notices = decode(data)
    assert found == text
    assert len(notices) == 1
    assert word in notices[0].message
    assert notices[0].rule == "encoding"


@pytest.mark.parametrize(
    ("text", "codecs"),
    [
        ("- [カエルが跳ぶ](https://example.org/s)：池の中で跳びます。①", ("cp932", "euc_jis_2004", "iso2022_jp_2004")),
        ("- [青蛙會跳](https://example.org/g)：牠們在池塘裡跳來跳去，非常快樂。", ("big5",)),
        ("- [개구리가 뛴다](https://example.org/k): 연못에서 뛰어 다닙니다.", ("cp949",)),
        ("- [Лягушки](https://example.org/r): они прыгают в пруду и рады.", ("cp1251", "koi8-r", "iso8859-5")),
        ("- [Żaby skaczą](https://example.org/r): skaczą w stawie, żółte kwiaty.", ("cp1250", "iso8859-2")),
        ("- Kurbağalar gölette zıplıyorlar ve çok mutlular.\n- Sazlık suyun kıyısında yavaşça büyüyor.", ("cp1254",)),
        ("- [Les grenouilles](https://example.org/r): elles sautent à côté du château.", ("cp1252", "mac-roman")),
        ("- [Οι βάτραχοι](https://example.org/r): πηδούν στη λίμνη και είναι πολύ χαρούμενοι.", ("cp1253",)),
    ],
)
def test_texts_from_before_utf_8_are_read_as_they_were_written(text, codecs):
    for codec in codecs:
        assert decode(text.encode(codec))[0] == text, codec


def test_marks_and_line_ends_are_normalised_without_a_word():
    assert decode(b"\xef\xbb\xbfone\r\ntwo\rthree\n") == ("one\ntwo\nthree\n", ())


def test_the_notice_names_the_first_line_that_is_wrong():
    assert decode(b"one\ntwo\nca\xe9f\xe9 three")[1][0].line == 3
    assert decode(b"one\nt\0wo")[1][0].line == 2


@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_is_clean_and_stable(data):
    text, _ = decode(data)
    assert "\r" not in text
    assert "\0" not in text
    text.encode("utf-8")


@given(st.text(max_size=200))
def test_any_ascii_free_of_mojibake_survives(text):
    ascii_only = "".join(char for char in text if " " <= char < "\x7f")
    assert decode(ascii_only.encode()) == (ascii_only, ())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("ðŸ‘‰ x ".encode() * 300_000, id="one line, wholly broken"),
        pytest.param("ðŸ‘‰ 中 x ".encode() * 250_000, id="one line, half broken"),
        pytest.param("Ã© 中\n".encode() * 400_000, id="many broken lines"),
        pytest.param(bytes(range(256)) * 20_000, id="every byte"),
        pytest.param(b"\0" * 5_000_000, id="NULs"),
        pytest.param(b"`" * 4_000_000 + "Ã©".encode(), id="backticks"),
    ],
)
def test_hostile_bytes_take_bounded_time(data):
    start = time.process_time()
    decode(data)
    assert time.process_time() - start < 2


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real newsletters is not here")
@pytest.mark.parametrize("newsletter", CLEAN)
def test_nothing_of_a_clean_newsletter_changes(newsletter):
    files = [file for file in sorted((CORPUS / newsletter).rglob("*")) if file.suffix in (".md", ".markdown")]
    assert files
    for file in files:
        data = file.read_bytes()
        assert decode(data) == (data.decode("utf-8").replace("\r\n", "\n"), ()), file.name


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real newsletters is not here")
@pytest.mark.parametrize(
    ("file", "codec"),
    [
        ("tech-beats/_posts/2023-09-06-Newsletter_3.md", "sloppy-windows-1252"),
        ("tech-beats/_posts/2023-09-13-Tech-beats_4.md", "sloppy-windows-1252"),
        ("tech-beats/_posts/2023-09-27-Tech-beats-5.md", "mac_roman"),
        (
            "superficial-intelligence/src/content/post/some-interesting-things-to-read-for-the-end-of-the-year-6.md",
            "mac_roman",
        ),
    ],
)
def test_broken_issues_come_back_exactly(file, codec):
    data = (CORPUS / file).read_bytes()
    text, notices = decode(data)
    assert text == data.decode("utf-8").encode(codec).decode("utf-8")
    assert len(notices) == 1
