"""How a query's words may be written or meant otherwise, and the sentences that say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from search import acronyms, compounds, inflections, spelling
from search.query import Unit
from search.scoped import ScopedConnection


@dataclass(frozen=True, slots=True)
class Reading:
    """The units as they are looked for; `note` tells the person who asked where they were not typed so, else ""."""

    units: Sequence[Unit]
    note: str = ""


def written(
    connection: ScopedConnection,
    units: Sequence[Unit],
    frequency: Callable[[Unit], int],
    note: str = "",
    *,
    is_nowhere: bool = False,
) -> Reading:
    """Return the units with what stands for them in other texts, `note` coming first.

    `is_nowhere` says that no text has the units as they are.
    """
    inflected = [replace(unit, others=(*unit.others, *inflections.inflected(connection, unit))) for unit in units]
    wider, also = compounds.widened(connection, inflected, frequency, is_nowhere=is_nowhere)
    notes = [note, _also(also)]
    if short := acronyms.widened(connection, wider, frequency):
        wider, told = short
        notes.append(told)
    return Reading(wider, _joined(notes))


def instead(units: Sequence[Unit]) -> str:
    """Return the sentence for words that stand in the place of those that were typed."""
    return f'Showing results for "{" ".join(unit.shown for unit in units)}".'


def spelt(connection: ScopedConnection, read: Reading, frequency: Callable[[Unit], int]) -> Reading | None:
    """Return a reading with far more frequent words beside rare ones like them; None where there are none."""
    if found := spelling.widened(connection, read.units, frequency):
        wider, also = found
        return Reading(wider, _joined([read.note, _also(also)]))
    return None


def _also(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return f"Also showing {' and '.join(quoted)}." if words else ""


def _joined(notes: Sequence[str]) -> str:
    return " ".join(filter(None, notes))
