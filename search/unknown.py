"""The answer to an unknown name: what was probably meant, and which names exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import S_
from storage.tokens import fold

_ALIKE = 62.0  # percent of likeness from which one name may be a slip of another
_MEANT, _SHOWN = 3, 10
_MEANT_ONE = S_("Did you mean {names}?")


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentences about one kind of name."""

    unknown: str
    none: str
    only: str
    all: str
    others: str


_SAID = {
    "newsletter": _Said(
        S_('No newsletter is called "{name}".'),
        S_("There are no newsletters here yet."),
        S_("The only newsletter is {names}."),
        S_("The newsletters are {names}."),
        S_("The other newsletters are {names}."),
    ),
    "section": _Said(
        S_('No section is called "{name}".'),
        S_("There are no sections here yet."),
        S_("The only section is {names}."),
        S_("The sections are {names}."),
        S_("The other sections are {names}."),
    ),
    "tag": _Said(
        S_('No tag is called "{name}".'),
        S_("There are no tags here yet."),
        S_("The only tag is {names}."),
        S_("The tags are {names}."),
        S_("The other tags are {names}."),
    ),
}


def unknown_name(kind: str, typed: str, names: Sequence[str]) -> str:
    """Return the sentences; `kind` is "newsletter", "section" or "tag", `names` has the most used first."""
    said = _SAID[kind]
    text = said.unknown.format(name=" ".join(typed.split())[:100])
    if meant := _meant(typed, names):
        text += " " + _MEANT_ONE.format(names=" / ".join(meant))
    shown = [name for name in names[:_SHOWN] if name not in meant]
    if not shown:
        return text if names else f"{text} {said.none}"
    more = len(names) - len(meant) - len(shown)
    rest = f" … (+{more:,})" if more > 0 else ""
    all_of_them = said.only if len(names) == 1 else said.all
    return f"{text} {(said.others if meant else all_of_them).format(names=', '.join(shown) + rest)}"


def _meant(typed: str, names: Sequence[str]) -> list[str]:
    from rapidfuzz import fuzz, process

    wanted = " ".join(fold(typed).split())
    folded = [" ".join(fold(name).split()) for name in names]
    if not wanted:
        return []
    found = process.extract(wanted, folded, scorer=fuzz.WRatio, score_cutoff=_ALIKE, limit=_MEANT)
    return [names[at] for name, _, at in found if len(wanted) > 1 or name == wanted]
