"""When and why a message was edited, marked as withdrawn or deleted: the part of `/why` from a message's own events."""

from __future__ import annotations

from collections.abc import Sequence

from storage.history import EventKind, HistoryEvent
from storage.records import Delivery, Wanted
from ui.locales import N_, spoken
from ui.why_account import Account
from ui.why_issue import Who, at_of

_SHOWN = frozenset({EventKind.POSTED, EventKind.EDITED, EventKind.RESTORED})
_CAUSES = frozenset({EventKind.CHANGED, EventKind.ADDED, EventKind.REMOVED, EventKind.RETURNED})
EDITS = 3  # newest edits of a message that are listed individually
_DID_TO_ITEM = {
    EventKind.CHANGED: N_("changed it"),
    EventKind.ADDED: N_("brought it back"),
    EventKind.REMOVED: N_("took it out"),
}
_DID = {
    EventKind.CHANGED: N_("changed {number} item", "changed {number} items"),
    EventKind.ADDED: N_("added {number} item", "added {number} items"),
    EventKind.REMOVED: N_("took out {number} item", "took out {number} items"),
}


def edits(account: Account, mine: Sequence[HistoryEvent], who: Who) -> list[str]:
    """Return when and why the message was edited, the last times individually; edits of links alone are omitted."""
    told = [_edit(account, mine, one, who) for one in mine if one.kind in {EventKind.EDITED, EventKind.RESTORED}]
    told = [sentence for sentence in told if sentence]
    earlier = len(told) - EDITS
    before = spoken().counted(earlier, "Edited {number} time before.", "Edited {number} times before.")
    return [*([before] if earlier > 0 else []), *told[-EDITS:]]


def _edit(account: Account, mine: Sequence[HistoryEvent], edit: HistoryEvent, who: Who) -> str:
    is_back = edit.kind is EventKind.RESTORED
    before = max((one.id for one in mine if one.id < edit.id and one.kind in _SHOWN), default=0)
    # The events since the message was last shown or edited are what changed it.
    causes = [one for one in account.events if before < one.id < edit.id]
    reason = _cause(account, causes, who, is_back=is_back)
    text = N_("Shown again on {when}, {reason}.") if is_back else N_("Edited on {when}, {reason}.")
    return spoken()(text, when=at_of(edit), reason=reason) if reason else ""


def _cause(account: Account, causes: Sequence[HistoryEvent], who: Who, *, is_back: bool) -> str:
    """Return which change of the source, or which user, changed a message; "" if only a header's links changed."""
    words = spoken()
    acts = [one for one in causes if one.kind is (EventKind.REPOSTED if is_back else EventKind.RETRACTED)]
    if is_back and acts:
        return words("because {person} reposted it", person=who(acts[-1].user_id))
    is_item = account.item_id is not None
    found = [one for one in causes if one.kind in _CAUSES and _concerns(one, account.item_id)]
    if parts := dict.fromkeys(_change(one, is_item=is_item) for one in found):
        return words("because its author {changes}", changes=words(" and ").join(parts))
    if is_item:
        return words("to update what is shown with its text")
    if acts and acts[-1].items:
        return words.counted(
            len(acts[-1].items),
            "because {person} withdrew {number} item",
            "because {person} withdrew {number} items",
            person=who(acts[-1].user_id),
        )
    return ""


def _concerns(event: HistoryEvent, item_id: int | None) -> bool:
    """Whether a change of the source affects an item's message; a header is affected by each."""
    return item_id is None or (event.is_about(item_id) and (bool(event.items) or event.kind is EventKind.RETURNED))


def _change(event: HistoryEvent, *, is_item: bool) -> str:
    words = spoken()
    if event.kind is EventKind.RETURNED:
        return words("brought the issue back")
    if is_item:
        return words(_DID_TO_ITEM[event.kind])
    if event.kind is EventKind.CHANGED and not event.items:
        return words(
            "changed the issue's {parts}", parts=words.listed([words.told(one) for one in event.detail.split(", ")])
        )
    return words.counted(len(event.items), *_DID[event.kind]) if event.items else words("took the issue back")


def end(account: Account, delivery: Delivery, mine: Sequence[HistoryEvent], who: Who) -> list[str]:
    """Return what finally happened to the message, if it is no longer shown."""
    last = next(
        (one for one in reversed(mine) if one.kind in {EventKind.WITHDRAWN, EventKind.DELETED, EventKind.LOST}), None
    )
    if delivery.done in {Wanted.SHOWN, None} or last is None:
        return []
    words = spoken()
    if last.kind is EventKind.LOST:
        return [
            words(
                "A person deleted the message; Herald noticed on {when} and does not post it again.", when=at_of(last)
            )
        ]
    cause = _reason(account, last)
    is_later = cause is not None and cause.id > last.id
    text = _ENDS[last.kind is EventKind.WITHDRAWN, is_later]
    return [words(text, when=at_of(last), reason=_why_taken_back(cause, who))]


_ENDS = {  # whether it is marked, and whether the reason that keeps it away is more recent
    (True, False): N_("Marked as withdrawn on {when}, because {reason}."),
    (True, True): N_("Marked as withdrawn on {when}; it still is, because {reason}."),
    (False, False): N_("Deleted on {when}, because {reason}."),
    (False, True): N_("Deleted on {when}; it stays away, because {reason}."),
}


def _why_taken_back(cause: HistoryEvent | None, who: Who) -> str:
    words = spoken()
    if cause is not None and cause.kind is EventKind.RETRACTED:
        return words("{person} withdrew it", person=who(cause.user_id))
    if cause is not None and not cause.items:
        return words("its issue's file was removed from the source")
    return words("its author took it out of the issue")


def _reason(account: Account, ending: HistoryEvent) -> HistoryEvent | None:
    """Return why a message is gone: what keeps it away until now, else why it was withdrawn."""
    causes: list[HistoryEvent] = []
    at_the_end: list[HistoryEvent] = []
    for one in account.events:
        if _takes_out(one, account) or retracts(one, account.item_id):
            causes = [*causes, one]
        else:
            causes = [cause for cause in causes if not _undoes(one, cause, account.item_id)]
        if one.id < ending.id:
            at_the_end = causes
    lasting = [one for one in causes if one.id < ending.id] or causes or at_the_end
    return lasting[-1] if lasting else None


def _undoes(event: HistoryEvent, cause: HistoryEvent, item_id: int | None) -> bool:
    """Whether an event undid an earlier removal or withdrawal."""
    if event.kind is EventKind.RETURNED:  # the issue's file exists again
        return cause.kind is EventKind.REMOVED and not cause.items
    is_mine = item_id is None or event.is_about(item_id)
    undone = {EventKind.ADDED: EventKind.REMOVED, EventKind.REPOSTED: EventKind.RETRACTED}.get(event.kind)
    return is_mine and cause.kind is undone


def _takes_out(event: HistoryEvent, account: Account) -> bool:
    return event.kind is EventKind.REMOVED and (not event.items or account.item_id in event.items)


def retracts(event: HistoryEvent, item_id: int | None) -> bool:
    """Whether an event is an admin's withdrawal of an item or of its whole issue."""
    is_mine = not event.items or item_id in event.items
    return event.kind is EventKind.RETRACTED and is_mine
