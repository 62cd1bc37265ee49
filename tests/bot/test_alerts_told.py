"""/alert: members are told once of what is new, wherever it is interrupted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import asking
import discord
import pytest
from asking import config_of, issue_of, labels, library, look, press, slash, suggested, text_of
from bench import Bench, eventually, issue_text, running

from config.settings import AlertsConfig
from sandbox.faults import Fault
from sandbox.page.interactions import ClientError
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import User
from sandbox.world.model_message import Message
from storage.records import State

KESTREL = issue_of(
    "Autumn", "2026-03-02",
    ("Kestrel hatches", "https://kestrel.example/eggs", "Four eggs."),
    ("A quiet pond", "https://pond.example/", "Nobody came but a kestrel."),
    ("Something else", "https://else.example/", "A tale of mills and millers."),
)  # fmt: skip


def later(title: str) -> str:
    """Another issue of the same kind: the same items under another title would be a copy."""
    text = KESTREL.replace("Autumn", title).replace(".example/", ".example/later-")
    for before, after in (("hatches", "flies"), ("quiet pond", "loud river"), ("Something else", "Yet another thing")):
        text = text.replace(before, after)
    return text


@pytest.fixture
async def alerted(bench: Bench) -> Bench:
    """A bot whose first look is over."""
    await look(bench)
    return bench


def reader(bench: Bench) -> User:
    return next(user for user in bench.sandbox.world.users.values() if user.username == "reader")


def told(bench: Bench, user: User) -> list[Message]:
    """The direct messages to a member."""
    return bench.sandbox.messages(bench.sandbox.world.direct_channel(user))


async def settled(bench: Bench) -> None:
    async def done() -> bool:
        counts = await bench.services.alert_outbox.counts()
        return not counts[State.PENDING] and not counts[State.SENDING]

    await eventually(done)


async def test_one_message_for_an_issue_with_all_that_matches(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    answer = await slash(alerted, "alert", "add", query="kestrel", user=user)
    assert "You will be notified when a new item matches **kestrel**" in text_of(answer)
    assert asking.is_private(answer, user)
    await slash(alerted, "alert", "add", query='"four eggs"', user=user)
    await slash(alerted, "alert", "add", query="pond -kestrel", user=user)
    (folder / "1.md").write_text(KESTREL)
    [message] = await alerted.until(lambda: told(alerted, user))
    await settled(alerted)
    assert told(alerted, user) == [message]
    text = text_of(message)
    assert "2 new items match your alerts" in text
    assert "**[Kestrel hatches](https://kestrel.example/eggs)**" in text
    assert "[A quiet pond]" in text
    assert "Something else" not in text
    posted = alerted.posted()[1]
    assert (
        f"[Go to the message](https://discord.com/channels/{alerted.sandbox.guild.id}/{alerted.news.id}/{posted.id})"
        in text
    )
    assert "Tech · Autumn · 2 Mar 2026" in text
    assert told(alerted, alerted.sandbox.world.owner) == []


async def test_a_member_is_told_in_their_language(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    user.locale = "de"
    await slash(alerted, "alert", "add", user=user, query="kestrel")
    (folder / "autumn.md").write_text(KESTREL)
    [message] = await alerted.until(lambda: told(alerted, user))
    assert message.embeds[0]["title"] == "2 neue Beiträge passen zu deinen Benachrichtigungen"
    assert "Zur Nachricht" in text_of(message)
    assert "2. März 2026" in text_of(message)
    assert not {"My alerts", "Remove this alert"} & set(labels(message))


async def test_nothing_is_told_of_a_first_import_or_a_backfill(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as empty:
        user = reader(empty)
        await slash(empty, "alert", "add", query="kestrel", user=user)
    (tmp_path / "more").mkdir()
    library(tmp_path / "more")
    config = config_of(tmp_path, tmp_path / "more", sandbox, backfill=2)
    renamed = config.newsletters[0].model_copy(update={"name": "Other"})
    followed = config.subscriptions[0].model_copy(update={"newsletter": "Other"})
    config = config.model_copy(update={"newsletters": (renamed,), "subscriptions": (followed,)})
    async with running(sandbox, config) as bench:
        await bench.until(lambda: "The pocket database" in bench.titles())
        await bench.idle()
        (tmp_path / "more" / "new.md").write_text(KESTREL)
        [message] = await bench.until(lambda: told(bench, user))
        assert "Autumn" in text_of(message)


async def test_an_alert_hears_nothing_of_what_was_released_before_it(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    await slash(alerted, "alert", "add", query="unheard", user=alerted.sandbox.world.owner)
    (folder / "1.md").write_text(KESTREL)
    await alerted.until_titles("Autumn", "Kestrel hatches", "A quiet pond", "Something else")
    await slash(alerted, "alert", "add", query="kestrel", user=user)
    (folder / "2.md").write_text(later("Late autumn"))
    [message] = await alerted.until(lambda: told(alerted, user))
    assert "Late autumn" in text_of(message)


async def test_closed_messages_wait_and_the_member_is_told(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    user.accepts_dms = False
    await slash(alerted, "alert", "add", query="kestrel", user=user)
    (folder / "1.md").write_text(KESTREL)
    await eventually(lambda: _has_error(alerted, "50007", "Cannot send messages"))
    answer = await slash(alerted, "alert", "list", user=user)
    assert "cannot send you direct messages" in answer.content
    assert "1 alert is waiting" in answer.content
    assert told(alerted, user) == []
    user.accepts_dms = True
    await slash(alerted, "alert", "list", user=user)
    [message] = await alerted.until(lambda: told(alerted, user))
    assert "2 new items match" in text_of(message)
    await settled(alerted)
    again = await slash(alerted, "alert", "list", user=user)
    assert "closed" not in again.content


async def _has_error(bench: Bench, *texts: str) -> bool:
    async with bench.services.db.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT error FROM alert_deliveries")).all()
    return any(text in row[0] for row in rows for text in texts)


@pytest.fixture
async def with_channel(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """An admin chose the channel "posts-text" for those whose cannot send you direct messages."""
    place = sandbox.world.add_channel(sandbox.guild, "alerts")
    config = config_of(tmp_path, folder, sandbox).model_copy(update={"alerts": AlertsConfig(channel=place.id)})
    async with running(sandbox, config) as bench:
        await look(bench)
        yield bench


async def test_the_chosen_channel_mentions_that_member_alone(with_channel: Bench, folder: Path) -> None:
    user, owner = reader(with_channel), with_channel.sandbox.world.owner
    user.accepts_dms = False
    await slash(with_channel, "alert", "add", query="kestrel", user=user)
    await slash(with_channel, "alert", "add", query="kestrel", user=owner)
    (folder / "1.md").write_text(KESTREL.replace("Four eggs.", f"Four eggs. <@{owner.id}> @everyone"))
    place = with_channel.sandbox.channel("alerts")
    [message] = await with_channel.until(lambda: with_channel.posted(place))
    assert message.content == f"<@{user.id}>"
    assert message.pings == [f"user:{user.id}"]
    public = text_of(message).casefold()  # a member's words are private
    assert not any(word in public for word in ("kestrel", "hatches", "eggs"))
    shown = await press(with_channel, message, "Show my news", user=user, channel=place)
    assert "Kestrel hatches" in text_of(shown)
    assert asking.is_private(shown, user)
    refused = await press(with_channel, message, "Show my news", user=owner, channel=place)
    assert "belongs to another member" in text_of(refused)
    [direct] = await with_channel.until(lambda: told(with_channel, owner))
    assert "2 new items match" in text_of(direct)
    await settled(with_channel)
    assert len(with_channel.posted(place)) == 1


async def test_an_admin_chooses_the_channel_and_takes_it_back(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    user.accepts_dms = False
    await slash(alerted, "alert", "add", query="kestrel", user=user)
    answer = await slash(alerted, "alert-channel", "set")
    assert f"notified of their alerts in <#{alerted.news.id}>" in text_of(answer)
    with pytest.raises(ClientError):
        await slash(alerted, "alert-channel", "set", user=user)
    (folder / "1.md").write_text(KESTREL)

    def mentions() -> list[Message]:
        return [one for one in alerted.posted() if one.content == f"<@{user.id}>"]

    [message] = await alerted.until(mentions)
    assert "2 new items match" in text_of(message)
    await settled(alerted)
    assert "by direct message only" in text_of(await slash(alerted, "alert-channel", "clear"))
    (folder / "2.md").write_text(later("Winter"))
    await eventually(lambda: _has_error(alerted, "50007", "Cannot send messages"))
    assert mentions() == [message]


async def test_a_channel_where_herald_may_not_write_is_not_chosen(alerted: Bench) -> None:
    guild = alerted.sandbox.guild
    herald = guild.members[alerted.sandbox.world.bot.id]
    alerted.sandbox.world.set_overwrite(alerted.news, herald, deny=permissions.EMBED_LINKS)
    await eventually(lambda: _may_not_embed(alerted))
    answer = await slash(alerted, "alert-channel", "set")
    assert "give its role the permission Embed Links" in text_of(answer)
    assert await alerted.services.alert_outbox.channel_of(guild.id) is None


async def _may_not_embed(bench: Bench) -> bool:
    channel = bench.herald.get_channel(bench.news.id)
    assert isinstance(channel, discord.TextChannel)
    return not channel.permissions_for(channel.guild.me).embed_links


async def test_what_is_added_to_an_issue_later_is_told_too(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    await slash(alerted, "alert", "add", query="heron", user=user)
    (folder / "1.md").write_text(KESTREL)
    await alerted.until_titles("Autumn", "Kestrel hatches", "A quiet pond", "Something else")
    (folder / "1.md").write_text(f"{KESTREL}\n### [A heron](https://heron.example/)\n\nOn one leg.\n")
    [message] = await alerted.until(lambda: told(alerted, user))
    await settled(alerted)
    text = text_of(message)
    assert "1 new item matches your alerts" in text
    assert "A heron" in text
    assert told(alerted, user) == [message]


@pytest.mark.parametrize("after", [True, False], ids=["taken", "not taken"])
async def test_a_lost_answer_makes_neither_a_double_nor_a_gap(
    alerted: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr("delivery.alerting.RETRY_S", 0.05)
    user = reader(alerted)
    await slash(alerted, "alert", "add", query="kestrel", user=user)
    place = alerted.sandbox.world.direct_channel(user)
    route = f"POST /channels/{place.id}/messages"
    alerted.sandbox.faults.add(Fault("lost", route, after=after, count=2))
    (folder / "1.md").write_text(KESTREL)
    await alerted.until(lambda: told(alerted, user))
    await settled(alerted)
    assert len(told(alerted, user)) == 1


async def test_stopped_in_the_middle_of_a_request_it_goes_on_without_a_double(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = config_of(tmp_path, folder, sandbox)
    async with running(sandbox, config) as bench:
        user = reader(bench)
        await look(bench)
        await slash(bench, "alert", "add", query="kestrel", user=user)
        place = sandbox.world.direct_channel(user)
        sandbox.faults.add(Fault("stall", f"POST /channels/{place.id}/messages", after=True, seconds=30))
        (folder / "1.md").write_text(KESTREL)
        await bench.until(lambda: told(bench, user))
    sandbox.core.messages.nonces.close_window()  # Discord would take the same nonce again by now
    async with running(sandbox, config) as again:
        await settled(again)
        assert (await again.services.alert_outbox.counts())[State.SENT] == 1
        assert len(told(again, user)) == 1


async def test_the_list_its_menu_and_what_it_suggests(alerted: Bench) -> None:
    user = reader(alerted)
    assert "no alerts" in text_of(await slash(alerted, "alert", "list", user=user))
    for query in ("kestrel", "otter in:tech"):
        await slash(alerted, "alert", "add", query=query)
    await slash(alerted, "alert", "add", query="kestrel")
    shown = await slash(alerted, "alert", "list")
    assert "1. kestrel\n2. otter in:tech" in text_of(shown)
    assert "2 of 20" in text_of(shown)
    assert await suggested(alerted, "alert", "remove", focus="alert", alert="ott") == ["otter in:tech"]
    option = asking.component(shown, "Remove")["options"][0]
    await press(alerted, shown, "Remove", option["value"])
    await alerted.until(lambda: "1 of 20" in text_of(shown))
    assert "kestrel" not in text_of(shown).replace("Removed: **kestrel**", "")
    assert "no longer" in text_of(await slash(alerted, "alert", "remove", alert="otter in:tech"))
    assert "You have no alert" in text_of(await slash(alerted, "alert", "remove", alert="otter in:tech"))


async def test_a_member_cannot_remove_an_alert_of_another(alerted: Bench) -> None:
    await slash(alerted, "alert", "add", query="kestrel")
    [own] = await alerted.services.alerts.of(alerted.sandbox.world.owner.id)
    answer = await slash(alerted, "alert", "remove", alert=str(own.id), user=reader(alerted))
    assert "You have no alert" in text_of(answer)
    assert len(await alerted.services.alerts.of(alerted.sandbox.world.owner.id)) == 1


async def test_there_are_at_most_twenty(alerted: Bench) -> None:
    for number in range(20):
        await slash(alerted, "alert", "add", query=f"word{number}")
    answer = await slash(alerted, "alert", "add", query="one more")
    assert "You already have 20 alerts" in text_of(answer)
    assert len(await alerted.services.alerts.of(alerted.sandbox.world.owner.id)) == 20
    for query in ("!!!", "since:2020", "since:2020 until:2030 sort:date"):
        answer = await slash(alerted, "alert", "add", query=query, user=reader(alerted))
        assert "needs at least one word" in text_of(answer)


async def test_export_and_forget(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    await slash(alerted, "alert", "add", query="kestrel", user=user)
    await slash(alerted, "alert", "add", query="kestrel")
    (folder / "1.md").write_text(KESTREL)
    await alerted.until(lambda: told(alerted, user))
    await settled(alerted)
    answer = await slash(alerted, "alert", "export", user=user)
    stored = json.loads(answer.files[0].content)
    assert stored["user_id"] == str(user.id)
    assert [one["query"] for one in stored["alerts"]] == ["kestrel"]
    assert [one["state"] for one in stored["messages"]] == ["sent"]
    asked = await slash(alerted, "alert", "forget", user=user)
    assert "deletes 1 alert" in asked.content
    await press(alerted, asked, "Delete everything", user=user)
    await alerted.until(lambda: "Deleted: 1 alert" in asked.content)
    gone = json.loads((await slash(alerted, "alert", "export", user=user)).files[0].content)
    assert (gone["alerts"], gone["messages"]) == ([], [])
    assert len(await alerted.services.alerts.of(alerted.sandbox.world.owner.id)) == 1


async def test_a_search_offers_an_alert_and_its_message_leads_to_the_list(alerted: Bench, folder: Path) -> None:
    page = await slash(alerted, "search", query="kestrel")
    assert "Alert me" in labels(page)
    added = await press(alerted, page, "Alert me")
    assert "matches **kestrel**" in text_of(added)
    (folder / "1.md").write_text(KESTREL)
    owner = alerted.sandbox.world.owner
    [message] = await alerted.until(lambda: told(alerted, owner))
    place = alerted.sandbox.world.direct_channel(owner)
    shown = await press(alerted, message, "My alerts", channel=place)
    assert "1. kestrel" in text_of(shown)


async def test_held_issues_are_told_of_when_an_admin_lets_them_go(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = config_of(tmp_path, folder, sandbox)
    strict = config.newsletters[0].model_copy(update={"max_new_issues": 1})
    config = config.model_copy(update={"newsletters": (strict,), "admin_channel": sandbox.channel("news").id})
    async with running(sandbox, config) as bench:
        user = reader(bench)
        await look(bench)
        await slash(bench, "alert", "add", query="story", user=user)
        for number in (1, 2):
            (folder / f"{number}.md").write_text(issue_text(number, items=1, day=f"2026-03-0{number}"))
        [asked] = await bench.until(bench.posted)
        assert told(bench, user) == []
        bench.person().interact(
            {
                "type": 3,
                "message_id": str(asked.id),
                "data": {"custom_id": asking.component(asked, "Post 2")["custom_id"]},
            }
        )
        await bench.until(lambda: len(told(bench, user)) == 2)


async def test_what_can_never_match_is_refused_with_what_was_meant(alerted: Bench, folder: Path) -> None:
    library(folder)
    await look(alerted)
    for query, said in (
        ("kestrel newsletter:Tehc", 'No newsletter is called "Tehc". Did you mean Tech?'),
        ("section:Jobs", 'No section is called "Jobs". There are: News.'),
        ("kestrel tag:databasse", "Did you mean databases?"),
    ):
        answer = await slash(alerted, "alert", "add", query=query)
        assert said in text_of(answer)
        assert "was not added" in text_of(answer)
    assert await alerted.services.alerts.of(alerted.sandbox.world.owner.id) == []
    answer = await slash(alerted, "alert", "add", query="kestrel newsletter:Tech")
    assert "in the last year" in text_of(answer)


async def test_a_message_ends_its_own_alert(alerted: Bench, folder: Path) -> None:
    user = reader(alerted)
    await slash(alerted, "alert", "add", query="kestrel", user=user)
    (folder / "1.md").write_text(KESTREL)
    [message] = await alerted.until(lambda: told(alerted, user))
    await settled(alerted)
    assert "Remove this alert" in asking.labels(message)
    place = alerted.sandbox.world.direct_channel(user)
    answer = await asking.press(alerted, message, "Remove this alert", user=user, channel=place)
    assert "You will no longer be notified about **kestrel**." in text_of(answer)
    assert await alerted.services.alerts.of(user.id) == []
    again = await asking.press(alerted, message, "Remove this alert", user=user, channel=place)
    assert "were already removed" in text_of(again)
