"""What is said of newsletters that are stored and that the configuration names no longer."""

from __future__ import annotations

from digest.render.markdown import cut, plain_inline
from storage.newsletters import Orphan
from ui.messages import counted

ORPHANED = "This newsletter is not in Herald's configuration any more: nothing of it is posted or found."


def orphan_text(orphan: Orphan) -> str:
    """Return what is left of it, and what the operator can do."""
    name = plain_inline(cut(orphan.name, 100))
    return (
        f"{name} is stored ({counted(orphan.issues, 'issue')}, {counted(orphan.channels, 'channel')} following) but "
        f"not in the configuration. If it has another name or source now, write `id: {orphan.key}` there, or run "
        f'`bot.py rename "{orphan.name}" NEW`; if it is gone for good, `bot.py forget newsletter "{orphan.name}"`.'
    )
