"""Messages hold Discord's limits whatever the content is, and say what the item says."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Issue, Item, Link
from digest.render.markdown import length
from storage.options import Options
from ui import limits
from ui.item_card import full_pages, item_message, withdrawn_message
from ui.masthead import digest_message, header_message, introduction_pages
from ui.messages import OutgoingMessage, masked, source_of

ISSUE = Issue(path="a.md", title="Week 12", date=dt.date(2026, 9, 6), url="https://example.org/week-12")
ITEM = Item(
    id="x",
    title="A faster parser",
    section=("Tools",),
    text="It is fast.",
    body="It is **fast**.",
    links=(
        Link("Paper", "https://arxiv.org/abs/1706.03762"),
        Link("a faster parser", "https://github.com/python/cpython"),
    ),
    image="https://example.org/p.png",
    anchor="a-faster-parser",
)


def payload(message: Any) -> dict[str, Any]:
    return {"embeds": [message.embed.to_dict()], "components": message.view().to_components()}


async def test_an_item_shows_title_body_section_picture_and_labelled_links() -> None:
    message = item_message(ITEM, ISSUE, "Tech Beats", "d1")
    embed = message.embed
    assert (embed.title, embed.url) == ("A faster parser", "https://github.com/python/cpython")
    assert embed.description == "It is **fast**."
    assert embed.footer.text == "Tools › Tech Beats"
    assert embed.image.url == "https://example.org/p.png"
    buttons = payload(message)["components"][0]["components"]
    assert [(b["label"], b.get("url") or b.get("custom_id")) for b in buttons] == [
        ("Paper", "https://arxiv.org/abs/1706.03762"),
        ("Related", "related:d1"),
    ]


async def test_a_vector_graphic_is_not_sent_as_a_picture() -> None:
    for address in ("https://example.org/a.svg", "https://example.org/A.SVG?v=2"):
        item = Item(id="x", title="T", links=ITEM.links, image=address)
        assert item_message(item, ISSUE, "N", "m").embed.image.url is None


def test_an_address_below_a_heading_is_the_titles_and_stands_once() -> None:
    url = "https://example.org/story"
    below = Item(id="x", title="T", body=f"{url}\n\nIt is told here, in a sentence.", links=(Link(url, url),))
    embed = item_message(below, ISSUE, "N", "m").embed
    assert (embed.url, embed.description) == (url, "It is told here, in a sentence.")
    within = Item(id="x", title="T", body=f"It is told.\n\n{url}/2\n\nAnd more of it.", links=(Link(url, url),))
    assert f"{url}/2" in (item_message(within, ISSUE, "N", "m").embed.description or "")


async def test_a_long_body_is_cut_and_leads_on_to_the_issue() -> None:
    long = Item(id="x", title="T", body="This is a sentence. " * 200, anchor="t")
    description = item_message(long, ISSUE, "N", "m").embed.description or ""
    assert description.endswith("[Read more](https://example.org/week-12#t)")
    assert length(description) < 900


async def test_a_line_that_only_repeats_a_button_does_not_show() -> None:
    paper, code = "https://arxiv.org/abs/1", "https://github.com/a/b"
    links = (Link("Paper", paper), Link("Code", code))
    body = f"👉 [Paper]({paper}) | [Code]({code})\n\nIt is [fast]({code}).\n\n- [Code]({code})"
    description = item_message(Item(id="x", title="T", body=body, links=links), ISSUE, "N", "m").embed.description
    assert description == f"It is [fast]({code})."


async def test_buttons_carry_the_words_of_the_author() -> None:
    names = ["RWKV", "StripedHyena", "Mamba"]
    links = tuple(Link(name, f"https://arxiv.org/abs/{n}") for n, name in enumerate(names))
    body = "A story is told here.\n\n" + " ".join(f"[{link.text}]({link.url})" for link in links)
    message = item_message(Item(id="x", title="Three models", body=body, links=links), ISSUE, "N", "m")
    assert [label for label, _ in message.links] == names
    assert message.embed.description == "A story is told here."


async def test_a_line_of_links_stays_whole_where_not_all_find_room_on_buttons() -> None:
    links = tuple(Link(f"Talk {n}", f"https://example.org/{n}") for n in range(6))
    body = "A story is told here.\n\n" + "\n".join(f"- [{link.text}]({link.url})" for link in links)
    message = item_message(Item(id="x", title="Six talks", body=body, links=links), ISSUE, "N", "m")
    assert (message.embed.description, message.links) == (body, ())


async def test_a_link_above_what_is_set_in_below_it_stays() -> None:
    links = (Link("Loading", "https://a.example/1"), Link("Failing", "https://a.example/2"))
    lines = ("- [Loading](https://a.example/1)", "  - It can be late.", "- [Failing](https://a.example/2)", "  - Once.")
    body = "Two parts.\n\n" + "\n".join(lines)
    message = item_message(Item(id="x", title="An outline", body=body, links=links), ISSUE, "N", "m")
    assert (message.embed.description, message.links) == (body, ())


async def test_a_link_of_the_text_is_not_repeated_below_it() -> None:
    links = (Link("the paper", "https://arxiv.org/abs/1"),)
    body = "It is told in [the paper](https://arxiv.org/abs/1) at length."
    message = item_message(Item(id="x", title="A story", body=body, links=links), ISSUE, "N", "m")
    assert (message.embed.description, message.links) == (body, ())


async def test_a_name_for_a_host_is_shown_where_the_author_wrote_none() -> None:
    links = (Link("", "https://a.example/1"), Link("", "https://github.com/a/b"), Link("", "https://b.example/2"))
    message = item_message(Item(id="x", title="A story", links=links), ISSUE, "N", "m")
    assert [label for label, _ in message.links] == ["GitHub", "b.example"]


async def test_a_one_liner_is_its_title_and_source_in_one_line() -> None:
    links = (Link("Bridges are back", "https://a.example/1"), Link("The Verge", "https://v.example"))
    body = "([The Verge](https://v.example))"
    message = item_message(
        Item(id="x", title="Bridges are back", text="(The Verge)", body=body, links=links), ISSUE, "N", "m"
    )
    assert message.embed.title is None
    assert message.embed.description == "**[Bridges are back](https://a.example/1)** ([The Verge](https://v.example))"
    assert message.links == ()


async def test_a_cut_message_opens_in_full_and_ends_with_no_heading() -> None:
    body = "This is a sentence. " * 39 + "\n\n**Problems**\nThis is a sentence that has to be told. " * 4
    long = Item(id="x", title="T", body=body)
    message = item_message(long, Issue(path="a.md", title="W"), "N", "m")
    assert (message.embed.description or "").endswith("sentence. …")
    assert [button["label"] for button in payload(message)["components"][0]["components"]] == [
        "Open in full",
        "Related",
    ]
    assert " ".join(" ".join(full_pages(long)).split()) == " ".join(body.split())


async def test_a_line_with_a_link_that_has_no_button_stays() -> None:
    address = "https://example.org/" + "a" * 600
    body = f"A story is told here.\n\n👉 [Paper]({address})"
    item = Item(id="x", title="T", body=body, links=(Link("Paper", address),))
    message = item_message(item, ISSUE, "N", "m")
    assert (message.embed.description, message.links) == (body, ())


async def test_a_link_too_long_for_a_button_stands_in_the_text() -> None:
    address = "https://example.org/" + "a" * 600
    message = item_message(Item(id="x", title="T", links=(Link("here", address),)), ISSUE, "N", "m")
    assert message.links == ()
    assert f"({address})" in (message.embed.description or "")


async def test_links_beyond_the_fourth_stand_in_the_text() -> None:
    links = tuple(Link(f"No. {n}", f"https://example.org/{n}") for n in range(7))
    message = item_message(Item(id="x", title="T", links=links), ISSUE, "N", "m")
    assert [label for label, _ in message.links] == ["No. 0", "No. 1", "No. 2", "No. 3"]
    assert message.embed.description == (
        "More: [No. 4](https://example.org/4) · [No. 5](https://example.org/5) · [No. 6](https://example.org/6)"
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://example.org", "https://", "https://localhost", "//x", "https://[bad"]
)
async def test_an_address_that_discord_refuses_is_not_sent(address: str) -> None:
    message = item_message(Item(id="x", title="T", links=(Link("a", address),), image=address), ISSUE, "N", "m")
    assert f'"{address}"' not in json.dumps(payload(message))


async def test_the_header_counts_items_and_pings_only_the_chosen_role() -> None:
    issue = Issue(
        path="a.md",
        title="Week 12",
        date=dt.date(2026, 9, 6),
        summary="All @everyone about *parsers*",
        items=(ITEM, ITEM),
    )
    message = header_message(issue, "Tech Beats", "m", look=Options(role=42))
    assert "**2 items**" in (message.embed.description or "")
    assert message.embed.footer.text == "Tech Beats · 6 September 2026"
    assert message.content == "<@&42>"
    assert message.allowed_mentions.to_dict() == {"parse": [], "roles": [42]}
    assert header_message(issue, "Tech Beats", "m").allowed_mentions.to_dict()["parse"] == []


async def test_the_header_is_a_table_of_contents_that_leads_to_the_messages() -> None:
    papers = [Item(id=str(n), title=f"T{n}", section=("Papers",)) for n in range(2)]
    issue = Issue(path="a.md", title="W", items=(ITEM, *papers, Item(id="z", title="Quote")))
    description = header_message(issue, "N", "m", jumps={"1": "https://d.example/9"}).embed.description
    assert (description or "").split("\n") == [
        "**4 items**", "", "**Tools**", "- A faster parser",
        "**Papers**", "- T0", "- [T1](https://d.example/9)", "", "- Quote",
    ]  # fmt: skip


def test_a_cover_that_the_one_story_shows_stands_there_alone() -> None:
    cover = "https://example.org/p.png"
    one = replace(ISSUE, items=(replace(ITEM, image=cover),), image=cover)
    for issue, shown in (
        (one, None),
        (replace(one, items=(replace(ITEM, image=None),)), cover),
        (replace(one, items=(*one.items, replace(ITEM, id="2"))), cover),
    ):
        assert header_message(issue, "N", "m").embed.image.url == shown
    assert digest_message(one, "N", "m").embed.image.url == cover


@pytest.mark.parametrize("build", [header_message, digest_message])
def test_a_summary_that_is_an_items_title_is_not_said_twice(build: Callable[..., OutgoingMessage]) -> None:
    issue = Issue(path="a.md", title="W", summary=ITEM.title, items=(ITEM, ITEM))
    assert (build(issue, "N", "m").embed.description or "").startswith("**2 items**")
    more = replace(issue, summary=f"{ITEM.title} and more")
    assert (build(more, "N", "m").embed.description or "").startswith(f"{ITEM.title} and more\n")


def test_an_essay_leads_to_its_page_and_its_header_does_not_repeat_it() -> None:
    links = (Link("a tool", "https://tool.example"), Link("Paper", "https://paper.example"))
    essay = Item(id="x", title="Why  weeks", body="I use [a tool](https://tool.example).", links=links)
    issue = Issue(path="a.md", title="Why weeks", url="https://example.org/why", items=(essay,))
    message = item_message(essay, issue, "N", "m")
    assert (message.embed.url, source_of(essay, issue)) == (issue.url, issue.url)
    assert message.links == (("Paper", "https://paper.example"),)
    assert header_message(issue, "N", "m").embed.description is None
    linked = replace(essay, links=(*links, Link("Why weeks", "https://why.example")))
    assert item_message(linked, issue, "N", "m").embed.url == "https://why.example"
    nowhere = replace(issue, url=None)
    assert item_message(essay, nowhere, "N", "m").embed.url == "https://tool.example"
    one_of_two = replace(issue, items=(essay, ITEM))
    assert "**2 items**" in (header_message(one_of_two, "N", "m").embed.description or "")
    assert source_of(essay, one_of_two) == item_message(essay, one_of_two, "N", "m").embed.url == "https://tool.example"


def test_a_digest_of_an_essay_is_its_text_where_that_has_all_its_links() -> None:
    essay = Item(
        id="x", title="W", body="I use [a tool](https://a.example).", links=(Link("a tool", "https://a.example"),)
    )
    issue = Issue(path="a.md", title="W", items=(essay,))
    assert digest_message(issue, "N", "m").embed.description == essay.body
    hidden = replace(essay, links=(*essay.links, Link("W", "https://w.example")))
    for other in (replace(issue, items=(hidden,)), replace(issue, introduction="Hello.", intro="Hello.")):
        assert "**1 item**" in (digest_message(other, "N", "m").embed.description or "")
    long = digest_message(replace(issue, items=(replace(hidden, body="I use it. " * 90),)), "N", "m")
    assert (long.embed.description or "").startswith("I use it.")
    assert long.is_cut


async def test_the_header_of_a_long_issue_leads_to_its_sections() -> None:
    many = [
        Item(id=f"{name}{n}", title=f"{name} {n}", section=(name,)) for name in ("Papers", "Tools") for n in range(40)
    ]
    issue = Issue(path="a.md", title="W", items=tuple(many))
    jumps = {"Papers1": "https://d.example/1", "Tools3": "https://d.example/2"}
    assert (header_message(issue, "N", "m", jumps=jumps).embed.description or "").split("\n") == [
        "**80 items**", "- [Papers](https://d.example/1) · 40", "- [Tools](https://d.example/2) · 40",
    ]  # fmt: skip


async def test_an_introduction_that_is_cut_opens_in_full() -> None:
    words = "The editor's own words. " * 60
    issue = Issue(path="a.md", title="W", intro=words, introduction=words, items=(ITEM,))
    labels = [button["label"] for button in payload(header_message(issue, "N", "m"))["components"][0]["components"]]
    assert labels == ["Open in full", "Contents"]
    assert " ".join(" ".join(introduction_pages(issue)).split()) == words.strip()


@pytest.mark.parametrize(
    ("language", "items", "date"),
    [
        ("de-AT", "1 Beitrag", "6. September 2026"),
        ("zh-Hant", "1 条", "2026年9月6日"),
        ("ko", "항목 1개", "2026년 9월 6일"),
        ("pt-BR", "1 item", "6 de setembro de 2026"),
        ("ru", "1 материал", "6 сентября 2026\u202fг."),
        ("tlh", "1 item", "6 September 2026"),
    ],
)
async def test_the_words_around_an_issue_are_in_its_language(language: str, items: str, date: str) -> None:
    message = header_message(
        Issue(path="a", title="W", date=dt.date(2026, 9, 6), language=language, items=(ITEM,)), "N", "m"
    )
    assert f"**{items}**" in (message.embed.description or "")
    assert message.embed.footer.text == f"N · {date}"


async def test_an_undated_issue_says_so() -> None:
    assert header_message(Issue(path="a", title="W"), "N", "m").embed.footer.text == "N · undated"


async def test_a_digest_lists_every_item_below_its_section() -> None:
    other = Item(id="y", title="A [sharp] one", section=("Papers",), links=(Link("", "https://example.org/(y)"),))
    issue = Issue(path="a.md", title="W", items=(ITEM, other))
    assert (digest_message(issue, "N", "m").embed.description or "").split("\n")[-4:] == [
        "**Tools**",
        "- [A faster parser](https://arxiv.org/abs/1706.03762)",
        "**Papers**",
        r"- [A \[sharp\] one](https://example.org/%28y%29)",
    ]


def test_brackets_that_do_not_come_in_pairs_cannot_end_a_masked_link() -> None:
    assert masked("a ] b [ c", "https://example.org/") == "[a ) b ( c](https://example.org/)"
    assert masked("f(x) [y]", "https://example.org/") == r"[f(x) \[y\]](https://example.org/)"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("🎉 Ten years", "🎉 [Ten years](https://example.org/a)"),
        ("Ten 🎉 years", "Ten 🎉 years (<https://example.org/a>)"),
        ("https://other.example/b", "https://other.example/b (<https://example.org/a>)"),
        ("See www.other.example/b", "[See www.other.example/b](https://example.org/a)"),
        ("Node.js 20", "[Node.js 20](https://example.org/a)"),
    ],
)
def test_a_link_that_discord_would_not_show_as_one_is_followed_by_its_address(title: str, shown: str) -> None:
    assert masked(title, "https://example.org/a") == shown


async def test_a_digest_that_is_too_long_says_how_much_more_there_is() -> None:
    items = tuple(
        Item(id=str(n), title=f"Story {n}", links=(Link("", f"https://example.org/{n}"),)) for n in range(300)
    )
    message = digest_message(Issue(path="a.md", title="W", items=items), "N", "m")
    check_limits(message)
    assert re.search(r"\n… and \d+ more$", message.embed.description or "")


async def test_a_withdrawn_item_keeps_its_mark_and_loses_its_links() -> None:
    message = withdrawn_message(ITEM, "N", "m7")
    assert message.embed.title == "~~A faster parser~~"
    assert [c["custom_id"] for c in payload(message)["components"][0]["components"]] == ["related:m7"]


async def test_the_content_hash_changes_with_what_is_seen_and_with_nothing_else() -> None:
    first = item_message(ITEM, ISSUE, "N", "m1")
    assert first.content_hash == item_message(ITEM, ISSUE, "N", "m2").content_hash
    other = Item(id="x", title="Another", body=ITEM.body)
    assert first.content_hash != item_message(other, ISSUE, "N", "m1").content_hash


TEXT = st.text(max_size=400) | st.text(alphabet="*_`~|>#-[]()<@&!:\\/ \n\u202e\u200d🏳️‍🌈漢字", max_size=3_000)
ADDRESSES = st.sampled_from(
    ["https://example.org/x", "http://a.b/" + "y" * 700, "x", "https://ex ample.org", "https://例え.jp/パス"]
)
ITEMS = st.builds(
    Item,
    id=st.just("x"),
    title=TEXT,
    section=st.lists(TEXT, max_size=3).map(tuple),
    body=TEXT.map(lambda text: text * 3),
    links=st.lists(st.builds(Link, TEXT, ADDRESSES), max_size=30).map(tuple),
    image=st.none() | ADDRESSES,
    anchor=st.just("a"),
)


def check_limits(message: Any) -> None:
    embed: discord.Embed = message.embed
    assert length(embed.title or embed.description or "") >= 1
    assert length(embed.title or "") <= limits.EMBED_TITLE
    assert length(embed.description or "") <= limits.EMBED_DESCRIPTION
    assert length(embed.footer.text or "") <= limits.EMBED_FOOTER
    assert len(embed) <= limits.EMBED_TOTAL
    rows = message.view().to_components()
    assert len(rows) <= limits.ROWS
    for row in rows:
        assert len(row["components"]) <= limits.BUTTONS_IN_ROW
        for button in row["components"]:
            assert 1 <= length(button["label"]) <= limits.BUTTON_LABEL
            assert len(button.get("url") or "") <= limits.BUTTON_URL
            assert len(button.get("custom_id") or "") <= limits.CUSTOM_ID


@settings(max_examples=60, deadline=None)
@given(ITEMS)
async def test_limits_hold_for_any_content(item: Item) -> None:
    issue = Issue(path="a.md", title=item.title, summary=item.body, url="https://example.org/", items=(item,) * 3)
    for message in (
        item_message(item, issue, "N", "m", note=item.title),
        header_message(issue, "N", "m"),
        withdrawn_message(item, "N", "m"),
    ):
        check_limits(message)


def test_an_admin_decides_how_much_is_shown() -> None:
    look = Options(body=12, pictures=False, buttons=False, colour=0x010203)
    item = Item(id="x", title="T", body="Some words that go on.", links=ITEM.links, image=ITEM.image)
    message = item_message(item, ISSUE, "N", "m", look=look)
    assert (message.embed.description or "").startswith("Some words…")
    assert message.embed.image.url is None
    assert [one["label"] for one in payload(message)["components"][0]["components"]] == ["Open in full", "Related"]
    assert "arxiv.org" in (message.embed.description or "")  # what is on no button is below the text
    bare = item_message(item, ISSUE, "N", "m", look=Options(body=0))
    assert "words" not in (bare.embed.description or "")
    assert bare.is_cut


def test_an_admins_words_stand_above_an_issue_and_an_authors_in_them_literally() -> None:
    issue = Issue(path="a.md", title="**Week** @everyone", url="https://example.org/1", items=(ITEM,))
    look = Options(header="{newsletter}: {title} ({items}) {url} {date}", role=42)
    message = header_message(issue, "N*", "m", look=look)
    assert message.content == ("<@&42> N\\*: \\*\\*Week\\*\\* @\u200beveryone (1 item) https://example.org/1 undated")
    assert message.allowed_mentions.to_dict()["parse"] == []
    assert message.content_hash != header_message(issue, "N*", "m").content_hash
    assert len(digest_message(issue, "N", "m", look=Options(header="{title}" * 40)).content or "") <= 2_000
