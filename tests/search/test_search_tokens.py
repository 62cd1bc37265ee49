"""How text becomes tokens, snippets and link keys."""

from __future__ import annotations

import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import parse
from search.snippets import snippet
from storage import links, tokens
from storage.tokens import BOUNDARY, Analysis, fold, is_paired, stem, tokenize, words, written_forms


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Libraries running Transformers", "librari run transform"),
        ("verified verify verification wifi", "verif verif verif wifi"),
        ("Ünïcode naïve ŁÓDŹ straße", "unicod naiv lodz strass"),
        ("e\u0301tude étude", "etud etud"),
        ("Rust's don't 10,000", "rust dont 10000"),
        ("l’accessibilité d'un e-mail, jusqu'ici", "accessibilit un e mail ici"),
        ("dell'architettura un'altra d'io_uring", "architettura altra io_uring"),
        ("j'ai O'Reilly rock'n'roll C's", "jai oreilli rocknrol c"),
        ("C++ C# F# R&D", "c++ c# f# r d"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("std::mem x86_64", "std mem x86_64"),
        ("微信小程序", "微信 信小 小程 程序 序"),
        ("開發環境", "开发 发环 环境 境"),
        ("ガンダム・ｶﾞﾝﾀﾞﾑ", "ガン ンダ ダム ム ガン ンダ ダム ム"),
        ("한국어", "한국 국어 어"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("LLM推理", "llm 推理 理"),
    ],
)
def test_streams_have_no_case_accents_or_endings(text: str, tokens: str) -> None:
    assert Analysis().column(text).split(f" {BOUNDARY} ")[0] == tokens
    assert " ".join(token.text for token in tokenize(text)) == tokens


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("GPT-4o", {"gpt-4o", "gpt4o", "gpt", "4o"}),
        ("io_uring", {"io_uring", "iouring", "io", "uring"}),
        ("zero-cost", {"zero", "cost", "zerocost"}),
        ("Node.js", {"node.js", "nodejs", "node", "js"}),
        ("Rust 1.50.0", {"rust", "1.50.0", "1.50"}),
        ("C++", {"c++", "cpp", "cplusplus"}),
        (".NET", {".net", "dotnet", "net"}),
        ("#rust", {"#rust", "rust"}),
    ],
)
def test_a_compound_is_found_in_each_of_its_spellings(text: str, spellings: set[str]) -> None:
    assert spellings <= words(text)


@given(st.text())
def test_tokens_hold_no_space_and_stay_short(text: str) -> None:
    for token in tokenize(text):
        assert token.text
        assert len(token.text) <= 40
        assert not any(part.isspace() for part in token.text)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)).lower() == fold(fold(fold(text)))


@given(
    st.lists(
        st.text() | st.sampled_from(["run", "running", "runs", "runs-time", ".files", "gpt-4o", "1.50.0", "#rust"])
    )
)
def test_words_as_written_are_known_from_the_stems_and_what_is_beside_them(parts: list[str]) -> None:
    analysis = Analysis()
    stream = analysis.column(" ".join(parts)).split()
    beside = analysis.beside_stems()
    forms = {word for word in analysis.words if not is_paired(word)}
    unpaired = [token for token in stream if token != BOUNDARY and not is_paired(token)]
    assert written_forms(beside, unpaired) == forms
    assert "run" not in beside or forms.intersection(("running", "runs"))


def test_a_snippet_marks_every_form_of_a_word() -> None:
    units = parse("naive transformers gpt4o 微信 c++").units
    text = "A Naïve Transformer beats GPT-4o in C++. 用微信看。"
    assert snippet(text, units) == (
        "A \x02Naïve\x03 \x02Transformer\x03 beats \x02GPT-4o\x03 in \x02C++\x03. 用\x02微信\x03看。"
    )


def test_a_snippet_shows_the_place_with_most_words() -> None:
    text = "Mamba once. " + "Nothing to see here. " * 40 + "Here Mamba meets a transformer again. " + "Padding. " * 60
    shown = snippet(text, parse("mamba transformer").units)
    assert "\x02Mamba\x03 meets a \x02transformer\x03" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 230


@pytest.mark.parametrize(
    ("before", "beginning"),
    [
        ("It was a long day. ", "Then Mamba came"),
        ("第一句很长。", "Then Mamba came"),
        ("a line of a list\n", "Then Mamba came"),
        ("it was said, e.g. by Dr. ", "…"),
        ("at 3.5 of version v. ", "…"),
    ],
)
def test_a_snippet_begins_with_a_sentence(before: str, beginning: str) -> None:
    text = f"{'word ' * 40}{before}Then Mamba came. {'more ' * 60}"
    assert snippet(text, parse("mamba").units).lstrip("… ").startswith("Then") is (beginning != "…")


