"""Why something was posted or not: every answer is compared with what was done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking import ask, slash, suggested, text_of
from bench import Bench, configured, newsletter, running
from sqlalchemy import delete

from sandbox.server import Sandbox
from sandbox.world.model import User
from sandbox.world.model_message import Message
from storage.schema import deliveries


def issue(number: int, *stories: str, ads: tuple[str, ...] = (), head: str = "", text: str = "Text.") -> str:
    def told(names: tuple[str, ...]) -> str:
        return "\n\n".join(f"### [{name}](https://example.org/{name.replace(' ', '-')})\n\n{text}" for name in names)

    below = f"\n\n## Ads\n\n{told(ads)}" if ads else ""
    top = f"---\ntitle: Letter {number}\ndate: 2026-03-0{number % 9 + 1}\n{head}---\n"
    return f"{top}\n## News\n\n{told(stories)}{below}\n"


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A channel that follows a newsletter without its advertisements; one issue was there before."""
    (folder / "old.md").write_text(issue(1, "Ancient"))
    config = configured(
        tmp_path, newsletter(folder), channel=sandbox.channel("news"), exclude_sections=("Ads",), layout="items"
    )
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "579.md").write_text(issue(579, "Alpha one", "Beta two", ads=("Buy me",)))
        await bench.until_titles("Letter 579", "Alpha one", "Beta two")
        await bench.idle()
        yield bench


def message(bench: Bench, title: str) -> Message:
    return next(one for one in bench.posted() if one.embeds and one.embeds[0]["title"].strip("~") == title)


def link(bench: Bench, found: Message) -> str:
    return f"https://discord.com/channels/{bench.sandbox.guild.id}/{found.channel_id}/{found.id}"


async def why(bench: Bench, about: str, user: User | None = None) -> str:
    return text_of(await slash(bench, "why", about=about, user=user))


async def pressed(bench: Bench, found: Message, user: User | None = None) -> str:
    data = {"type": 3, "name": "Why was this posted?", "target_id": str(found.id)}
    return text_of(await ask(bench, {"type": 2, "data": data}, user=user))


async def test_a_message_says_why_it_was_posted_and_edited(bench: Bench, folder: Path) -> None:
    assert "because **Tech** is followed there." in await pressed(bench, message(bench, "Alpha one"))
    (folder / "579.md").write_text(issue(579, "Alpha one", "Beta two", ads=("Buy me",), text="Corrected."))
    await bench.until(lambda: message(bench, "Alpha one").embeds[0]["description"].startswith("Corrected"))
    await bench.idle()
    told = await why(bench, link(bench, message(bench, "Alpha one")))
    assert "An item of **Letter 579**, an issue of **Tech**." in told
    assert f"Posted in <#{bench.news.id}> on <t:" in told
    assert "because its author changed it." in told
    header = await pressed(bench, message(bench, "Letter 579"))
    assert "The header of an issue of **Tech**." in header
    assert "It was released on <t:" in header


async def test_what_was_not_posted_says_which_rule(bench: Bench, folder: Path) -> None:
    assert f'Not posted in <#{bench.news.id}>: it takes no items below "Ads".' in await why(bench, "Buy me")
    old = await why(bench, "Ancient")
    assert "It was there before Herald first read **Tech**, so it was filed, not posted." in old
    assert f"Not posted in <#{bench.news.id}>: it came out before the newsletter was set up there." in old
    whole = await why(bench, "579")
    assert "3 messages stand there." in whole
    assert '1 item was left out: it takes no items below "Ads".' in whole
    (folder / "draft.md").write_text(issue(3, "Secret", head="draft: true\n"))
    await bench.watcher.look_now()
    assert "It is not published yet: a draft." in await why(bench, "Letter 3")
    unknown = await why(bench, "Zebra quagga")
    assert unknown.startswith('Herald has never seen "Zebra quagga" here. It last looked at **Tech** <t:')


async def test_what_names_nothing_is_not_answered_by_something_else(bench: Bench) -> None:
    assert await why(bench, "   ") == "Write the title of an issue or an item, or paste a message's link."
    assert (await why(bench, "2026")).startswith('Herald has never seen "2026" here.')  # the year of every issue


async def test_what_its_author_took_out_is_still_explained(bench: Bench, folder: Path) -> None:
    (folder / "579.md").write_text(issue(579, "Beta two", ads=("Buy me",)))
    await bench.until_titles("Letter 579", "~~Alpha one~~", "Beta two")
    await bench.idle()
    told = await pressed(bench, message(bench, "Alpha one"))
    assert "Marked as withdrawn on <t:" in told
    assert "because its author took it out of the issue." in told
    assert "Its author took it out of the issue on <t:" in await why(bench, "Alpha one")
    assert "because its author took out 1 item." in await pressed(bench, message(bench, "Letter 579"))


