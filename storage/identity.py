"""The identity of a delivery in its message: the nonce, and the mark in its button's `custom_id`.

Both begin with the database's random id, so that two Herald instances in a channel ignore each other's messages.
"""

from __future__ import annotations

from typing import NamedTuple

NONCE_LIMIT = 25  # characters, from Discord's documentation of "Create Message"
_LARGEST, _LONGEST = 2**63 - 1, 19  # largest id (SQLite's integers), and its number of digits
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Identity(NamedTuple):
    """A delivery and its generation."""

    delivery_id: int
    generation: int


def nonce_of(instance: str, identity: Identity) -> str:
    """Return the nonce, which is the same for all attempts of a generation."""
    nonce = f"{instance}-{base36(identity.delivery_id)}.{base36(identity.generation)}"
    if len(nonce) > NONCE_LIMIT:
        raise ValueError(f"a nonce of {len(nonce)} characters: {nonce}")
    return nonce


def mark_of(instance: str, identity: Identity) -> str:
    """Return the mark that stays in a button of the message."""
    return f"{instance}:{base36(identity.delivery_id)}:{base36(identity.generation)}"


def read(instance: str, text: str) -> Identity | None:
    """Return the identity in a nonce or a mark; None if it is not from this database."""
    owner, _, rest = text.replace("-", ":", 1).partition(":")
    delivery_id, found, generation = rest.replace(".", ":", 1).partition(":")
    if owner != instance or not found:
        return None
    try:
        identity = Identity(int(delivery_id, 36), int(generation, 36))
    except ValueError:
        return None
    return identity if max(identity) <= _LARGEST else None


def number_of(text: str) -> int | None:
    """Parse an id: a positive number of at most 63 bits in ASCII digits; None for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else 0
    return number if 0 < number <= _LARGEST else None


def base36(number: int) -> str:
    """Return a non-negative number in base 36, lower case."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
