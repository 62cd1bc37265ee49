from __future__ import annotations

import pytest

from search.unknown import unknown_name

NAMES = ("Tech Beats", "Model Notes", "Quiet Servers")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "Teck Beats",
            'No newsletter is called "Teck Beats". Did you mean Tech Beats? There are: Tech Beats, Model',
        ),
        ("notes", "Did you mean Model Notes?"),
        ("zzz", 'No newsletter is called "zzz". There are: Tech Beats, Model Notes, Quiet Servers.'),
        ("", 'No newsletter is called "". There are: Tech Beats, Model Notes, Quiet Servers.'),
    ],
)
def test_what_was_meant_and_what_there_is(typed: str, said: str) -> None:
    assert unknown_name("newsletter", typed, NAMES).startswith(said) or said in unknown_name("newsletter", typed, NAMES)


def test_a_long_list_is_counted_and_none_is_said() -> None:
    many = [f"section {number}" for number in range(40)]
    assert unknown_name("section", "jobs", many).endswith("section 9 … (+30).")
    assert unknown_name("tag", "x", ()) == 'No tag is called "x". There are none here yet.'
    assert unknown_name("tag", "x", ["jobs"]) == 'No tag is called "x". There are: jobs.'
    assert unknown_name("tag", "job", ["jobs"]) == 'No tag is called "job". Did you mean jobs?'
    assert len(unknown_name("tag", "y" * 5_000, ())) < 200