async def test_a_repost_names_who_asked_for_it_to_admins_alone(bench: Bench, sandbox: Sandbox) -> None:
    asked = await bench.slash("repost", "item", item="Alpha one")
    await bench.press(asked, "Post 1 message")
    await bench.until_titles("Letter 579", "Alpha one", "Beta two", "Alpha one")
    await bench.idle()
    again = bench.posted()[-1]
    owner = sandbox.world.owner
    assert f"because <@{owner.id}> reposted it." in await pressed(bench, again)
    assert "because **Tech** is followed there." in await pressed(bench, message(bench, "Alpha one"))
    reader = next(user for user in sandbox.world.users.values() if user.username == "reader")
    assert "because an admin reposted it." in await pressed(bench, again, user=reader)
    assert "Herald has never seen" in await why(bench, "Letter 3", user=reader)


async def test_messages_that_are_no_issues_say_so(bench: Bench, sandbox: Sandbox) -> None:
    said = sandbox.say(bench.news, "hello")
    assert "Herald did not post this message." in await pressed(bench, said)
    assert "another server" in await why(bench, "https://discord.com/channels/1/2/3")
    gone = f"https://discord.com/channels/{sandbox.guild.id}/{bench.news.id}/123456789"
    assert "Herald does not know this message" in await why(bench, gone)


async def test_a_message_that_a_restored_backup_does_not_know_is_said_to_be_that(bench: Bench) -> None:
    shown = message(bench, "Alpha one")
    async with bench.services.db.transaction() as connection:
        await connection.execute(delete(deliveries).where(deliveries.c.message_id == shown.id))
    assert "its database does not know it: an older backup was restored" in await pressed(bench, shown)


async def test_a_number_is_what_people_call_an_issue(bench: Bench) -> None:
    assert "Letter 579" in text_of(await slash(bench, "issue", issue="579"))
    assert "Letter 579" in text_of(await slash(bench, "issue", issue="#579"))
    assert 'No issue matches "2"' in text_of(await slash(bench, "issue", issue="2"))  # the row of Letter 579
    assert (await suggested(bench, "why", focus="about", about="Alpha"))[0] == "Alpha one"


async def test_channels_that_share_a_story_share_its_sentence(bench: Bench, sandbox: Sandbox) -> None:
    others = [sandbox.world.add_channel(sandbox.guild, name) for name in ("first", "second", "third")]
    for other in others:
        options = [
            {"name": "newsletter", "type": 3, "value": "Tech"},
            {"name": "channel", "type": 7, "value": str(other.id)},
        ]
        await ask(bench, {"type": 2, "data": {"type": 1, "name": "follow", "options": options}})
    await bench.watcher.look_now()
    told = await why(bench, "Ancient")
    first, second, third = (f"<#{other.id}>" for other in (bench.news, *others[:2]))
    last = f"<#{others[2].id}>"
    assert (
        f"Not posted in {first}, {second}, {third}, and {last}: it came out before the newsletter was set up there."
        in told
    )
    assert told.count("Not posted") == 1


async def test_the_age_of_a_subscription_explains_what_came_before(bench: Bench, sandbox: Sandbox) -> None:
    other = sandbox.world.add_channel(sandbox.guild, "other")
    options = [
        {"name": "newsletter", "type": 3, "value": "Tech"},
        {"name": "channel", "type": 7, "value": str(other.id)},
    ]
    await ask(bench, {"type": 2, "data": {"type": 1, "name": "follow", "options": options}})
    told = await why(bench, "Beta two")
    here = f"Posted in <#{bench.news.id}>"
    there = f"Not posted in <#{other.id}>, where **Tech** has been followed only since <t:"
    assert here in told
    assert there in told
    assert told.index(here) < told.index(there)
    before = {one.id for one in sandbox.messages(other)}
    option = {"name": "about", "type": 3, "value": "Beta two"}
    bench.person(other).interact({"type": 2, "data": {"type": 1, "name": "why", "options": [option]}})
    answers = lambda: [one for one in sandbox.messages(other) if one.id not in before and one.embeds]  # noqa: E731
    told_there = text_of((await bench.until(answers))[0])
    assert told_there.index(there) < told_there.index(here)
