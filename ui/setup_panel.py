"""The /setup panel: what is chosen, what it would mean, and the open page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from clock import utc_now
from digest.render.markdown import cut, plain_inline
from storage.drafts import SetupDraft
from storage.layouts import Layout
from storage.options import Options
from ui import limits
from ui.counts import counted_messages
from ui.locales import N_, Words
from ui.option_text import LAYOUTS, described, difference
from ui.resting import quiet_line
from ui.setup_items import SetupButton, SetupChannel, SetupMenu, SetupRole

_GOOD, _OPEN, _TROUBLE = 0x27AE60, 0x5865F2, 0xE67E22
# What can be changed: (page or form, name, description).
CHANGES = (
    ("layout", N_("Layout"), N_("Where an issue's items go")),
    ("words", N_("Words and sites"), N_("Which items are posted, by their words and links")),
    ("sections", N_("Sections"), N_("Only some sections, or all but some")),
    ("tags", N_("Tags"), N_("Only issues with some tags")),
    ("role", N_("Role"), N_("Who is mentioned above each issue")),
    ("look", N_("Look"), N_("Colour, length, pictures, buttons, text above each issue")),
    ("quiet", N_("Quiet hours"), N_("When messages are posted, and whether they notify")),
    ("numbers", N_("Long issues and first issues"), N_("When short items share a message, how many to post now")),
)
PUBLISHING = N_("Discord lets a channel publish ten messages an hour: an issue's header goes first, the rest follows.")
UNPUBLISHED = N_(
    "Messages stay in this server: followers of the channel get them with Publish to followers (under Quiet hours)."
)
TAGGED = N_("A post gets the forum's tags that are named like the issue's, or else **{tag}**: this forum requires one.")
COUNTED = 10  # recent issues whose messages a panel counts
FORMS_AT_ONCE = frozenset({"words", "numbers"})  # names that open a form; the others open a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What the panel shows. `sizes` are the numbers of messages of recent issues, newest first."""

    draft: SetupDraft
    newsletters: Sequence[str]
    page: str = ""
    is_forum: bool = False
    has_threads: bool = True
    is_news: bool = False
    tag: str = ""  # the tag of a post in the forum if no tag of the issue matches
    sections: Sequence[str] = ()  # of the newsletter, most used first
    tags: Sequence[str] = ()
    sizes: Sequence[int] = ()
    fault: str = ""  # why it cannot be saved
    notes: Sequence[str] = ()  # limitations
    said: str = ""  # the last action

    @property
    def is_complete(self) -> bool:
        """Whether newsletter and channel are chosen."""
        return bool(self.draft.newsletter and self.draft.channel_id)


def panel_embed(panel: Panel, words: Words) -> discord.Embed:
    """Return what is chosen, and what it would mean."""
    lines = [*([panel.said, ""] if panel.said else []), *_chosen(panel.draft, words), *_meaning(panel, words)]
    if panel.fault:
        lines += ["", f"⚠️ {words.told(panel.fault)}"]
    lines += [f"🔸 {words.told(note)}" for note in panel.notes]
    if panel.page in _NOTHING_TO_CHOOSE and not _PAGES[panel.page](panel, words):
        lines += ["", words(_NOTHING_TO_CHOOSE[panel.page])]
    colour = _TROUBLE if panel.fault else _GOOD if panel.is_complete else _OPEN
    return discord.Embed(
        title=words("Set up a newsletter"), description=cut("\n".join(lines), limits.EMBED_DESCRIPTION), colour=colour
    )


def _chosen(draft: SetupDraft, words: Words) -> list[str]:
    newsletter = f"**{plain_inline(cut(draft.newsletter, 100))}**" if draft.newsletter else words("not chosen yet")
    channel = f"<#{draft.channel_id}>" if draft.channel_id else words("not chosen yet")
    lines = [
        words.labelled(words("Newsletter"), newsletter),
        words.labelled(words("Channel"), channel),
        *described(draft.options, words),
    ]
    if draft.backfill and draft.based_on is None:
        lines.append(words.labelled(words("Newest issues to post now"), f"**{draft.backfill}**"))
    return lines


