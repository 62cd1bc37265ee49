"""What people type in passing gets a sentence that fits it, and no offer that cannot be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import archived, labels, slash, text_of


@pytest.mark.parametrize(
    ("query", "sentence", "offers"),
    [
        ("-", "Type some words to look for.", []),
        ("newsletter:nope kestrel", 'No newsletter is called "nope". There are: Tech.', []),
        ("since:2030", "No item is within these filters.", ["Alert me"]),
        ("since:2030 kestrel", "No item within these filters has these words, nor similar ones.", ["Alert me"]),
    ],
)
async def test_a_search_without_an_answer(tmp_path: Path, query: str, sentence: str, offers: list[str]) -> None:
    async with archived(tmp_path) as bench:
        answer = await slash(bench, "search", query=query)
        assert sentence in text_of(answer)
        assert [label for label in labels(answer) if label == "Alert me"] == offers
        assert ("to be notified" in text_of(answer)) is bool(offers)
        assert "Try fewer" not in text_of(answer) or offers


async def test_the_latest_of_a_newsletter_that_is_none_or_written_in_another_way(tmp_path: Path) -> None:
    async with archived(tmp_path) as bench:
        assert 'No newsletter is called "Tehc". Did you mean Tech?' in text_of(
            await slash(bench, "latest", newsletter="Tehc")
        )
        assert "Latest of Tech" in text_of(await slash(bench, "latest", newsletter="tech"))
