"""Every phrase of every language can fire: a text made from its pattern is found."""

from __future__ import annotations

import re
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from digest.items import wording
from digest.items.phrases import Phrases

KINDS = sorted({kind for words in wording.LANGUAGES.values() for kind in words if not kind.endswith("_keys")})
CATEGORIES = {
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_NOT_WORD: " ",
    op.CATEGORY_NOT_SPACE: "a",
}


def example(tokens: Any, branch: int) -> str:
    """A short text that a parsed pattern may match; `branch` says which of several alternatives is taken."""
    return "".join(one(name, value, branch) for name, value in tokens)


def one(name: Any, value: Any, branch: int) -> str:
    if name in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        least, _, inner = value
        if inner[0][0] is op.ANY and least != 1:
            return f" {'a' * (least - 1)} " if least else " "
        return example(inner, branch) * least
    makers = {
        op.LITERAL: chr,
        op.NOT_LITERAL: lambda value: "a" if value != ord("a") else "b",
        op.ANY: lambda _: "a",
        op.IN: member,
        op.SUBPATTERN: lambda value: example(value[-1], branch),
        op.BRANCH: lambda value: example(value[1][branch % len(value[1])], branch),
        op.ASSERT: lambda value: example(value[1], branch),
        op.AT: lambda _: "",
        op.ASSERT_NOT: lambda _: "",
    }
    return makers[name](value)


def member(choices: Any) -> str:
    """A character of a set."""
    if choices[0][0] is op.NEGATE:
        return "a"
    name, value = choices[0]
    if name is op.RANGE:
        return chr(value[0])
    return CATEGORIES[value] if name is op.CATEGORY else chr(value)


def test_there_are_languages_and_kinds():
    assert {"en", "de", "fr", "es", "pt", "it", "ru", "zh", "ja", "ko", "shared"} <= set(wording.LANGUAGES)
    assert all(hasattr(wording, kind.upper()) for kind in KINDS)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_phrase_can_fire(language: str):
    phrases = [(kind, pattern) for kind in KINDS for pattern in wording.LANGUAGES[language].get(kind, ())]
    assert phrases
    faults = {(kind, pattern): fault for kind, pattern in phrases if (fault := fault_of(kind, pattern))}
    assert faults == {}


def fault_of(kind: str, pattern: str) -> str:
    """Say why a phrase could never fire; "" for one that can."""
    texts = [example(parser.parse(pattern), branch) for branch in range(6)]
    texts += [text.strip() for text in texts]
    text = next((text for text in texts if re.search(pattern, text)), "")
    if not text:
        return f"no example of {texts} is right"
    if pattern != pattern.lower() and not re.search(r"\\[A-Z]", pattern):
        return "texts are compared in lower case"
    phrases = getattr(wording, kind.upper())
    found = phrases.search(text) if isinstance(phrases, Phrases) else phrases.fullmatch(text)
    return "" if found else f"{text!r} is not found"