def _meaning(panel: Panel, words: Words) -> list[str]:
    """Return how much would have been posted, and what saving changes if the channel already follows."""
    draft = panel.draft
    lines = ["", would_have(panel.sizes[:COUNTED], words)] if panel.sizes else []
    if panel.sizes and not any(panel.sizes):
        lines.append(f"🔸 {words('This filter lets nothing of them through.')}")
    if panel.is_complete and draft.based_on is None and not panel.fault:
        lines = [*(lines or [""]), _comes_first(panel, words)]
    if draft.based_on is not None:
        changed = difference(draft.based_on, draft.options, words)
        head = words("This channel already follows it. Saving changes:")
        lines += ["", head, *(f"- {line}" for line in changed)] if changed else ["", words("Nothing is changed yet.")]
    if panel.tag:
        lines += ["", f"🏷️ {words(TAGGED, tag=plain_inline(panel.tag))}"]
    if panel.is_news:
        lines += ["", f"📣 {words(PUBLISHING if draft.options.publish else UNPUBLISHED)}"]
    return lines


def _comes_first(panel: Panel, words: Words) -> str:
    """Return what saving would post immediately."""
    posted = list(filter(None, panel.sizes[: panel.draft.backfill]))  # without the issues that the filter empties
    if not posted:
        return words("Saving posts nothing yet: it begins with the next issue.")
    return words.counted(
        len(posted),
        "Saving posts the newest issue at once: {messages}.",
        "Saving posts the newest {number} issues at once: {messages}.",
        messages=counted_messages(sum(posted), words),
    )


def would_have(sizes: Sequence[int], words: Words) -> str:
    """Return the number of messages of the last issue and of all recent ones."""
    last = counted_messages(sizes[0], words)
    if len(sizes) == 1:
        return words("Would have posted {last} for the last issue.", last=last)
    return words(
        "Would have posted {last} for the last issue, {total} in the last {issues}.",
        last=last,
        total=sum(sizes),
        issues=len(sizes),
    )


def begins(backfill: int, options: Options, words: Words) -> str:
    """Return what a newly set up channel gets first, and whether it waits for quiet hours."""
    if not backfill:
        return words("The next issue is posted there.")
    text = words.counted(
        backfill,
        "{number} issue is being posted there, then each new one.",
        "{number} issues are being posted there, then each new one.",
    )
    return "\n".join(filter(None, [text, quiet_line(options, utc_now(), words)]))


def panel_view(panel: Panel, words: Words) -> discord.ui.View:
    """Return the menus and buttons of the open page."""
    view = discord.ui.View(timeout=None)
    # Discord shows five rows at most, so less frequent settings have pages of their own.
    if panel.page in _PAGES:
        for item in _PAGES[panel.page](panel, words):
            view.add_item(item)
        return view.add_item(SetupButton("back", panel.draft.id, words("Back"), row=4))
    for item in _main(panel, words):
        view.add_item(item)
    return view


_Items = Sequence[discord.ui.Item[Any]]


def _main(panel: Panel, words: Words) -> _Items:
    draft = panel.draft
    names = _offered(panel.newsletters, (draft.newsletter,) if draft.newsletter else ())
    menus: list[discord.ui.Item[Any]] = []
    if names:
        options = [_option(name, name == draft.newsletter) for name in names]
        menus.append(SetupMenu("newsletter", draft.id, words("Which newsletter?"), options, row=0))
    changes = [discord.SelectOption(label=words(name), description=words(why), value=key) for key, name, why in CHANGES]
    ready = panel.is_complete
    return [
        *menus,
        SetupChannel(draft.id, words("Which channel?"), draft.channel_id, row=1),
        SetupMenu("change", draft.id, words("Change…"), changes, row=2),
        SetupButton("preview", draft.id, words("Preview"), row=3, disabled=not ready),
        SetupButton("try", draft.id, words("Try the filter"), row=3, disabled=not draft.newsletter),
        SetupButton("save", draft.id, words("Save"), style=discord.ButtonStyle.success, row=3, disabled=not ready),
        SetupButton("cancel", draft.id, words("Cancel"), row=3),
    ]


