"""What a message carries of its delivery: the nonce, and the mark in its button's `custom_id`.

Both begin with the database's own random id, so that two Heralds in one channel leave each other's
messages alone.
"""

from __future__ import annotations

from typing import NamedTuple

NONCE_LIMIT = 25  # characters, Discord's documentation of "Create Message"
_LARGEST, _LONGEST = 2**63 - 1, 19  # of an id: SQLite's integers, and the digits of the largest
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Identity(NamedTuple):
    """Which posting of which delivery."""

    delivery_id: int
    generation: int


def nonce_of(instance: str, identity: Identity) -> str:
    """Return the nonce: the same for every attempt, another for every deliberate new posting."""
    nonce = f"{instance}-{base36(identity.delivery_id)}.{base36(identity.generation)}"
    if len(nonce) > NONCE_LIMIT:
        raise ValueError(f"a nonce of {len(nonce)} characters: {nonce}")
    return nonce


def mark_of(instance: str, identity: Identity) -> str:
    """Return the mark that is in a button of the message for good."""
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
    """Return a number that can be an id: a positive one of at most 63 bits in ASCII digits; None for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else 0
    return number if 0 < number <= _LARGEST else None


def base36(number: int) -> str:
    """Return a number, not below zero, in digits and lower-case letters, as `int(…, 36)` reads it."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
