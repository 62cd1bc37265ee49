"""Rules for stories between lines across the page that open with a link."""

from __future__ import annotations

from digest.items.block_facts import View
from digest.items.parts import Part, attach, left
from digest.items.rules_lines import by_leads, separated_runs
from digest.items.rules_numbers import name_by_text
from digest.tree.nodes import Block

_STORIES = 3  # stretches that open with a line that is only a link, from which these make the stories
_MOST = 0.6  # of all stretches


def separated_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Stretches between separating lines, most of which open with a line that is only a link, are an item each."""
    runs = [view.units(run) for run in separated_runs(blocks)]
    opened = sum(view.link_line(run[0]) is not None for run in runs)
    if opened < max(_STORIES, _MOST * len(runs)):
        return None
    return [part for run in runs for part in _parts(run, view)]


def _parts(run: list[Block], view: View) -> list[Part]:
    if all(map(view.is_plea, run)):
        return [left(block, "plea") for block in run]
    if leads := {id(unit) for unit in run if view.is_named_line(unit)}:
        return by_leads(run, leads, "between-separators", view)
    if not any(map(view.links, run)):
        return [Part("intro", "between-separators", [block]) for block in run]
    return [_story(run, view)]


def _story(run: list[Block], view: View) -> Part:
    """Return the story that opens with an address, or with words of its own: named by its first sentence."""
    part = Part("item", "between-separators", [])
    for block in run:
        attach(part, block)
    name_by_text(part, view)
    return part
