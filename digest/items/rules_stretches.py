"""Rules for stories that are stretches between rules (thematic breaks)."""

from __future__ import annotations

from digest.items.block_facts import View
from digest.items.entries import entry_item
from digest.items.leads import is_bold_lead
from digest.items.parts import Part, attach, left_out
from digest.items.rules_lines import by_leads, link_lines
from digest.items.rules_lists import list_of_links
from digest.tree.nodes import Block

_SEPARATED_STORIES = 2  # stretches from which these are the stories
_STRETCHES = 4  # stretches of an issue of several stories from which each is one


def separated_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Stretches between rules that start with a bold title are an item each, including their facets; so are stretches
    of one list whose first entry links to what the others describe.
    """
    runs = separated_runs(blocks)
    if view.are_enough(sum(_is_sheet(run, view) for run in runs), "separated-leads"):
        return [part for place, run in enumerate(runs) for part in _sheet_parts(run, view, is_first=not place)]
    if view.tells_several and blocks is view.bare and len(runs) >= _STRETCHES:
        return by_leads(blocks, {id(run[0]) for run in runs}, "between-separators", view)
    opened = [run[0] for run in runs[1:] if is_bold_lead(run[0], view)]
    if len(opened) < max(_SEPARATED_STORIES, 0.6 * (len(runs) - 1)) or _tell_in_paragraphs(runs, len(opened), view):
        return None
    first = next((block for block in runs[0] if _is_lead(block, view)), runs[0][0])
    leads = {id(block) for block in (first, *opened) if _is_lead(block, view)}
    return [part for place, run in enumerate(runs) for part in _run_parts(run, leads, view, is_first=not place)]


def _is_sheet(run: list[Block], view: View) -> bool:
    """Whether a stretch is a list in which only the first entry has a link ("Project: [name](…)", "What it is: …")."""
    entries = run[0].children if len(run) == 1 and run[0].kind == "list" else []
    return (
        len(entries) > 1
        and [view.links(entry) > 0 for entry in entries[:2]] == [True, False]
        and not any(map(view.links, entries[2:]))
    )


def _sheet_parts(run: list[Block], view: View, *, is_first: bool) -> list[Part]:
    if not _is_sheet(run, view):
        return _run_parts(run, set(), view, is_first=is_first)
    part = entry_item(run[0].children[0], "between-separators")
    for entry in run[0].children[1:]:
        attach(part, entry)
    return [part]


def _is_lead(block: Block, view: View) -> bool:
    return is_bold_lead(block, view) and not view.is_plea(block)


def _tell_in_paragraphs(runs: list[list[Block]], opened: int, view: View) -> bool:
    """Whether each bold paragraph is a story of its own, or too few stretches have a link."""
    linked = sum(any(map(view.links, run)) for run in runs)
    told = sum(view.links(block) > 0 and is_bold_lead(block, view) for run in runs for block in run)
    return told > 1.5 * len(runs) or 2 * linked < opened


def _run_parts(run: list[Block], leads: set[int], view: View, *, is_first: bool) -> list[Part]:
    if any(id(block) in leads for block in run):
        return by_leads(run, leads, "between-separators", view)
    if (found := list_of_links(run, view)) is not None or (found := link_lines(run, view)) is not None:
        return found
    if any(map(view.is_plea, run)):
        return [left_out(block, "plea" if view.is_plea(block) else "between-separators") for block in run]
    return [Part("intro" if is_first else "left", "between-separators", [block]) for block in run]


def separated_runs(blocks: list[Block]) -> list[list[Block]]:
    """Return the non-empty stretches between rules."""
    runs: list[list[Block]] = [[]]
    for block in blocks:
        if block.kind == "rule":
            runs.append([])
        else:
            runs[-1].append(block)
    return [run for run in runs if run]
