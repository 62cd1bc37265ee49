"""What the rules ask about blocks is answered of that block, also where many come and go."""

from __future__ import annotations

from digest.items.block_facts import View
from digest.tree.nodes import Block, Inline
from digest.tree.outline import parse


def line(*, linked: bool) -> Block:
    link = Inline("link", url="https://a.example", children=[Inline("text", "A headline")])
    rest = [] if linked else [Inline("text", " and a good deal of text that goes on behind it for quite a while.")]
    return Block("paragraph", inlines=[link, *rest])


def test_a_block_that_takes_the_place_of_another_is_judged_anew():
    view = View()
    for number in range(200):  # the lines of paragraphs live shortly, and the next one may get the same address
        is_linked = number % 2 == 0
        assert (view.link_line(line(linked=is_linked)) is not None) == is_linked


def test_figures_of_a_block_count_all_below_it():
    outline = parse("- [a](https://a.example) `b` ![c](d.png)\n  - [e](https://e.example) [f](#f)\n- [g](/g)\n")
    view = View()
    (whole,) = outline.blocks
    facts = view.facts(whole)
    assert (facts.text, facts.links, facts.images, facts.fragments) == ("a b e f g", 3, 1, 1)
    first, second = whole.children
    assert (view.facts(first).links, view.facts(first).own_links) == (2, 1)
    assert (view.facts(second).links, view.facts(second).own_links) == (1, 1)
    assert view.facts(first).urls == ["https://a.example", "https://e.example"]


def test_blocks_are_read_again_only_when_an_answer_that_was_asked_for_changes():
    view, blocks = View(), [line(linked=True)]
    read: list[bool] = []

    def work(_: list[Block], seen: View) -> int:
        read.append(seen.is_digest or seen.are_enough(1, "bold-leads"))
        return len(read)

    assert view.once(blocks, work) == 1
    view.learn(is_digest=False, has_groups=True, usual=["link-leads"])
    assert view.once(blocks, work) == 1
    view.learn(usual=["bold-leads"])
    assert view.once(blocks, work) == 2
    view.learn(is_digest=True)
    assert view.once(blocks, work) == 3
    assert read == [False, True, True]
