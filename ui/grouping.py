"""Merges sentences that report the same of several channels into one sentence about all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from errors import untold

NAMED = 10  # channels named in one sentence
_SIGNS = "⚠️❗🔸✋ "
_CHANNEL = "channel"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Shape:
    """A sentence without its channel: texts of the same shape report the same."""

    sign: str
    sentence: str
    values: tuple[tuple[str, str], ...]

    def of(self, channels: Sequence[str]) -> str:
        """Return the sentence about these channels."""
        more = f" (+{len(channels) - NAMED:,})" if len(channels) > NAMED else ""
        return self.sign + self.sentence.format(**dict(self.values), channel=", ".join(channels[:NAMED]) + more)


def gathered(found: Sequence[T], text_of: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """Return the texts with their members, in the order of `found`; texts of the same shape are merged.

    Only texts marked with `S_` are merged; one without a channel, or from another source, stays single.
    """
    groups: dict[_Shape | str, list[tuple[str, T]]] = {}
    for one in found:
        shape, channel = _parsed(text_of(one))
        groups.setdefault(shape, []).append((channel, one))
    return [
        (_text(shape, [channel for channel, _ in members], text_of(members[0][1])), [one for _, one in members])
        for shape, members in groups.items()
    ]


def is_alike(text: str, other: str) -> bool:
    """Whether two texts report the same of two channels."""
    shape, channel = _parsed(text)
    return isinstance(shape, _Shape) and (shape, channel) != _parsed(other) and shape == _parsed(other)[0]


def _text(shape: _Shape | str, channels: Sequence[str], first: str) -> str:
    different = list(dict.fromkeys(channels))
    return first if isinstance(shape, str) or len(different) == 1 else shape.of(different)


def _parsed(text: str) -> tuple[_Shape | str, str]:
    """Return a text's shape and its channel; if its reason is a sentence about that channel, the reason's shape."""
    rest = text.lstrip(_SIGNS)
    sign, found = text[: len(text) - len(rest)], untold(rest)
    if found is None or _CHANNEL not in found[1]:
        return text, ""
    sentence, values = found
    channel = values.pop(_CHANNEL)
    inner = untold(values.get("reason", ""))
    if inner is not None and _CHANNEL in inner[1]:
        sentence, values = inner
        del values[_CHANNEL]
    return _Shape(sign, sentence, tuple(sorted(values.items()))), channel