def _layout(panel: Panel, words: Words) -> _Items:
    now = panel.draft.options.layout
    offered = [
        each
        for each in Layout
        if each.needs_forum is panel.is_forum and (panel.has_threads or not each.has_thread_below_header)
    ]
    options = [
        discord.SelectOption(
            label=words(LAYOUTS[each][0]), description=words(LAYOUTS[each][1]), value=each.value, default=each is now
        )
        for each in offered
    ]
    return [SetupMenu("layout", panel.draft.id, words("Layout"), options)]


def _sections(panel: Panel, words: Words) -> _Items:
    draft = panel.draft
    found: list[discord.ui.Item[Any]] = []
    for what, chosen, text in (
        ("sections", draft.options.sections, words("Only these sections")),
        ("exclude_sections", draft.options.exclude_sections, words("Without these sections")),
    ):
        if options := [_option(name, name in chosen) for name in _offered(panel.sections, chosen)]:
            found.append(SetupMenu(what, draft.id, text, options, is_many=True))
    return found


def _tags(panel: Panel, words: Words) -> _Items:
    chosen = panel.draft.options.tags
    options = [_option(name, name in chosen) for name in _offered(panel.tags, chosen)]
    return [SetupMenu("tags", panel.draft.id, words("Only issues tagged"), options, is_many=True)] if options else []


def _role(panel: Panel, words: Words) -> _Items:
    return [SetupRole(panel.draft.id, words("Role to mention"), panel.draft.options.role)]


def _look(panel: Panel, words: Words) -> _Items:
    options = panel.draft.options
    return [
        _switch("pictures", panel, words("Pictures"), words, is_on=options.pictures),
        _switch("buttons", panel, words("Links on buttons"), words, is_on=options.buttons),
        SetupButton("look", panel.draft.id, words("Colour, length, text…")),
    ]


def _quiet(panel: Panel, words: Words) -> _Items:
    is_on = panel.draft.options.publish
    return [
        _switch("silent", panel, words("Silent messages"), words, is_on=panel.draft.options.silent),
        *([_switch("publish", panel, words("Publish to followers"), words, is_on=is_on)] if panel.is_news else []),
        SetupButton("quiet", panel.draft.id, words("Hours and limits…")),
    ]


def _switch(action: str, panel: Panel, name: str, words: Words, *, is_on: bool) -> SetupButton:
    style = discord.ButtonStyle.primary if is_on else discord.ButtonStyle.secondary
    label = words.labelled(name, words("yes") if is_on else words("no"))
    return SetupButton(action, panel.draft.id, label, style=style)


def _offered(names: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Return a menu's options: the chosen ones, then the others, within Discord's limits."""
    # A chosen section that the newsletter no longer has must stay in the menu, or using it would drop the choice.
    every = dict.fromkeys([*chosen, *names])
    return [name for name in every if 0 < len(name) <= limits.SELECT_TEXT][: limits.SELECT_OPTIONS]


def _option(name: str, is_chosen: bool) -> discord.SelectOption:
    return discord.SelectOption(label=name, value=name, default=is_chosen)


_PAGES = {"layout": _layout, "sections": _sections, "tags": _tags, "role": _role, "look": _look, "quiet": _quiet}
_NOTHING_TO_CHOOSE = {
    "sections": N_("No issue of this newsletter has sections."),
    "tags": N_("No issue of this newsletter has tags."),
}