def test_a_snippet_of_wide_characters_takes_no_more_room() -> None:
    shown = snippet("太阳能水泵在很多地方都很常见。" * 40, parse("太阳").units)
    assert 80 < len(shown.replace("\x02", "").replace("\x03", "")) <= 102


def test_a_snippet_cannot_be_given_marks_by_its_text() -> None:
    assert snippet("a\x02b\x03 rust", parse("rust").units) == "a b \x02rust\x03"


@given(st.text(), st.text())
def test_a_snippet_is_the_text_with_marks(text: str, query: str) -> None:
    shown = snippet(text, parse(query).units)
    assert shown.count("\x02") == shown.count("\x03")
    plain = shown.replace("\x02", "").replace("\x03", "").strip("…")
    original = " ".join(text.replace("\x02", " ").replace("\x03", " ").split())
    assert "".join(plain.split()) in "".join(original.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.example.org/a/", "http://example.org/a"),
        ("https://example.org/a?utm_source=x&id=1", "https://example.org/a?id=1"),
        ("https://EXAMPLE.org/a", "https://example.org/a"),
    ],
)
def test_addresses_of_one_page(one: str, other: str) -> None:
    assert links.link_key(one) == links.link_key(other)


@pytest.mark.parametrize(
    "other", ["https://example.org/b", "https://example.org/a?id=2", "https://example.org/a#part", "https://x.org/a"]
)
def test_addresses_of_different_pages(other: str) -> None:
    assert links.link_key("https://example.org/a?id=1") != links.link_key(other)


@pytest.mark.parametrize(
    ("urls", "main"),
    [
        (["https://example.org/a", "https://example.org/b"], "https://example.org/a"),
        (["https://twitter.com/somebody", "https://example.org/b"], "https://example.org/b"),
        (["https://social.example/@somebody/", "https://example.org/b"], "https://example.org/b"),
        (["https://github.com/somebody"], None),
        (["https://github.com/somebody/project"], "https://github.com/somebody/project"),
        (["https://example.org/", "https://example.org/b"], None),
        ([], None),
    ],
)
def test_the_main_link_is_the_first_that_is_nobodys_account(urls: list[str], main: str | None) -> None:
    assert links.main_of(urls) == main


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://kestrel.example/blog/2024/what-is-new", ["kestrel"]),
        ("https://docs.kestrel.example.org/", ["docs", "kestrel", "example"]),
        ("https://github.com/someone/Kestrel/releases/tag/v2", ["kestrel"]),
        ("https://github.com/someone", []),
        ("https://docs.rs/kestrel/latest/", ["kestrel"]),
        ("https://twitter.com/someone/status/1", []),
        ("nonsense", []),
    ],
)
def test_what_an_address_calls_the_thing_that_lives_there(url: str, names: list[str]) -> None:
    assert list(links.names_of(url)) == names


def test_words_of_an_address_are_those_that_may_name_its_topic() -> None:
    assert links.words_of("https://github.com/tokio-rs/tokio/pull/1234") == ["tokio"]
    assert links.words_of("https://blog.example.org/2024/01/05/zero-cost-futures.html?x=1") == [
        "example",
        "01",
        "05",
        "zero",
        "cost",
        "futures",
    ]


@pytest.mark.parametrize("url", ["", "nonsense", "http://[::1", "https://", "mailto:a@example.org"])
def test_what_is_no_address_is_no_error(url: str) -> None:
    assert isinstance(links.link_key(url), int)
    assert links.words_of(url) == []
    assert links.host_of(url) == ""


def test_a_long_word_of_any_script_takes_no_time() -> None:
    began_s = time.process_time()
    for letter in ("ஜ", "अ", "a", "ع", "ก", "中", "ó", "'a", "a\u0301", "-a", "__a"):
        tokenize(letter * 2_000 + "~")
    assert time.process_time() - began_s < 1


def test_threads_that_work_at_once_make_the_same_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    endings = ("ing", "ational", "ness", "fulness", "ization", "ably", "ed", "s")
    written = [f"{chr(97 + a)}{chr(97 + b)}rb{end}" for a in range(26) for b in range(26) for end in endings]
    written += [chr(code) for code in range(0x4E00, 0x5200)]
    alone = [(stem(word), fold(word)) for word in written]
    monkeypatch.setattr(tokens, "_folding", tokens._Folding())
    uncached = stem.__wrapped__
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = [pool.submit(lambda: [(uncached(word), fold(word)) for word in written]) for _ in range(4)]
            assert all(work.result() == alone for work in together)
    finally:
        sys.setswitchinterval(interval)


def test_words_that_come_once_are_not_all_remembered() -> None:
    words("warm")
    tracemalloc.start()
    try:
        for number in range(40_000):
            words(f"word{number:06}x")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 10_000_000
