"""The lifecycle of a delivery as pure functions, after the table in docs/delivery.md.

A delivery records the desired state (`wanted`, with a version that grows with each visible change) and the actual
state in the channel (`done`, with its version). The next action follows from comparing the two, whatever happened in
between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from storage.records import Action, State, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The columns of a delivery that its transitions read and change."""

    action: Action = Action.POST
    state: State = State.PENDING
    wanted: Wanted = Wanted.SHOWN
    wanted_version: int = 1
    claimed_version: int = 0  # the wanted version when the current or last request was claimed
    done: Wanted | None = None  # None: never posted
    done_version: int = 0


_AIMS = {
    Action.POST: Wanted.SHOWN,
    Action.EDIT: Wanted.SHOWN,
    Action.WITHDRAW: Wanted.WITHDRAWN,
    Action.DELETE: Wanted.DELETED,
}


def want(life: Life, wanted: Wanted, *, is_changed: bool = False) -> Life:
    """Set the desired state; `is_changed` means that the content differs from before."""
    is_back = wanted is Wanted.SHOWN and life.wanted is not Wanted.SHOWN
    if not is_changed and wanted is life.wanted:
        return life
    life = replace(life, wanted=wanted, wanted_version=life.wanted_version + is_changed)
    if life.state is State.SENDING:
        return life  # the next action is chosen once the outcome is known
    if life.state is State.SKIPPED and (life.done is not None or not is_back):
        return life
    return _next(life)


def claim(life: Life) -> Life:
    """Record that a request is about to be sent."""
    return replace(life, state=State.SENDING, claimed_version=life.wanted_version)


def succeed(life: Life) -> Life:
    """Record that the request in flight succeeded."""
    return _next(replace(life, state=State.SENT, done=_AIMS[life.action], done_version=life.claimed_version))


def park(life: Life) -> Life:
    """Record a permanent rejection by Discord; only a change of the content causes another attempt."""
    life = replace(life, state=State.FAILED)
    is_outdated = life.wanted_version > life.claimed_version or life.wanted is not _AIMS[life.action]
    return _next(life) if is_outdated else life


def give_back(life: Life) -> Life:
    """Record that the request had no effect; retry it if it is still wanted."""
    return _next(replace(life, state=State.PENDING))


def dismiss(life: Life) -> Life:
    """End the delivery: unfollowed, replaced by a repost, or its message was deleted by a person."""
    return replace(life, state=State.SKIPPED, done=Wanted.DELETED)


def _next(life: Life) -> Life:
    """Choose the next action by comparing the desired with the actual state."""
    if life.done is None:
        is_wanted = life.wanted is Wanted.SHOWN
        return replace(life, action=Action.POST, state=State.PENDING if is_wanted else State.SKIPPED)
    if life.done is Wanted.DELETED:
        if life.wanted is not Wanted.SHOWN:
            return replace(life, state=State.SENT)
        return replace(life, action=Action.POST, state=State.PENDING, done=None)
    if life.done is life.wanted and (life.wanted is Wanted.WITHDRAWN or life.done_version == life.wanted_version):
        return replace(life, state=State.SENT)
    action = {Wanted.SHOWN: Action.EDIT, Wanted.WITHDRAWN: Action.WITHDRAW, Wanted.DELETED: Action.DELETE}[life.wanted]
    return replace(life, action=action, state=State.PENDING)
