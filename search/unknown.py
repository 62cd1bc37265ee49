"""What to answer to a name that nothing has: what was probably meant, and what there is."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from storage.tokens import fold

_ALIKE = 62.0  # percent of likeness from which one name may be a slip of another
_MEANT, _SHOWN = 3, 10
_PLURALS = {"newsletter": "newsletters", "section": "sections", "tag": "tags"}


def unknown_name(kind: str, typed: str, names: Sequence[str]) -> str:
    """Return the sentences; `kind` is "newsletter", "section" or "tag", `names` has the most used first."""
    text = f'No {kind} is called "{" ".join(typed.split())[:100]}".'
    if meant := _meant(typed, names):
        text += f" Did you mean {' or '.join(meant)}?"
    shown = [name for name in names[:_SHOWN] if name not in meant]
    if not shown:
        return text if names else f"{text} There are no {_PLURALS[kind]} here yet."
    more = len(names) - len(meant) - len(shown)
    rest = f" and {more:,} more" if more > 0 else ""
    others = "other " if meant else ""
    return f"{text} The {others}{_PLURALS[kind]} are {', '.join(shown)}{rest}."


def _meant(typed: str, names: Sequence[str]) -> list[str]:
    wanted = " ".join(fold(typed).split())
    folded = [" ".join(fold(name).split()) for name in names]
    if not wanted:
        return []
    found = process.extract(wanted, folded, scorer=fuzz.WRatio, score_cutoff=_ALIKE, limit=_MEANT)
    return [names[at] for name, _, at in found if len(wanted) > 1 or name == wanted]
