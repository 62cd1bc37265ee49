"""Segmentation of queries in scripts without spaces. Items are indexed by pairs of characters and are not segmented."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any, cast

from storage.tokens import TOKEN, fold

_KANA = re.compile("[\u3040-\u30ff]")
_KATAKANA = "[\u30a1-\u30fa\u30fc-\u30ff]"
_HIRAGANA = "[\u3041-\u309f]"
_HAN = "[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
# Particles separate words ("手数料の見積もり" is two), inflectional endings do not ("引き上げる" is one).
_PARTICLE = "[をのにがはとでもへや]"
_JAPANESE = re.compile(rf"{_KATAKANA}+|{_HAN}+(?:(?!{_PARTICLE}){_HIRAGANA}{_HAN}+)*|{_HIRAGANA}+")
_LONG = 2  # characters; longer runs of Chinese characters may be several words
# Function words of Chinese and Japanese questions.
STOP_WORDS = frozenset(
    """为什么 什么 怎么样 怎么 怎样 如何 有没有 是不是 哪些 哪个 哪里 多少 可以 我们 你们 一个 这个 那个 关于 以及
    或者 还是 请问 办法 方法 一下 自己 好用 最好 怎么办 能不能 相关 有关 区别 文章 的 了 吗 呢 吧 和 与 或 是 在 有 被
    把 很 都 给 让 用 上 下 里 中 我 你 他 想 要 会 能 做 对 从 到 の とは という について です ます する した して ある
    なる こと もの なぜ どう どうやって 何 违 记事 使い方""".split()  # noqa: SIM905
)
_converting = threading.Lock()  # OpenCC does not document thread safety


@functools.cache
def _converters() -> tuple[Any, Any]:
    """Return OpenCC's converters to traditional characters and from Taiwan's vocabulary; loaded on first use."""
    from opencc import OpenCC

    converter = cast("Any", OpenCC)
    return converter("s2t"), converter("tw2sp")


@functools.cache
def _jieba() -> Any:
    """Return jieba's dictionary (50 MB); loaded on first use."""
    import rjieba

    return rjieba


def prepare() -> None:
    """Load the dictionary now: this blocks all threads of the process for half a second."""
    _jieba()


def regional(word: str) -> str:
    """Return the mainland's word for one that is used in Taiwan alone ("资料库": "数据库"), else the word itself."""
    if not re.search(_HAN, word):
        return word
    with _converting:
        to_traditional, from_taiwan = _converters()
        return str(from_taiwan.convert(to_traditional.convert(word)))


def segmented(run: str) -> list[str]:
    """Return the words of a folded run without spaces; function words are dropped if others remain.

    A single character is too unspecific: it is joined to the word before it, else to the one after it, and dropped if
    it is alone.
    """
    spans = list(_spans(run))
    telling = [span for span in spans if run[slice(*span)] not in STOP_WORDS] or spans
    words = [run[slice(*span)] for span in _joined(telling)]
    return [word for word in words if len(word) > 1] or words


def says_nothing(run: str) -> bool:
    """Whether a run consists of function words alone."""
    return all(run[slice(*span)] in STOP_WORDS for span in _spans(run))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join each single character to the word right before it, else to the one after it."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        before, till = joined[-1] if joined else (0, -1)
        if till == start and 1 in {end - start, till - before}:
            joined[-1] = (before, end)
        else:
            joined.append((start, end))
    return joined


def _spans(run: str) -> Iterator[tuple[int, int]]:
    at = 0
    for word in _japanese(run) if _KANA.search(run) else _words(run):
        at = run.index(word, at)
        yield at, at + len(word)
        at += len(word)


def words_without_spaces(text: str) -> set[str]:
    """Return a text's words of two or more characters in scripts without spaces, without function words."""
    runs = (match[0] for match in TOKEN.finditer(fold(text)) if match.lastgroup == "pairs")
    words = (word for run in runs for word in (_japanese(run) if _KANA.search(run) else _words(run)))
    return {word for word in words if len(word) > 1 and word not in STOP_WORDS}


def _words(run: str) -> list[str]:
    """Segment a Chinese run with jieba's dictionary; return a short run, or one in another script, unchanged."""
    if len(run) <= _LONG or not re.match(_HAN, run):
        return [run]
    return [str(word) for word in _jieba().cut(run)]


def _japanese(run: str) -> Iterator[str]:
    """Yield the words of a Japanese run, split where the script changes.

    Endings and particles in hiragana are dropped if there is anything else.
    """
    found: list[str] = _JAPANESE.findall(run)
    for word in found:
        if not re.match(_HIRAGANA, word):
            yield word
    if all(re.match(_HIRAGANA, word) for word in found):
        yield from found
