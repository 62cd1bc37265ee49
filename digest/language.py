"""Determines the language of an issue: declared by its author, otherwise detected from its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

import pycld2

_Refused = cast("type[Exception]", cast("Any", pycld2).error)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\Z")
_ENOUGH = 4_000  # characters that are enough for detection
_OWN_SCRIPTS = frozenset({"ja", "ko", "zh", "zh-Hant", "th", "el", "he", "hy", "ka"})  # identified by their scripts
_MOST = 50  # minimum percent of a text
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|https?://\S+")


def language_of(declared: str, texts: Iterable[str]) -> str:
    """Return a language tag ("de", "zh-Hant"); "" if none is declared and detection fails."""
    declared = declared.strip()
    if _TAG.match(declared):
        return declared.replace("_", "-")
    sample = ""
    for text in texts:
        sample += _UNSAYABLE.sub(" ", text) + "\n"
        if len(sample) >= _ENOUGH:
            break
    try:
        is_sure, code = _detected(sample[:_ENOUGH])
    except _Refused:  # the library rejects some characters
        return ""
    return code if is_sure and code != "un" else ""


def _detected(text: str) -> tuple[bool, str]:
    """Return whether the language of a text is certain, and its code."""
    is_sure, _, found = cast(
        "tuple[bool, int, tuple[tuple[str, str, int, float], ...]]", cast("Any", pycld2).detect(text)
    )
    _, code, percent, _ = found[0]
    # Names of programs in Japanese text make the library unsure, but the script is unambiguous.
    return is_sure or (code in _OWN_SCRIPTS and percent >= _MOST), code
