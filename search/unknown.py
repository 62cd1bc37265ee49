"""The message for an unknown name: the likely correction, and the names that exist."""

from __future__ import annotations

from collections.abc import Sequence

from errors import S_
from search.completion import most_likely

_MEANT, _SHOWN = 3, 10
_UNKNOWN = {
    "newsletter": S_('No newsletter is called "{name}".'),
    "section": S_('No section is called "{name}".'),
    "tag": S_('No tag is called "{name}".'),
}
_MEANT_ONE = S_("Did you mean {names}?")
_THERE_ARE = S_("There are: {names}.")
_NONE = S_("There are none here yet.")


def unknown_name(kind: str, typed: str, names: Sequence[str]) -> str:
    """Return the message; `kind` is "newsletter", "section" or "tag", `names` are sorted by use, most used first."""
    text = _UNKNOWN[kind].format(name=" ".join(typed.split())[:100])
    if not names:
        return f"{text} {_NONE}"
    if typed.strip() and (meant := most_likely(typed, names, _MEANT)):
        text += " " + _MEANT_ONE.format(names=" / ".join(meant))
        if len(meant) == len(names):
            return text
    more = f" … (+{len(names) - _SHOWN:,})" if len(names) > _SHOWN else ""
    return f"{text} {_THERE_ARE.format(names=', '.join(names[:_SHOWN]) + more)}"
