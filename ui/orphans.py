"""Notes about stored newsletters that the configuration no longer names."""

from __future__ import annotations

from digest.render.markdown import cut, plain_inline
from errors import S_
from storage.newsletters import Orphan
from ui.counts import counted_channels, counted_issues
from ui.locales import spoken

ORPHANED = S_("This newsletter is not in Herald's configuration any more: nothing of it is posted or found.")


def orphan_text(orphan: Orphan) -> str:
    """Return what is stored of an orphaned newsletter, and what the operator can do."""
    words = spoken()
    return words(
        "{newsletter} is stored ({issues}, {channels} following) but not in the configuration. If it has another name "
        "or source now, write `id: {key}` there, or run `{rename}`; if it is gone for good, `{forget}`.",
        newsletter=plain_inline(cut(orphan.name, 100)),
        issues=counted_issues(orphan.issues, words),
        channels=counted_channels(orphan.channels, words),
        key=orphan.key,
        rename=f'bot.py rename "{orphan.name}" NEW',
        forget=f'bot.py forget newsletter "{orphan.name}"',
    )
