"""The issue or the item that somebody chose from the suggestions, or typed the name of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.render.markdown import cut, plain_inline
from errors import UserError
from storage.choices import ISSUE, ITEM, chosen_number
from storage.records import IssueRecord, ItemRecord
from storage.scope import Scope
from ui.locales import N_

if TYPE_CHECKING:
    from app.services import Services


_NO_ISSUE = N_('No issue matches "{typed}". Choose one of the suggestions as you type.')
_NO_ITEM = N_('No item matches "{typed}". Choose one of the suggestions as you type.')


async def issue_named(services: Services, scope: Scope, typed: str) -> IssueRecord:
    """Return the issue that was chosen, has this title or is called by this number. Raises UserError."""
    number = chosen_number(typed, ISSUE) or await issue_called(services, scope, typed)
    if number is None and (near := await services.completion.issues(scope, typed, limit=1)):
        number = int(near[0].value) if not _is_number(typed) else None
    record = await services.archive.issue(scope, number) if number is not None else None
    if record is None:
        raise _unknown(_NO_ISSUE, typed)
    return record


async def item_named(services: Services, scope: Scope, typed: str) -> ItemRecord:
    """Return the item that was chosen or has this title, or nearly so. Raises UserError."""
    number = chosen_number(typed, ITEM)
    if number is None:
        found = await services.names.items(scope, typed)
        near = [] if found else await services.completion.items(scope, typed, limit=1)
        number = found[0] if found else int(near[0].value) if near else None
    item = await services.archive.item(scope, number) if number is not None else None
    if item is None:
        raise _unknown(_NO_ITEM, typed)
    return item


async def issue_called(services: Services, scope: Scope, typed: str) -> int | None:
    """Return the newest issue with exactly this title, else the one that people call by this number, if there is
    one.
    """
    found = await services.names.issues(scope, typed)
    if not found and _is_number(typed):
        found = await services.names.numbered(scope, typed.strip().lstrip("#"))
    return found[0] if found else None


def _is_number(typed: str) -> bool:
    digits = typed.strip().lstrip("#")
    return digits.isascii() and digits.isdecimal() and len(digits) <= 6


def _unknown(text: str, typed: str) -> UserError:
    return UserError(text, typed=plain_inline(cut(typed, 100)))
