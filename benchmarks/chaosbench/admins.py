"""What admins do while bots die: take back and bring back by commands, change a filter, end quiet hours."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, cast

from benchmarks.chaosbench.oracle import Follower, Seen, seen_of
from benchmarks.chaosbench.running import Run

ALL_DAY = "00:00-23:59"
_ANSWER_S = 60.0  # only a run that fails takes so long, or one on a machine that has other things to do
_ACTS = 2  # of each kind in a channel


async def take_back_and_bring_back(run: Run) -> None:
    """Withdraw stories in several channels and bring some of them back in place; killed soon after each answer."""
    await run.disturber.calm()
    await run.disturber.until_stalls_ended()
    bot = await run.nursery.start()
    await run.nursery.said(bot, "ready in", 30.0)
    await run.until_clean(run.followers, 60.0)
    for follower in run.followers:
        if follower.on_removed != "mark" or follower.layout not in {"items", "auto", "thread"}:
            continue
        for story in (await _stories(run, follower))[-_ACTS:]:
            await _known(run, follower, story)
            if await _act(run, follower, "withdraw", story, "being withdrawn"):
                follower.admins.retracted.add((story.issue, story.story or 0))
        taken = sorted(follower.admins.retracted)[: _ACTS // 2]
        for issue, number in taken if run.chance.random() < 0.5 else []:
            again = Seen(issue, number, _title(follower, issue, number), "", True, False, "", "")
            if await _act(run, follower, "repost", again, "queued for", how="in place"):
                follower.admins.retracted.discard((issue, number))
                follower.admins.brought_back.add((issue, number))
    await asyncio.sleep(run.chance.uniform(0.0, 0.4))
    await run.kill(bot, "after an admin's command")


async def _known(run: Run, follower: Follower, story: Seen) -> None:
    """Wait until the bot has published a story: after an old backup was put back it is in the channel before."""
    query = (
        "SELECT count(*) FROM items i JOIN issues s ON s.id = i.issue_id"
        " WHERE s.newsletter = ? AND i.title = ? AND s.gate = 'released'"
    )
    until_s = time.monotonic() + _ANSWER_S
    while time.monotonic() < until_s:
        with closing(sqlite3.connect(f"file:{run.nursery.database}?mode=ro", uri=True, timeout=5)) as connection:
            if connection.execute(query, (follower.newsletter.name, story.title)).fetchone()[0]:
                return
        await asyncio.sleep(0.2)


async def _stories(run: Run, follower: Follower) -> list[Seen]:
    """Return the stories that are in a channel or its threads and that their authors have not taken back."""
    found = [seen for seen in await run.world.seen(follower) if seen.story is not None and not seen.is_withdrawn]
    live = {
        (issue.number, story.number)
        for issue in follower.newsletter.written
        for story in issue.stories
        if not issue.is_draft
    }
    return [one for one in found if (one.issue, one.story) in live]


def _title(follower: Follower, issue: int, number: int) -> str:
    stories = (
        story
        for each in follower.newsletter.issues
        if each.number == issue
        for story in (*each.stories, *each.removed)
        if story.number == number
    )
    return next(stories).title


async def _act(run: Run, follower: Follower, command: str, story: Seen, done: str, **options: str) -> bool:
    """Use a command about an item as the server's owner, confirm, and wait for what it says."""
    channel_id = run.world.channels[follower.channel]
    given = [{"name": name, "type": 3, "value": value} for name, value in {"item": story.title, **options}.items()]
    data = {"type": 1, "name": command, "options": [{"name": "item", "type": 1, "options": given}]}
    asked = await run.world.interact(channel_id, {"type": 2, "data": data})
    message = await _until(run, channel_id, lambda one: int(one["id"]) > asked and _button(one) is not None)
    custom_id = _button(message) if message is not None else None
    if message is None or custom_id is None:
        run.broken.append(f"#{follower.channel}: /{command} of {story.title} was not answered")
        return False
    press = {"component_type": 2, "custom_id": custom_id}
    await run.world.interact(channel_id, {"type": 3, "message_id": message["id"], "data": press})
    end = await _until(run, channel_id, lambda one: one["id"] == message["id"] and done in one["content"])
    if end is None:
        run.broken.append(f"#{follower.channel}: /{command} of {story.title} was confirmed and not carried out")
    return end is not None


def _button(message: dict[str, Any]) -> str | None:
    """Return the button that confirms: the first one, beside "Cancel"."""
    rows = cast("list[dict[str, list[dict[str, Any]]]]", message.get("components") or [])
    buttons = [one for row in rows for one in row["components"]]
    is_question = any(one.get("label") == "Cancel" for one in buttons)
    return str(buttons[0]["custom_id"]) if is_question else None


async def _until(run: Run, channel_id: str, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    until_s = time.monotonic() + _ANSWER_S
    while time.monotonic() < until_s:
        for message in reversed(await run.world.read(channel_id)):
            if is_wanted(message):
                return message
        await asyncio.sleep(0.05)
    return None


async def end_quiet_hours(run: Run) -> None:
    """Nothing may have been posted where it was quiet all day; from now on all of it comes, in order."""
    await run.disturber.calm()
    await run.disturber.until_stalls_ended()
    quiet = [follower for follower in run.followers if follower.admins.quiet_hours]
    for follower in quiet:  # at least this one waits there, while all other channels get it
        follower.newsletter.new_issue(3)
        follower.newsletter.commit()
    bot = await run.nursery.start()
    await run.until_clean([follower for follower in run.followers if follower not in quiet], 60.0)
    await run.kill(bot, "random moment")
    for follower in quiet:
        messages = await run.world.messages(run.world.channels[follower.channel])
        early = [seen for message in messages for seen in seen_of(message, "")]
        run.broken += [f"#{follower.channel}: {seen.title} was posted in quiet hours" for seen in early]
        follower.admins.quiet_hours = ""
    run.follow_branch("")


async def change_filters(run: Run, words: dict[str, str]) -> None:
    """Let each filter forbid the next word, once all is posted that the old one decided about."""
    await run.disturber.calm()
    await run.disturber.until_stalls_ended()
    bot = await run.nursery.start()
    filtered = [follower for follower in run.followers if follower.admins.without]
    await run.until_clean(filtered, 60.0)
    await run.kill(bot, "random moment")
    for follower in filtered:
        follower.admins.old_issues = max(issue.number for issue in follower.newsletter.issues)
        follower.admins.without.append(words[follower.admins.without[-1]])
    run.follow_branch("")


async def published(run: Run) -> str:
    """Return how many messages of the announcement channels were handed on, as a line of the report."""
    count = shown = 0
    for follower in run.followers:
        for message in await run.world.messages(run.world.channels[follower.channel]) if follower.publishes else []:
            shown += bool(seen_of(message, ""))
            count += bool(message.get("flags", 0) & 1)
    return f"{count} of {shown} messages published to followers"
