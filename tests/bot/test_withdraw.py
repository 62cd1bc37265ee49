"""Taking back and posting again, as an admin does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking import differences, suggested, text_of
from bench import Bench, configured, newsletter, running

from cogs import reposting
from sandbox.page.interactions import ClientError
from sandbox.server import Sandbox


def issue(*stories: str, title: str = "Issue 7", tools: tuple[str, ...] = ("Hammer",)) -> str:
    def told(names: tuple[str, ...]) -> str:
        return "\n\n".join(f"### [{name}](https://example.org/{name})\n\nText of {name}." for name in names)

    return f"---\ntitle: {title}\ndate: 2026-03-02\n---\n\n## News\n\n{told(stories)}\n\n## Tools\n\n{told(tools)}\n"


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="items")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "7.md").write_text(issue("Alpha", "Beta"))
        await bench.until_titles("Issue 7", "Alpha", "Beta", "Hammer")
        await bench.idle()
        yield bench


async def test_an_issue_is_taken_back_stays_so_and_comes_again(bench: Bench, folder: Path) -> None:
    asked = await bench.slash("withdraw", "issue", issue="7")
    assert f"Withdraw **Issue 7** in <#{bench.news.id}>? 4 messages will be struck through." in asked.content
    assert not any(title.startswith("~~") for title in bench.titles())
    await bench.press(asked, "Withdraw 4 messages")
    await bench.until_titles("~~Issue 7~~", "~~Alpha~~", "~~Beta~~", "~~Hammer~~")
    assert bench.shown()[1]["description"] == "*Withdrawn by the people who run this server.*"
    (folder / "7.md").write_text(issue("Alpha", "Beta", "Gamma", title="Issue 7 again"))
    await bench.watcher.look_now()
    await bench.idle()
    assert bench.titles() == ["~~Issue 7~~", "~~Alpha~~", "~~Beta~~", "~~Hammer~~"]
    assert await differences(bench) == []
    told = text_of(await bench.slash("why", about="Beta"))
    assert f"because <@{bench.sandbox.world.owner.id}> withdrew it." in told
    whole = text_of(await bench.slash("why", about="7"))
    assert "4 messages are marked as withdrawn." in whole
    assert "0 messages" not in whole
    asked = await bench.slash("repost", "issue", issue="7", how="in place")
    assert "4 messages will be brought up to date or shown again, 1 message will be posted again." in asked.content
    await bench.press(asked, "Update 5 messages")
    await bench.until_titles("Issue 7 again", "Alpha", "Beta", "Hammer", "Gamma")
    await bench.idle()
    assert await differences(bench) == []


async def test_a_section_is_deleted_and_an_item_marked(bench: Bench) -> None:
    assert await suggested(bench, "withdraw", "section", focus="section", issue="7", section="too") == ["Tools"]
    asked = await bench.slash("withdraw", "section", issue="7", section="tools", how="delete")
    assert 'Delete **"Tools" of Issue 7**' in asked.content
    assert "1 message will be deleted, 1 message will be edited to show the rest." in asked.content
    await bench.press(asked, "Withdraw 1 message")
    await bench.until_titles("Issue 7", "Alpha", "Beta")
    await bench.idle()
    asked = await bench.slash("withdraw", "item", item="Alpha")
    await bench.press(asked, "Withdraw 1 message")
    await bench.until_titles("Issue 7", "~~Alpha~~", "Beta")
    await bench.idle()
    assert "**1 item**" in bench.shown()[0]["description"]
    again = await bench.slash("withdraw", "item", item="Alpha")
    assert "is withdrawn there already" in again.content
    assert await differences(bench) == []
    unknown = await bench.slash("withdraw", "section", issue="7", section="Toys")
    assert 'no heading "Toys". Its headings: "News", "Tools".' in unknown.content


async def test_neither_taking_back_nor_a_correction_posts_what_an_earlier_filter_left_out(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """Only what comes is judged by the new filter."""
    everything = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="items")
    filtered = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), words_none=("Beta",))
    async with running(sandbox, filtered) as bench:
        await bench.watcher.look_now()
        (folder / "7.md").write_text(issue("Alpha", "Beta"))
        await bench.until_titles("Issue 7", "Alpha", "Hammer")
        await bench.idle()
    async with running(sandbox, everything) as bench:
        asked = await bench.slash("withdraw", "item", item="Alpha")
        assert "1 message will be struck through, 1 message will be edited to show the rest." in asked.content
        await bench.press(asked, "Withdraw 1 message")
        await bench.until_titles("Issue 7", "~~Alpha~~", "Hammer")
        await bench.idle()
        assert bench.titles() == ["Issue 7", "~~Alpha~~", "Hammer"]
        (folder / "7.md").write_text(issue("Alpha", "Beta").replace("Text of Hammer", "A better text of Hammer"))
        await bench.until(lambda: any("A better text" in one["description"] for one in bench.shown()) or None)
        await bench.idle()
        assert bench.titles() == ["Issue 7", "~~Alpha~~", "Hammer"]


async def test_everywhere_and_only_where_it_stands(bench: Bench, sandbox: Sandbox) -> None:
    posted = await bench.slash("repost", "item", item="Alpha")
    await bench.press(posted, "Post 1 message")
    await bench.until_titles("Issue 7", "Alpha", "Beta", "Hammer", "Alpha")
    await bench.idle()
    asked = await bench.slash("withdraw", "item", item="Alpha", everywhere=True)
    assert "2 messages will be struck through" in asked.content
    await bench.press(asked, "Cancel")
    await bench.until(lambda: asked.content == "Cancelled. Nothing was withdrawn.")
    nothing = await bench.slash("withdraw", "item", item="Nobody wrote this")
    assert 'No item matches "Nobody wrote this"' in nothing.content
    # a slip is understood, another number is another story
    assert "**Hammer**" in (await bench.slash("withdraw", "item", item="Hamer")).content
    refused = await bench.slash("withdraw", "item", item="Alpha 9")
    assert 'No item matches "Alpha 9". Did you mean "Alpha"?' in refused.content
    refused = await bench.slash("withdraw", "issue", issue="Issue 8")
    assert 'No issue matches "Issue 8". Did you mean "Issue 7' in refused.content
    assert len([one for one in bench.titles() if one.startswith("~~")]) == 0
    del sandbox


async def test_the_same_repost_twice_is_pointed_out_and_done_once(bench: Bench) -> None:
    first = await bench.slash("repost", "item", item="Beta")
    second = await bench.slash("repost", "item", item="Beta")
    assert "reposted the same" not in second.content
    await bench.press(first, "Post 1 message")
    await bench.until_titles("Issue 7", "Alpha", "Beta", "Hammer", "Beta")
    await bench.press(second, "Post 1 message")
    await bench.until(lambda: "has just posted the same in" in second.content)
    await bench.idle()
    assert bench.titles().count("Beta") == 2
    third = await bench.slash("repost", "item", item="Beta")
    assert f"⚠️ <@{bench.sandbox.world.owner.id}> reposted the same there <t:" in third.content


async def test_a_press_that_comes_too_late_or_from_somebody_else_does_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await bench.slash("repost", "section", issue="7", section="Tools")
    owner = str(bench.sandbox.world.owner.id)
    button = asked.components[0]["components"][0]
    before, button["custom_id"] = button["custom_id"], button["custom_id"].replace(owner, "1")
    answer = await bench.press(asked, "Post 1 message")
    assert "Only the person who ran this command can decide." in answer.content
    button["custom_id"] = before
    monkeypatch.setattr(reposting, "ANSWER_WITHIN", dt.timedelta(0))
    await bench.press(asked, "Post 1 message")
    await bench.until(lambda: "This question is too old" in asked.content)
    await bench.idle()
    assert bench.titles() == ["Issue 7", "Alpha", "Beta", "Hammer"]


async def test_members_have_neither_command(bench: Bench, sandbox: Sandbox) -> None:
    reader = next(user for user in sandbox.world.users.values() if user.username == "reader")
    for name in ("withdraw", "repost"):
        with pytest.raises(ClientError, match="no command"):
            await bench.slash(name, "section", user=reader, issue="7", section="News")
