"""What functions of a text remember of their answers, and how to make them forget it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper  # pyright: ignore[reportPrivateUsage]

Answer = TypeVar("Answer")
_remembering: list[_lru_cache_wrapper[object]] = []


def remembering(count: int) -> Callable[[Callable[..., Answer]], _lru_cache_wrapper[Answer]]:
    """Decorate a function so that it remembers its last `count` answers, as `functools.lru_cache` does."""

    def decorate(function: Callable[..., Answer]) -> _lru_cache_wrapper[Answer]:
        decorated = lru_cache(maxsize=count)(function)
        _remembering.append(decorated)  # pyright: ignore[reportArgumentType]
        return decorated

    return decorate


def forget() -> None:
    """Let go of all texts: those of a large file would stay in memory, each by its length."""
    for function in _remembering:
        function.cache_clear()
