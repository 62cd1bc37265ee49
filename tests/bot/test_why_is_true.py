"""Whether `/why` tells the truth: a mixed day in one server, and what each message and non-message has to say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking import ask, slash, text_of
from bench import Bench, configured, eventually, newsletter, running

from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world.model_message import Message
from storage.records import State

INVALID = 50035  # Discord's code for a message that it does not take


def issue(number: int, *stories: str, ads: tuple[str, ...] = (), head: str = "", edited: str = "") -> str:
    def told(names: tuple[str, ...]) -> str:
        return "\n\n".join(
            f"### [{name}](https://example.org/{name.replace(' ', '-')})\n\n"
            + ("Corrected." if name == edited else f"Text of {name}.")
            for name in names
        )

    below = f"\n\n## Ads\n\n{told(ads)}" if ads else ""
    top = f"---\ntitle: Letter {number}\ndate: 2026-03-0{number % 9 + 1}\n{head}---\n"
    return f"{top}\n## News\n\n{told(stories)}{below}\n"


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """Everything that can become of an issue and of an item, once."""
    (folder / "old.md").write_text(issue(1, "Ancient"))
    source = newsletter(folder, max_items=4)
    config = configured(tmp_path, source, channel=sandbox.channel("news"), exclude_sections=("Ads",), layout="items")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "2.md").write_text(issue(2, "Alpha", "Beta", "Gamma", ads=("Buy me",)))
        await bench.until_titles("Letter 2", "Alpha", "Beta", "Gamma")
        await bench.idle()
        (folder / "2.md").write_text(issue(2, "Alpha", "Beta", "Late one", ads=("Buy me",), edited="Alpha"))
        await bench.until_titles("Letter 2", "Alpha", "Beta", "~~Gamma~~", "Late one")
        await bench.idle()
        await bench.press(await bench.slash("withdraw", "item", item="Beta"), "Withdraw 1 message")
        await bench.until_titles("Letter 2", "Alpha", "~~Beta~~", "~~Gamma~~", "Late one")
        await bench.idle()
        await bench.press(await bench.slash("repost", "item", item="Alpha"), "Post 1 message")
        await bench.until_titles("Letter 2", "Alpha", "~~Beta~~", "~~Gamma~~", "Late one", "Alpha")
        await bench.idle()
        sandbox.faults.add(Fault("status", "POST /channels/*/messages", status=400, code=INVALID, count=1, skip=1))
        (folder / "5.md").write_text(issue(5, "Cursed"))
        await eventually(lambda: is_refused(bench))
        (folder / "3.md").write_text(issue(3, "Secret", head="draft: true\n"))
        (folder / "4.md").write_text(issue(4, "One", "Two", "Three", "Four", "Five"))
        await bench.watcher.look_now()
        await bench.idle()
        yield bench


async def is_refused(bench: Bench) -> bool:
    return bool((await bench.services.outbox.counts())[State.FAILED])


def found(bench: Bench, title: str, index: int = 0) -> Message:
    same = [one for one in bench.posted() if one.embeds and one.embeds[0]["title"].strip("~") == title]
    return same[index]


async def of_message(bench: Bench, message: Message) -> str:
    data = {"type": 3, "name": "Why was this posted?", "target_id": str(message.id)}
    return text_of(await ask(bench, {"type": 2, "data": data}))


async def test_every_answer_is_true(bench: Bench, sandbox: Sandbox) -> None:
    owner, news = f"<@{sandbox.world.owner.id}>", f"<#{bench.news.id}>"
    follows = "because **Tech** is followed there"
    messages: list[tuple[Message, tuple[str, ...], tuple[str, ...]]] = [
        (
            found(bench, "Letter 2"),
            (follows, "added 1 item", "took out 1 item", f"because {owner} withdrew 1 item"),
            ("withdrew it", "reposted"),
        ),
        (found(bench, "Alpha"), (follows, "because its author changed it"), ("reposted", "withdrew")),
        (found(bench, "Beta"), (follows, "Marked as withdrawn", f"because {owner} withdrew it"), ("took it out",)),
        (found(bench, "Gamma"), (follows, "because its author took it out of the issue"), ("withdrew",)),
        (found(bench, "Late one"), (follows,), ("Edited", "withdrew", "took it out")),
        (found(bench, "Alpha", 1), (f"because {owner} reposted it",), ("Edited", follows)),
    ]
    for message, said, unsaid in messages:
        told = await of_message(bench, message)
        assert f"Posted in {news} on <t:" in told, told
        assert [text for text in said if text not in told] == [], told
        assert [text for text in unsaid if text in told] == [], told
    others: dict[str, tuple[str, ...]] = {
        "Buy me": (f'Not posted in {news}: it takes no items below "Ads".',),
        "Cursed": (f"Discord refused it in {news} on <t:", "/resume tries it again"),
        "Ancient": (
            "It was there before Herald first read **Tech**",
            f"Not posted in {news}: it came out before the newsletter was set up there.",
        ),
        "Letter 1": ("so it was filed, not posted", f"Not posted in {news}"),
        "Letter 3": ("It is not published yet: a draft.", f"Not posted in {news} so far."),
        "Secret": ("It is not published yet: a draft.", f"Not posted in {news} so far."),
        "Letter 4": ("It is held until an admin decides: it has 5 items", f"Not posted in {news} so far."),
        "Letter 2": (
            f"Posted in {news} on <t:",
            f"{owner} withdrew 1 item",
            '1 item was left out: it takes no items below "Ads".',
        ),
        "Nobody knows this": ('Herald has never seen "Nobody knows this" here. It last looked at **Tech** <t:',),
    }
    for about, said in others.items():
        told = text_of(await slash(bench, "why", about=about))
        assert "only since" not in told, told
        assert [text for text in said if text not in told] == [], told
    assert "Herald did not post this message." in await of_message(bench, sandbox.say(bench.news, "hello"))
