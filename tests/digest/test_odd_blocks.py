"""Blocks that nobody writes on purpose, in every order: a rule may find nothing in them, but must not fail on them."""

from __future__ import annotations

from itertools import product

import pytest

from digest.model import ReadOptions
from digest.reading import read_issues

BLOCKS = (
    "<br>", "<span></span>", "---", "## ", "## <br>", "- ", "- <br>", "> ", "1. <br>", "****", "**<br>**",
    "[](https://e.example)", "[](https://e.example)\n*Ducks*", "- **Duck**: [](https://e.example)",
    "**[Duck](https://d.example)**: it swims", "**Ducks** <br>",
    "**Ducks**", "Text of a duck that swims.", "- [Duck](https://a.example)", "![](a.png)",
    "<!-- quiet -->", "&nbsp;", "\\", "[^1]: note", "Ducks:\n<ul>",
    "<ul><li><p></p></li><li><p>Duck</p></li><li><p>Goose</p></li><li><p>Swan</p></li></ul>",
    '<pre><code><?php\n  <img src="a.png">',
)  # fmt: skip
BEGINNINGS = ("", "**Ducks**\n\nText of ducks.\n\n**Geese**\n\nText of geese.\n\n", "## [Duck](https://d.example)\n\n")


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=("nothing", "bold titles", "a heading"))
def test_odd_blocks_in_any_order_are_read(beginning: str) -> None:
    for pair in product(BLOCKS, repeat=2):
        text = beginning + "\n\n".join(pair)
        for written in (text, f"{text}\n\n{pair[0]}\n\nLast words."):
            assert read_issues(written.encode(), "1.md", ReadOptions())[0].path == "1.md"
