"""What lands in the source shows in the channel: header first, items in order, exactly once, kept true."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Bench, configured, issue_text, newsletter, running

from sandbox.server import Sandbox


async def test_a_new_file_is_posted_header_first_and_items_in_order(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue_text(1, items=4))
    await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Story 1.3", "Story 1.4")
    await bench.idle()
    assert len({message.nonce for message in bench.posted()}) == 5


async def test_the_first_import_posts_nothing_but_the_backfill(
    sandbox: Sandbox, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="pipeline.watching")
    for number in range(1, 5):
        (folder / f"{number}.md").write_text(issue_text(number, items=1, day=f"2026-03-0{number}"))
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), backfill=2)
    async with running(sandbox, config) as bench:
        await bench.until_titles("Issue 3", "Story 3.1", "Issue 4", "Story 4.1")
        await bench.idle()
    assert 'first import newsletter="Tech": 4 issues, the newest: Issue 4 (2026-03-04), 4.md' in caplog.text


async def test_a_correction_edits_the_message_in_place(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
    ids = [message.id for message in bench.posted()]
    (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.2", "Better text"))
    await bench.until(lambda: "Better text" in bench.posted()[2].embeds[0]["description"])
    assert [message.id for message in bench.posted()] == ids
    assert [message.edited_at is not None for message in bench.posted()[1:]] == [False, True]


async def test_a_removed_item_is_marked_as_withdrawn_and_a_late_one_posted(bench: Bench, folder: Path) -> None:
    head = "---\ntitle: Animals\ndate: 2026-03-02\n---\n\n## News\n\n"
    owls = "### [Owls see at night](https://example.org/owls)\n\nThey hunt mice.\n\n"
    bees = "### [How bees dance](https://example.org/bees)\n\nThey point to flowers.\n\n"
    frogs = "### [A frog that freezes](https://example.net/frog)\n\nIt thaws in spring.\n\n"
    (folder / "1.md").write_text(head + owls + bees)
    await bench.until_titles("Animals", "Owls see at night", "How bees dance")
    (folder / "1.md").write_text(head + bees + frogs)
    await bench.until(
        lambda: bench.titles() == ["Animals", "~~Owls see at night~~", "How bees dance", "A frog that freezes"]
    )


async def test_a_draft_waits_until_it_is_none(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue_text(1, items=1, head="draft: true\n"))
    (folder / "2.md").write_text(issue_text(2, items=1))
    await bench.until_titles("Issue 2", "Story 2.1")
    (folder / "1.md").write_text(issue_text(1, items=1))
    await bench.until_titles("Issue 2", "Story 2.1", "Issue 1", "Story 1.1")


async def test_a_flood_is_held_until_an_admin_decides(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, newsletter(folder, max_new_issues=1), channel=sandbox.channel("news"))
    config = config.model_copy(update={"admin_channel": sandbox.channel("news").id})
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        for number in (1, 2):
            (folder / f"{number}.md").write_text(issue_text(number, items=1, day=f"2026-03-0{number}"))
        [asked] = await bench.until(bench.posted)
        assert "brought 2 new issues at once" in asked.content
        button = asked.components[0]["components"][0]
        assert button["label"] == "Post 2 issues"
        body = {"type": 3, "message_id": str(asked.id), "data": {"custom_id": button["custom_id"]}}
        bench.person().interact(body)
        await bench.until_titles("Issue 1", "Story 1.1", "Issue 2", "Story 2.1")
        await bench.until(lambda: "2 issues released" in asked.content)


async def test_threads_hold_the_items_below_their_header(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1")
        [thread] = await bench.until(lambda: list(sandbox.guild.threads.values()))
        assert thread.name == "Issue 1"
        await bench.until_titles("Story 1.1", "Story 1.2", channel=thread)
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.2", "Better text"))
        await bench.until(lambda: "Better text" in bench.shown(thread)[1]["description"])


async def test_a_forum_gets_a_post_for_each_issue(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("posts"), layout="forum")
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=2))
        [post] = await bench.until(lambda: list(sandbox.guild.threads.values()))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", channel=post)


async def test_a_header_names_what_stands_below_it_after_the_filter_has_changed(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    news = sandbox.channel("news")
    config = configured(tmp_path, newsletter(folder), channel=news, layout="items")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.1", "About granite"))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
    config = configured(tmp_path, newsletter(folder), channel=news, layout="items", words_none=("granite",))
    async with running(sandbox, config) as bench:
        changed = issue_text(1, items=4).replace("Text of story 1.1", "About granite")
        (folder / "1.md").write_text(changed.replace("Text of story 1.3", "More granite"))
        await bench.watcher.look_now()
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Story 1.4")
        await bench.idle()
        header = bench.shown()[0]["description"]
        assert "**3 items**" in header
        assert [number for number in (1, 2, 3, 4) if f"Story 1.{number}" in header] == [1, 2, 4]
