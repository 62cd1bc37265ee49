"""Log entries for a saved subscription: that it follows, or which options changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import RowMapping

from storage import history
from storage.history import Actor, EventKind, HistoryEvent
from storage.layouts import Origin
from storage.options import Options, changes, stored
from storage.rows import subscription_of


def follows(row: RowMapping) -> bool:
    """Whether a subscription follows: it is neither removed nor only for reposts."""
    return row["removed_at"] is None and Origin(row["origin"]).follows


def told_of(before: RowMapping | None, now: RowMapping, actor: Actor | None) -> list[HistoryEvent]:
    """Return the log entries for a saved subscription; none if it is only for reposts."""
    if not Origin(now["origin"]).follows:
        return []
    if before is None or not follows(before):
        return [history.of_subscription(now, EventKind.FOLLOWED, actor, ", ".join(_settings(now)))]
    old, new = subscription_of(before).options, subscription_of(now).options
    changed = [f"{name.replace('_', ' ')}: {_shown(old, name)} → {_shown(new, name)}" for name in changes(old, new)]
    return [history.of_subscription(now, EventKind.ADJUSTED, actor, "; ".join(changed))] if changed else []


def _settings(row: RowMapping) -> list[str]:
    """Describe a subscription's options that differ from the defaults, layout first."""
    options = subscription_of(row).options
    named = [name for name in stored(options) if name != "layout"]
    return [options.layout.value, *(f"{name.replace('_', ' ')}: {_shown(options, name)}" for name in named)]


def _shown(options: Options, name: str) -> str:
    """Return an option's value for display, including empty filter conditions."""
    value = stored(options).get(name, getattr(options, name))
    if isinstance(value, list | tuple):
        return " or ".join(str(one) for one in cast("Sequence[object]", value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "colour" and value is not None:
        return f"#{value:06X}"
    return str(value) if value not in {None, ""} else "none"
