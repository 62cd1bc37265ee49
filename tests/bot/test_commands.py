"""What admins do in Discord."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from asking import text_of
from bench import Bench, issue_text

from sandbox.page.interactions import ClientError
from sandbox.server import Sandbox


@pytest.fixture
async def posted(bench: Bench, folder: Path) -> Bench:
    """A bench in which an issue of two items was posted."""
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
    await bench.idle()
    return bench


async def test_repost_item_asks_and_posts_once_more(posted: Bench) -> None:
    asked = await posted.slash("repost", "item", item="Story 1.2")
    assert "Post **Story 1.2** in <#" in asked.content
    assert posted.titles() == ["Issue 1", "Story 1.1", "Story 1.2"]
    answer = await posted.press(asked, "Post 1 message")
    await posted.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Story 1.2")
    await posted.until(lambda: "1 message queued" in answer.content)


async def test_repost_issue_says_how_many_messages(posted: Bench) -> None:
    asked = await posted.slash("repost", "issue", issue="Issue 1")
    await posted.press(asked, "Post 3 messages")
    await posted.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Issue 1", "Story 1.1", "Story 1.2")
    nonces = {message.nonce for message in posted.posted()}
    assert len(nonces) == 6


async def test_cancel_posts_nothing(posted: Bench) -> None:
    asked = await posted.slash("repost", "issue", issue="Issue 1")
    await posted.press(asked, "Cancel")
    await posted.until(lambda: asked.content == "Cancelled. Nothing was posted.")
    assert len(posted.posted()) == 3


async def test_repost_of_nothing_known_says_what_to_do(posted: Bench) -> None:
    answer = await posted.slash("repost", "item", item="Zzyzx unheard of")
    assert answer.content.startswith('No item matches "Zzyzx unheard of"')


async def test_status_tells_newsletters_and_channels(posted: Bench) -> None:
    await posted.idle()
    answer = await posted.slash("status")
    newsletters, channels = answer.embeds
    assert "**Tech** · 1 issue, 2 items" in newsletters["description"]
    assert "checked <t:" in newsletters["description"]
    assert f"<#{posted.news.id}> follows **Tech** · up to date" in channels["description"]
    assert channels["footer"]["text"].startswith("Herald ")


async def test_status_tells_that_no_file_is_an_issue(
    bench: Bench, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "1.adoc").write_text("= One")
    await bench.watcher.look_now()
    logged = [one.getMessage() for when in ("setup", "call") for one in caplog.get_records(when)]
    assert 'no issues found newsletter="Tech" include="*.md, *.markdown, *.mdx"' in logged
    assert "no issue found yet: `include` says which" in (await bench.slash("status")).embeds[0]["description"]
    (folder / "1.md").write_text(issue_text(1, items=1))
    await bench.until_titles("Issue 1", "Story 1.1")
    assert "no issue found yet" not in (await bench.slash("status")).embeds[0]["description"]


async def test_status_tells_faults_and_why_issues_wait(bench: Bench, folder: Path) -> None:
    (folder / "draft.md").write_text(issue_text(1, items=1, head="draft: true\n"))
    (folder / "future.md").write_text(
        issue_text(2, items=1, day=f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=99):%Y-%m-%d}")
    )
    await bench.watcher.look_now()
    text = (await bench.slash("status")).embeds[0]["description"]
    assert "Issue 1: a draft" in text
    assert "Issue 2: dated in the future" in text


async def test_pause_keeps_what_comes_until_resume(posted: Bench, folder: Path) -> None:
    await posted.slash("pause")
    (folder / "2.md").write_text(issue_text(2, items=1))
    await posted.watcher.look_now()
    assert "paused" in (await posted.slash("status")).embeds[1]["description"]
    assert len(posted.posted()) == 3
    await posted.slash("resume")
    await posted.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Issue 2", "Story 2.1")


async def test_sync_looks_now(bench: Bench, folder: Path) -> None:
    answer = await bench.slash("sync")
    assert answer.content == "**Tech** is up to date."


async def test_follow_with_backfill_then_unfollow(posted: Bench, sandbox: Sandbox) -> None:
    other = sandbox.world.add_channel(sandbox.guild, "other")
    body = {
        "type": 2,
        "data": {
            "type": 1,
            "name": "follow",
            "options": [
                {"name": "newsletter", "type": 3, "value": "tech"},
                {"name": "channel", "type": 7, "value": str(other.id)},
                {"name": "backfill", "type": 4, "value": 1},
            ],
        },
    }
    posted.person().interact(body)
    await posted.until_titles("Issue 1", "Story 1.1", "Story 1.2", channel=other)
    listed = await posted.slash("following")
    assert f"<#{other.id}> follows **Tech** · Automatic" in text_of(listed)
    refused = await posted.slash("unfollow", newsletter="Tech")
    assert "config.yaml" in refused.content
    refused = await posted.slash("unfollow", newsletter="Tehc", channel=str(other.id))
    assert refused.content == f'<#{other.id}> does not follow "Tehc". It follows: Tech.'
    ended = await posted.slash("unfollow", newsletter=" tech ", channel=str(other.id))
    assert ended.content == f"<#{other.id}> no longer follows **Tech**."


async def test_a_plain_member_is_offered_no_admin_command(posted: Bench, sandbox: Sandbox) -> None:
    reader = next(user for user in sandbox.world.users.values() if user.username == "reader")
    for name in ("status", "sync", "pause", "repost", "follow", "following", "setup"):
        with pytest.raises(ClientError, match="no command"):
            await posted.slash(name, user=reader)


async def test_only_the_asker_can_confirm(posted: Bench) -> None:
    asked = await posted.slash("repost", "item", item="Story 1.2")
    assert asked.ephemeral_to == posted.sandbox.world.owner.id


async def test_preview_shows_each_message_as_it_is_posted_and_posts_nothing(posted: Bench, folder: Path) -> None:
    shown = await posted.slash("preview", issue="Issue 1")
    assert shown.content.startswith(f"Message 1 of 3 in <#{posted.news.id}>, as it would be posted:")
    assert shown.ephemeral_to == posted.sandbox.world.owner.id
    await posted.press(shown, "Next")
    await posted.until(lambda: shown.content.startswith("Message 2 of 3"))
    assert shown.embeds[0] == posted.posted()[1].embeds[0]
    buttons = [[one["label"] for one in row["components"]] for row in shown.components]
    assert buttons == [
        [one["label"] for row in posted.posted()[1].components for one in row["components"]],
        ["First", "Previous", "Next", "Last"],
    ]
    await posted.press(shown, "Last")
    await posted.until(lambda: shown.content.startswith("Message 3 of 3"))
    (folder / "draft.md").write_text(issue_text(2, items=1, head="draft: true\n"))
    await posted.watcher.look_now()
    draft = await posted.slash("preview", issue="Issue 2")
    assert draft.content.startswith("Message 1 of 2")
    assert len(posted.posted()) == 3


async def test_a_repost_elsewhere_does_not_make_a_channel_follow(posted: Bench, sandbox: Sandbox) -> None:
    other = sandbox.world.add_channel(sandbox.guild, "other")
    options = [
        {"name": "item", "type": 3, "value": "Story 1.1"},
        {"name": "channel", "type": 7, "value": str(other.id)},
    ]
    repost = {"name": "item", "type": 1, "options": options}
    body = {"type": 2, "data": {"type": 1, "name": "repost", "options": [repost]}}
    asked = await posted._answered(body, None)
    await posted.press(asked, "Post 1 message")
    await posted.until_titles("Story 1.1", channel=other)
    await posted.idle()
    assert f"<#{other.id}>" not in str((await posted.slash("status")).embeds)
    assert f"<#{other.id}>" not in str((await posted.slash("following")).embeds)
