"""Rules for stories that open with a link: between lines across the page, or behind a bullet of its own."""

from __future__ import annotations

from itertools import pairwise

from digest.items.block_facts import View
from digest.items.parts import Part, attach, left
from digest.items.rules_lines import by_leads, separated_runs
from digest.items.rules_numbers import name_by_text
from digest.tree.nodes import Block

_STORIES = 3  # stretches that open with a line that is only a link, from which these make the stories
_MOST = 0.6  # of all stretches
_BULLETS = 2  # lists of a single link by name above text, from which these are the headlines of stories


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


def bulleted_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Take lists of a single entry that is only a link by name, each above text, as the headlines of items."""
    shown = [block for block in blocks if block.kind != "rule"]
    heads = {
        id(block): line
        for block, below in pairwise(shown)
        if below.kind in {"paragraph", "quote"} and (line := _bulleted(block, view)) is not None
    }
    if len(heads) < max(_BULLETS, sum(block.kind == "list" for block in shown)) or id(shown[0]) not in heads:
        return None
    units = [heads.get(id(block), block) for block in blocks]
    return by_leads(units, set(map(id, heads.values())), "bulleted-link", view)


def _bulleted(block: Block, view: View) -> Block | None:
    """Return the only line of a list, where it is a link by name."""
    entry = block.children[0] if block.kind == "list" and len(block.children) == 1 else None
    line = entry.children[0] if entry is not None and len(entry.children) == 1 else None
    return line if line is not None and view.is_named_line(line) else None
