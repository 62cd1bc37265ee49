"""A subscription's options in words, and the differences between two sets of options."""

from __future__ import annotations

from collections.abc import Sequence

from digest.render.markdown import cut, plain_inline
from storage.filtering import By, FilterResult
from storage.layouts import Introduction, Layout, OnRemoved
from storage.options import DEFAULT, NAMES, Options, changes
from ui.locales import N_, Words

LAYOUTS = {
    Layout.AUTO: (N_("Automatic"), N_("A message per item; in long issues, short items share one")),
    Layout.ITEMS: (N_("A message per item"), N_("All in the channel itself")),
    Layout.THREAD: (N_("In a thread"), N_("The issue in the channel, its items in a thread below it")),
    Layout.DIGEST: (N_("One message"), N_("The whole issue as a list of links")),
    Layout.FORUM: (N_("A forum post"), N_("Each issue is a post, its items are in it")),
}
_ON_REMOVED = {
    OnRemoved.MARK: N_("marked as withdrawn"),
    OnRemoved.DELETE: N_("deleted"),
    OnRemoved.KEEP: N_("kept"),
}
_INTRODUCTIONS = {Introduction.HEADER: N_("in the header"), Introduction.MESSAGE: N_("in a message of its own")}
_LABELS = {
    "layout": N_("Layout"),
    "max_messages": N_("Combine short items above"),
    "introduction": N_("Introduction"),
    "role": N_("Role to mention"),
    "on_removed": N_("Removed items"),
    "sections": N_("Only these sections"),
    "exclude_sections": N_("Without these sections"),
    "tags": N_("Only issues tagged"),
    "words_any": N_("Any of these words"),
    "words_all": N_("All of these words"),
    "words_none": N_("None of these words"),
    "sites": N_("Only links to"),
    "colour": N_("Colour"),
    "body": N_("Length of a story"),
    "pictures": N_("Pictures"),
    "buttons": N_("Links on buttons"),
    "header": N_("Text above an issue"),
    "quiet_hours": N_("Quiet hours"),
    "time_zone": N_("Time zone"),
    "silent": N_("Silent messages"),
    "messages_per_hour": N_("Messages an hour"),
    "publish": N_("Publish to followers"),
}
_REASONS = {
    By.TAG: N_("its issue has none of the tags {word}"),
    By.SECTION: N_("not in the section {word}"),
    By.EXCLUDED_SECTION: N_("in the section {word}"),
    By.ANY: N_("has none of the words {word}"),
    By.ALL: N_("lacks {word}"),
    By.NONE: N_("has {word}"),
    By.SITE: N_("no link to {word}"),
}
_ALL_UNLESS_CHOSEN = frozenset(("sections", "tags", "sites"))
_LOGGED = {"yes": N_("yes"), "no": N_("no"), "none": N_("none")}
_TOLD_WITH_HOURS = "time_zone"
_SHOWN = 300  # characters of one value
_WORD = 40  # of the words that decided


def label(name: str, words: Words) -> str:
    """Return an option's display name."""
    return words(_LABELS[name])


def value(name: str, options: Options, words: Words) -> str:
    """Return an option's value as Discord Markdown."""
    found = getattr(options, name)
    known = {
        "layout": lambda: words(LAYOUTS[options.layout][0]),
        "introduction": lambda: words(_INTRODUCTIONS[options.introduction]),
        "on_removed": lambda: words(_ON_REMOVED[options.on_removed]),
        "role": lambda: f"<@&{options.role}>" if options.role else words("nobody"),
        "colour": lambda: f"#{options.colour:06X}" if options.colour is not None else words("the newsletter's"),
        "body": lambda: (
            words.counted(found, "{number} character", "{number} characters") if found else words("the title alone")
        ),
        "header": lambda: plain_inline(cut(found, _SHOWN)) or words("nothing"),
        "quiet_hours": lambda: f"{found} ({options.time_zone})" if found else words("none"),
        "messages_per_hour": lambda: str(found) if found else words("as many as there are"),
        "max_messages": lambda: words.items(found),
    }
    if name in known:
        return known[name]()
    if isinstance(found, bool):
        return words("yes") if found else words("no")
    if isinstance(found, tuple):
        listed = ", ".join(str(one) for one in options.__getattribute__(name))
        return plain_inline(cut(listed, _SHOWN)) or (words("all") if name in _ALL_UNLESS_CHOSEN else words("none"))
    return plain_inline(str(found))


def described(options: Options, words: Words) -> list[str]:
    """Return a line for the layout and for each option that differs from the default."""
    names = [name for name in NAMES if name == "layout" or getattr(options, name) != getattr(DEFAULT, name)]
    return [
        words.labelled(label(name, words), f"**{value(name, options, words)}**")
        for name in names
        if name != _TOLD_WITH_HOURS
    ]


def difference(before: Options, after: Options, words: Words) -> list[str]:
    """Return a line for each changed option, with its old and new value."""
    return [
        words.labelled(label(name, words), f"{value(name, before, words)} → **{value(name, after, words)}**")
        for name in _told(changes(before, after), after)
    ]


def logged(detail: str, words: Words) -> str:
    """Return the options in an event's detail, which are stored under their plain names, with their display names."""
    parts = detail.split("; ") if " → " in detail else detail.split(", ")
    return words.joined([_logged(part, words) for part in parts])


def _logged(part: str, words: Words) -> str:
    name, colon, rest = part.partition(": ")
    key = name.replace(" ", "_")
    if not colon or key not in _LABELS:
        return words(LAYOUTS[Layout(part)][0]) if part in set(Layout) else part
    values = (_logged_value(key, one, words) for one in rest.split(" → "))
    return words.labelled(label(key, words), " → ".join(values))


def _logged_value(name: str, stored: str, words: Words) -> str:
    if name == "role" and stored.isdecimal():
        return f"<@&{stored}>"
    if name == "layout" and stored in set(Layout):
        return words(LAYOUTS[Layout(stored)][0])
    return words(_LOGGED[stored]) if stored in _LOGGED else stored


def _told(changed: Sequence[str], after: Options) -> list[str]:
    """Return the names of changed options to show; a time zone is shown with the quiet hours, if there are any."""
    names = [name for name in changed if name != _TOLD_WITH_HOURS]
    if _TOLD_WITH_HOURS in changed and "quiet_hours" not in names and after.quiet_hours is not None:
        names.append("quiet_hours")
    return names


def reason(verdict: FilterResult, words: Words) -> str:
    """Return why a filter passed or dropped something, "" if there is no reason to show."""
    word = plain_inline(cut(verdict.word, _WORD))
    if verdict.passes:
        return word
    return words(_REASONS[verdict.by], word=f"**{word}**")
