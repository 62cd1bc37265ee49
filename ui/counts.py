"""Numbers of things, in somebody's language; `Words` itself counts items."""

from __future__ import annotations

from ui.locales import Words


def counted_issues(number: int, words: Words) -> str:
    """`1 issue`, `2 issues`, in somebody's language."""
    return words.counted(number, "{number} issue", "{number} issues")


def counted_channels(number: int, words: Words) -> str:
    """`1 channel`, `2 channels`, in somebody's language."""
    return words.counted(number, "{number} channel", "{number} channels")


def counted_messages(number: int, words: Words) -> str:
    """`1 message`, `2 messages`, in somebody's language."""
    return words.counted(number, "{number} message", "{number} messages")
