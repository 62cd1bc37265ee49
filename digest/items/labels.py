"""Labels: bold words at the start of several stories that name their kind instead of being titles."""

from __future__ import annotations

from collections import Counter

from digest.items.headlines import split_lead
from digest.items.parts import Draft, paragraph
from digest.tree.nodes import Inline, raw_text

_LABEL_WORDS = 3  # maximum words of a label
_RETURNS = 2  # stories with the same words from which these are a label


def title_by_sentences(drafts: list[Draft]) -> None:
    """Title stories whose bold words recur ("**Breaking:** …") by their first sentences.

    Adjacent stories that start with such words are treated alike: one label makes them all labels.
    """
    labelled = [draft for draft in drafts if _is_labelled(draft)]
    counts = Counter((draft.section, draft.title.casefold()) for draft in labelled)
    sections = {section for (section, _), times in counts.items() if times >= _RETURNS}
    for draft in labelled:
        if draft.section in sections:
            _retitle(draft)


def _is_labelled(draft: Draft) -> bool:
    """Whether an item's title is a few words, in bold or on a line ending in a colon, with text right below."""
    shown = [one for one in draft.lead if raw_text([one]).strip()]
    if not shown or draft.heading is not None or not (shown[-1].kind == "strong" or _announces(draft.lead)):
        return False
    is_followed = bool(draft.body) and draft.body[0].kind == "paragraph"
    return is_followed and len(draft.title.split()) <= _LABEL_WORDS


def _announces(line: list[Inline]) -> bool:
    """Whether a line that is not in bold ends in a colon."""
    return raw_text(line).rstrip().endswith((":", "：")) and line[-1].kind != "strong"


def _retitle(draft: Draft) -> None:
    first = draft.body[0]
    sentence, lead, rest = split_lead(first.inlines)
    if not sentence:
        return
    is_named = lead[:1] != [] and lead[0].kind == "link" and raw_text(lead).strip() == sentence
    below = [paragraph(rest, first)] if rest else []
    if _announces(draft.lead):  # text that the title omits stays in the body
        draft.body[:1] = [paragraph(draft.lead, first), *below]
        draft.title, draft.lead = sentence, lead
        return
    draft.title = sentence if is_named else f"{draft.title}: {sentence}"
    draft.lead = [*draft.lead, Inline("text", ": "), *lead]
    draft.body[:1] = below
