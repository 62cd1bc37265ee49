"""Issues as answers."""

from __future__ import annotations

from making import issue, item, parts

from ui import limits
from ui.issues import contents_page, issues_view, joined, latest_embed


def test_the_newest_issues_with_what_they_hold() -> None:
    embed = latest_embed([issue("A *week*", url="https://tech.example/7", summary="What *was*.")], "Latest issues")
    assert embed.title == "Latest issues"
    assert (embed.description or "").split("\n") == [
        r"**[A \*week\*](https://tech.example/7)**",
        r"What \*was\*.",
        "-# Tech · 6 Nov 2023 · 3 items",
    ]


def test_contents_lead_to_messages_here_and_else_to_the_source() -> None:
    items = [item("One"), item("Two", number=2), item("Three", number=3, section="Tools", url="")]
    embed, _ = contents_page(issue(), items, {2: "https://discord.com/channels/1/2/3"})
    assert embed.description == (
        "**News**\n- [One](https://site.example/1)\n- [Two](https://discord.com/channels/1/2/3)\n**Tools**\n- Three"
    )
    assert embed.footer.text == "Tech · 6 November 2023 · 3 items"
    assert contents_page(issue(), [], {})[0].description == "This issue has no items."


def test_what_does_not_fit_is_counted() -> None:
    text = joined(["x" * 1000] * 9, "\n\n")
    assert len(text) <= limits.EMBED_DESCRIPTION
    assert text.endswith("… and 5 more")
    assert joined(["one", "two"], "\n") == "one\ntwo"


def test_the_menu_names_issues_within_the_limits() -> None:
    [row] = parts(issues_view([issue("t" * 300)]))
    [option] = row["components"][0]["options"]
    assert len(option["label"]) <= limits.SELECT_TEXT
    assert option["value"] == "1"
    assert option["description"] == "Tech · 6 Nov 2023"
