"""Each permission that Herald can need, taken away once for each kind of channel and layout: it is named, and waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asking import ask, library, look, text_of
from bench import Bench, eventually, issue_text, newsletter, running

from config.settings import Config
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import FORUM, Channel
from sandbox.world.model_message import Message

NEWS, VOICE = 5, 2
VIEW, SEND, EMBED = (
    ("VIEW_CHANNEL", "View Channel"),
    ("SEND_MESSAGES", "Send Messages"),
    ("EMBED_LINKS", "Embed Links"),
)
OPEN, INSIDE = ("CREATE_PUBLIC_THREADS", "Create Public Threads"), ("SEND_MESSAGES_IN_THREADS", "in Threads")
PLAIN = (VIEW, SEND, EMBED)
NOTED = ("text-auto", "loud-auto")  # the last two permissions are for long issues alone: a note
# channel, layout (None: as the channel has it), and what is taken away with the words that must be said
MATRIX: list[tuple[str, str | None, tuple[tuple[str, str], ...]]] = [
    *((name, "auto", (*PLAIN, OPEN, INSIDE)) for name in NOTED),
    ("text-items", "items", PLAIN),
    ("text-digest", "digest", PLAIN),
    ("text-thread", "thread", (*PLAIN, OPEN, INSIDE)),
    ("loud-items", "items", PLAIN),
    ("loud-digest", "digest", PLAIN),
    ("loud-thread", "thread", (*PLAIN, OPEN, INSIDE)),
    ("posts", None, (VIEW, ("SEND_MESSAGES", "Create Posts"), EMBED, (INSIDE[0], "Send Messages in Posts"))),
    ("picky", None, (VIEW, ("SEND_MESSAGES", "Create Posts"), EMBED, ("MANAGE_THREADS", "Manage Threads"))),
    *((f"side-{layout}", layout, (VIEW, INSIDE, EMBED)) for layout in ("auto", "items", "digest")),
    *((f"talk-{layout}", layout, (("CONNECT", "Connect"), *PLAIN)) for layout in ("auto", "items", "digest")),
]


def places(sandbox: Sandbox) -> dict[str, Channel]:
    """A channel for each row of the matrix; the forum "picky" wants a tag, and all of its tags are for moderators."""
    world, guild = sandbox.world, sandbox.guild
    found = {
        name: world.add_channel(guild, name, NEWS if name.startswith("loud") else 0)
        for name, _, _ in MATRIX
        if name.startswith(("text", "loud"))
    }
    found["posts"] = world.add_channel(guild, "plain-posts", FORUM)
    found["picky"] = world.add_channel(guild, "picky", FORUM, tags=["News"], requires_tag=True)
    found["picky"].tags[0].moderated = True
    for name, _, _ in MATRIX:
        if name.startswith("talk"):
            found[name] = world.add_channel(guild, name, VOICE)
        elif name.startswith("side"):
            found[name] = world.add_thread(world.add_channel(guild, f"above-{name}"), name, world.owner)
    return found


def overwritten(sandbox: Sandbox, place: Channel) -> Channel:
    """Where a channel's permissions are: a thread has those of the channel above it."""
    return sandbox.guild.channels[place.parent_id] if place.thread is not None and place.parent_id else place


def deny(sandbox: Sandbox, place: Channel, *names: str) -> None:
    """Take these away; whatever else a forum's moderated tag needs stays given."""
    me = sandbox.guild.members[sandbox.world.bot.id]
    allow = [] if "MANAGE_THREADS" in names else ["MANAGE_THREADS"]
    sandbox.world.set_overwrite(
        overwritten(sandbox, place), me, allow=permissions.by_names(allow), deny=permissions.by_names(list(names))
    )


async def follow(bench: Bench, place: Channel, layout: str | None) -> Message:
    given: list[dict[str, Any]] = [
        {"name": "newsletter", "type": 3, "value": "Tech"}, {"name": "channel", "type": 7, "value": str(place.id)},
        *([{"name": "layout", "type": 3, "value": layout}] if layout else []),
    ]  # fmt: skip
    return await ask(bench, {"type": 2, "data": {"type": 1, "name": "follow", "options": given}})


async def lacks(bench: Bench, place: Channel, name: str) -> bool:
    """Whether the gateway has told the bot that it lacks a permission."""
    found: Any = bench.herald.get_channel(place.id)
    return found is not None and not getattr(found.permissions_for(found.guild.me), name.lower())


@pytest.mark.timeout(240)  # forty commands
async def test_each_permission_is_named_with_its_channel_and_nothing_is_lost(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """One bot for the whole table: /follow says what lacks, and what lacks at the time of posting is waited for."""
    library(folder)
    channels = places(sandbox)
    config = Config(storage=str(tmp_path / "h.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))
    async with running(sandbox, config) as bench:
        await look(bench)
        for name, layout, needed in MATRIX:
            place = channels[name]
            for permission, label in needed:
                deny(sandbox, place, permission)
                await eventually(lambda place=place, permission=permission: lacks(bench, place, permission))
                told = text_of(await follow(bench, place, layout))
                assert label in told, (name, permission, told)
                assert f"#{place.name}" in told or f"<#{place.id}>" in told.split("\n", 1)[1], (name, told)
        # each channel lacks the last one now; a new issue waits where that matters
        (folder / "9.md").write_text(issue_text(9, items=2))
        await look(bench)
        for name in NOTED:
            await bench.until_titles("Issue 9", "Story 9.1", "Story 9.2", channel=channels[name])
        for name, _, needed in MATRIX[len(NOTED) :]:
            await eventually(lambda name=name, needed=needed: waits(bench, channels[name], needed[-1][1]))
            assert bench.posted(channels[name]) == [], name
        for place in channels.values():
            deny(sandbox, place)
        for name, layout, _ in MATRIX:
            stories = [] if layout == "digest" else ["Story 9.1", "Story 9.2"]
            if layout not in {None, "thread"}:
                await bench.until_titles("Issue 9", *stories, channel=channels[name])
        for name in ("text-thread", "loud-thread", "posts", "picky"):
            await bench.until(lambda name=name: titles_below(bench, channels[name]))


async def waits(bench: Bench, place: Channel, label: str) -> bool:
    """Whether a channel's subscription waits for a permission, by its name."""
    found = [one for one in await bench.services.subscriptions.list() if one.channel_id == place.id]
    return label in (found[0].waiting_reason or "")


def titles_below(bench: Bench, place: Channel) -> bool:
    """Whether an issue's thread or post below a channel holds its two stories."""
    threads = [one for one in bench.sandbox.guild.threads.values() if one.parent_id == place.id]
    titles = {title for one in threads for title in bench.titles(one)}
    return {"Story 9.1", "Story 9.2"} <= titles


async def test_a_forum_that_wants_a_tag_and_has_none_says_so(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    library(folder)
    bare = sandbox.world.add_channel(sandbox.guild, "bare", FORUM, requires_tag=True)
    config = Config(storage=str(tmp_path / "h.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))
    async with running(sandbox, config) as bench:
        await look(bench)
        assert "The forum #bare asks for a tag and has none" in text_of(await follow(bench, bare, None))
