"""Caches of functions of a text, which can all be cleared."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper  # pyright: ignore[reportPrivateUsage]

Answer = TypeVar("Answer")
_remembering: list[_lru_cache_wrapper[object]] = []


def remembering(count: int) -> Callable[[Callable[..., Answer]], _lru_cache_wrapper[Answer]]:
    """Return a decorator that caches the last `count` results, like `functools.lru_cache`."""

    def decorate(function: Callable[..., Answer]) -> _lru_cache_wrapper[Answer]:
        decorated = lru_cache(maxsize=count)(function)
        _remembering.append(decorated)  # pyright: ignore[reportArgumentType]
        return decorated

    return decorate


def forget() -> None:
    """Clear all caches, which would otherwise keep the texts of a large file in memory."""
    for function in _remembering:
        function.cache_clear()
