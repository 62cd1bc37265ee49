"""Counts in the user's language; items are counted by `Words`."""

from __future__ import annotations

from ui.locales import Words


def counted_issues(number: int, words: Words) -> str:
    """Return `1 issue` or `2 issues`, in the user's language."""
    return words.counted(number, "{number} issue", "{number} issues")


def counted_channels(number: int, words: Words) -> str:
    """Return `1 channel` or `2 channels`, in the user's language."""
    return words.counted(number, "{number} channel", "{number} channels")


def counted_messages(number: int, words: Words) -> str:
    """Return `1 message` or `2 messages`, in the user's language."""
    return words.counted(number, "{number} message", "{number} messages")
