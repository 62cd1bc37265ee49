"""Resolves an issue or item that was chosen from the suggestions or typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.render.markdown import cut, plain_inline
from errors import UserError
from storage.choices import ISSUE, ITEM, chosen_number
from storage.records import Choice, IssueRecord, ItemRecord
from storage.scope import Scope
from storage.tokens import fold
from ui.locales import N_

if TYPE_CHECKING:
    from app.services import Services


_NO_ISSUE = N_('No issue matches "{typed}". Choose one of the suggestions as you type.')
_NO_ITEM = N_('No item matches "{typed}". Choose one of the suggestions as you type.')
_NEAR_ISSUE = N_('No issue matches "{typed}". Did you mean "{near}"? Choose one of the suggestions as you type.')
_NEAR_ITEM = N_('No item matches "{typed}". Did you mean "{near}"? Choose one of the suggestions as you type.')
_SLIP = 80.0  # similarity from 0 to 100; below it a name is a different one, not a typo
_DIGITS = re.compile(r"\d+")


async def issue_named(services: Services, scope: Scope, typed: str) -> IssueRecord:
    """Return the issue that was chosen, or that has this title or number. Raises UserError."""
    number = chosen_number(typed, ISSUE) or await issue_called(services, scope, typed)
    if number is None and not _is_number(typed):
        number = _meant(await services.completion.issues(scope, typed, limit=1), typed, _NEAR_ISSUE)
    record = await services.archive.issue(scope, number) if number is not None else None
    if record is None:
        raise _unknown(_NO_ISSUE, typed)
    return record


async def item_named(services: Services, scope: Scope, typed: str) -> ItemRecord:
    """Return the item that was chosen, or that has this title or a similar one. Raises UserError."""
    number = chosen_number(typed, ITEM)
    if number is None:
        found = await services.names.items(scope, typed)
        near = [] if found else await services.completion.items(scope, typed, limit=1)
        number = found[0] if found else _meant(near, typed, _NEAR_ITEM)
    item = await services.archive.item(scope, number) if number is not None else None
    if item is None:
        raise _unknown(_NO_ITEM, typed)
    return item


async def issue_called(services: Services, scope: Scope, typed: str) -> int | None:
    """Return the newest issue with exactly this title, else the one with this number, else None."""
    found = await services.names.issues(scope, typed)
    if not found and _is_number(typed):
        found = await services.names.numbered(scope, typed.strip().lstrip("#"))
    return found[0] if found else None


def _meant(near: Sequence[Choice], typed: str, text: str) -> int | None:
    """Return the id of the nearest suggestion; None if there is none.

    Raises UserError if it is a different name rather than a typo, so that nothing is withdrawn that was not named.
    """
    if not near:
        return None
    if not _is_slip(typed, near[0].label):
        raise UserError(text, typed=plain_inline(cut(typed, 100)), near=plain_inline(cut(near[0].label, 100)))
    return int(near[0].value)


def _is_slip(typed: str, name: str) -> bool:
    """Whether a name contains what was typed, or nearly so. A different number always means a different issue."""
    from rapidfuzz import fuzz

    asked, there = fold(typed), fold(name)
    if not set(_DIGITS.findall(there)).issuperset(_DIGITS.findall(asked)):
        return False
    return all(word in there for word in asked.split()) or fuzz.partial_ratio(asked, there) >= _SLIP


def _is_number(typed: str) -> bool:
    digits = typed.strip().lstrip("#")
    return digits.isascii() and digits.isdecimal() and len(digits) <= 6


def _unknown(text: str, typed: str) -> UserError:
    return UserError(text, typed=plain_inline(cut(typed, 100)))
