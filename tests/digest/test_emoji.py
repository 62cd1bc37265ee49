"""Emoji by their names between colons."""

from __future__ import annotations

import pytest

from digest.emoji import with_emoji
from digest.model import ReadOptions
from digest.reading import read_issues


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ducks are back :tada:", "Ducks are back 🎉"),
        (":rocket::tada:", "🚀🎉"),
        ("(:+1:), :slightly_smiling_face:!", "(👍), 🙂!"),
        ("a :snake: by the pond", "a 🐍 by the pond"),
        ("of a :pond: nobody knows", "of a :pond: nobody knows"),
        (":space: and :digit: and :a:", ":space: and :digit: and :a:"),
        ("at 10:book:30, crate::book::pages, a:fire:b", "at 10:book:30, crate::book::pages, a:fire:b"),
        ("a streak:sunglasses:, and so on", "a streak😎, and so on"),
        ("https://pond.example/:tada:", "https://pond.example/:tada:"),
    ],
)
def test_a_known_name_shows_as_its_emoji(written: str, shown: str) -> None:
    assert with_emoji(written) == shown


def test_names_show_in_titles_and_texts_but_not_in_code() -> None:
    text = "---\ntitle: Pond weekly :duck:\n---\n\n## Ducks :wave: are back\n\nA :fire: and `:fire:` stays.\n\n"
    text += "## Geese\n\nThey fly over the pond.\n"
    issue = read_issues(text.encode(), "12.md", ReadOptions())[0]
    assert issue.title == "Pond weekly 🦆"
    assert issue.items[0].title == "Ducks 👋 are back"
    assert issue.items[0].anchor == "ducks-wave-are-back"
    assert issue.items[0].text == "A 🔥 and :fire: stays."
