"""Confirmation of irreversible changes."""

from __future__ import annotations

import sys

from errors import UserError


def confirm(what: str, word: str, *, yes: bool) -> None:
    """Return once the user types `word`, or immediately with `yes`. Raises UserError otherwise."""
    print(what, file=sys.stderr)
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("Nothing was changed: there is no terminal to confirm it on. Add --yes to skip the question.")
    print(f'Type "{word}" to continue: ', end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != word:
        raise UserError("Nothing was changed.")
