"""Layout auto in Discord: lists, the thread below the header, and what is asked of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import ask
from bench import Bench, configured, eventually, newsletter, running
from test_exactly_once import waits

from sandbox.faults import Fault
from sandbox.server import Sandbox
from storage.records import State

STORY = "Far more is told about this one than a single line of a list of many would ever hold, and then some. " * 2


def links(section: str, *names: str) -> str:
    lines = "\n".join(f"- [Title {name}](https://example.org/{name})" for name in names)
    return f"## {section}\n\n{lines}\n"


def stories(*names: str) -> str:
    return "## Stories\n\n" + "\n\n".join(f"### [{name}](https://example.org/{name})\n\n{STORY}" for name in names)


def issue(*parts: str) -> str:
    return "---\ntitle: Issue 1\ndate: 2026-03-02\n---\n\n" + "\n\n".join(parts) + "\n"


def texts(bench: Bench) -> list[str]:
    return [embed.get("description", "") for embed in bench.shown()]


async def test_one_liners_share_a_message_that_opens_them(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), max_messages=3)
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(issue(links("Reads", "a", "b", "c"), links("Tools", "d", "e")))
        await bench.until(lambda: len(bench.posted()) == 3)
        await bench.idle()
        assert texts(bench)[1].splitlines() == [f"- [Title {name}](https://example.org/{name})" for name in "abc"]
        asked = {"type": 3, "name": "Why was this posted?", "target_id": str(bench.posted()[1].id)}
        why = await ask(bench, {"type": 2, "data": asked})
        assert why.embeds[0]["title"] == "3 items of Issue 1"
        assert why.embeds[0]["description"].startswith("A list of items of **Issue 1**, an issue of **Tech**.")
        answer = await bench.press(bench.posted()[1], "Open one…")
        [menu] = answer.components[0]["components"]
        assert menu["placeholder"] == "Open an item in full…"
        assert [option["label"] for option in menu["options"]] == ["Title a", "Title b", "Title c"]
        (folder / "1.md").write_text(
            issue(links("Reads", "a", "c", "wholly-different-matters"), links("Tools", "d", "e"))
        )
        await bench.until(lambda: "wholly" in texts(bench)[1])
        assert texts(bench)[1].splitlines()[1] == "- ~~Title b~~"
        assert len(bench.posted()) == 3


async def test_the_header_leads_to_each_message_once_it_is_there(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue(stories("Ada", "Bel")))
    await bench.until_titles("Issue 1", "Ada", "Bel")
    header, *below = bench.posted()
    links = [f"- [{name}](https://discord.com/channels/{bench.sandbox.guild.id}/{bench.news.id}/{one.id})"
             for name, one in zip(("Ada", "Bel"), below, strict=True)]  # fmt: skip
    lines = await bench.until(
        lambda: [at for at in header.embeds[0]["description"].splitlines() if at in links] == links
    )
    assert lines


async def test_the_header_is_filled_in_after_a_restart(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config) as bench:
        courier = bench.herald.cogs["DeliveryWorker"].courier  # type: ignore[attr-defined]
        courier._outbox.claim_header = lambda *_args, **_more: _nothing()
        (folder / "1.md").write_text(issue(stories("Ada")))
        await bench.until_titles("Issue 1", "Ada")
        await eventually(lambda: _is_recorded(bench))
    async with running(sandbox, config) as bench:
        await bench.until(lambda: f"/{bench.posted()[1].id})" in texts(bench)[0])


async def _is_recorded(bench: Bench) -> bool:
    """Whether nothing is owed any more but the header's links."""
    counts = await bench.services.outbox.counts()
    return not (counts[State.PENDING] or counts[State.SENDING])


async def _nothing() -> None:
    return None


async def test_a_text_that_was_cut_is_read_to_its_end_in_pages(bench: Bench, folder: Path) -> None:
    sentences = [f"This is sentence number {number} of a very long story." for number in range(200)]
    (folder / "1.md").write_text(issue("## News\n\n### [Long](https://example.org/long)\n\n" + " ".join(sentences)))
    await bench.until_titles("Issue 1", "Long")
    await bench.idle()
    answer = await bench.press(bench.posted()[1], "Open in full")
    read = [answer.embeds[0]["description"]]
    assert answer.embeds[0]["footer"]["text"].endswith("Page 1 of 3")
    for number in (2, 3):
        await bench.press(answer, "Next")
        await bench.until(lambda page=f"Page {number} of 3": answer.embeds[0]["footer"]["text"].endswith(page))
        read.append(answer.embeds[0]["description"])
    assert " ".join(read).split() == " ".join(sentences).split()


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault("status", status=500, route="POST /channels/*/messages/*/threads", after=True),
        Fault("lost", route="POST /channels/*/messages/*/threads", after=True),
        Fault("lost", route="POST /channels/*/messages", after=True, skip=3),
    ],
)
async def test_what_is_too_much_goes_into_a_thread(
    sandbox: Sandbox, folder: Path, tmp_path: Path, fault: Fault | None
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), max_messages=2)
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        if fault is not None:
            sandbox.faults.add(fault)
        (folder / "1.md").write_text(issue(stories("Ada", "Bel", "Cy", "Dot")))
        await bench.until(lambda: bench.titles() == ["Issue 1", "Ada", "Bel"])
        [thread] = await bench.until(lambda: list(sandbox.guild.threads.values()))
        await bench.until_titles("Cy", "Dot", channel=thread)
        await bench.idle()
        assert thread.name == "Issue 1"
        assert bench.titles() == ["Issue 1", "Ada", "Bel"]


async def test_a_thread_that_may_not_be_opened_is_told_and_goes_on(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), max_messages=1)
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        sandbox.faults.add(Fault("status", status=403, route="POST /channels/*/messages/*/threads"))
        (folder / "1.md").write_text(issue(stories("Ada", "Bel")))
        await waits(bench)
        await bench.herald.cogs["DeliveryWorker"].dispatcher.mended(None)  # type: ignore[attr-defined]
        [thread] = await bench.until(lambda: list(sandbox.guild.threads.values()))
        await bench.until_titles("Bel", channel=thread)
        await bench.idle()
        assert bench.titles() == ["Issue 1", "Ada"]
