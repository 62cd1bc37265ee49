from __future__ import annotations

import pytest

from digest.model import Issue, Item, Link
from storage.filtering import By, Filter, FilterResult

ITEM = Item(
    id="x",
    title="Rust 2.0 and the borrow checker",
    section=("News", "Languages"),
    text="Kubernetes operators, written anew. Straße, 東京で新しいコンパイラ.",
    links=(Link("Post", "https://blog.example.org/rust"),),
)


@pytest.mark.parametrize(
    ("conditions", "passes", "by", "word"),
    [
        ({}, True, By.NOTHING, ""),
        ({"words_any": ("go", "RUST")}, True, By.NOTHING, "RUST"),
        ({"words_any": ("go", "rus")}, False, By.ANY, "go, rus"),
        ({"words_any": ("kube*",)}, True, By.NOTHING, "kube*"),
        ({"words_any": ("borrow  Checker",)}, True, By.NOTHING, "borrow  Checker"),
        ({"words_any": ("checker borrow",)}, False, By.ANY, "checker borrow"),
        ({"words_any": ("strasse",)}, True, By.NOTHING, "strasse"),
        ({"words_any": ("コンパイラ",)}, True, By.NOTHING, "コンパイラ"),
        ({"words_any": ("新し",)}, True, By.NOTHING, "新し"),
        ({"words_all": ("rust", "kubernetes")}, True, By.NOTHING, "rust, kubernetes"),
        ({"words_all": ("rust", "java")}, False, By.ALL, "java"),
        ({"words_none": ("operators",)}, False, By.NONE, "operators"),
        ({"words_none": ("operator",)}, True, By.NOTHING, ""),
        ({"words_any": ("rust",), "words_none": ("borrow*",)}, False, By.NONE, "borrow*"),
        ({"sections": ("languages",)}, True, By.NOTHING, "languages"),
        ({"sections": ("Jobs",)}, False, By.SECTION, "Jobs"),
        ({"exclude_sections": ("NEWS",)}, False, By.EXCLUDED_SECTION, "NEWS"),
        ({"sites": ("example.org",)}, True, By.NOTHING, "example.org"),
        ({"sites": ("ample.org", "other.net")}, False, By.SITE, "ample.org, other.net"),
        ({"words_any": ("2.0",)}, True, By.NOTHING, "2.0"),
        ({"words_any": ("c++",)}, False, By.ANY, "c++"),
    ],
)
def test_an_item_is_let_through_or_not_and_a_word_decided(
    conditions: dict[str, tuple[str, ...]], passes: bool, by: By, word: str
) -> None:
    assert Filter(**conditions).item(ITEM) == FilterResult(passes, by, word)
    assert Filter(**conditions).is_empty is (conditions == {})


def test_tags_decide_about_the_issue() -> None:
    issue = Issue(path="a.md", tags=("Science ", "art"))
    assert Filter(tags=("science",)).issue(issue).passes
    assert Filter(tags=("law", "music")).issue(issue) == FilterResult(False, By.TAG, "law, music")
    assert Filter().issue(issue).passes
