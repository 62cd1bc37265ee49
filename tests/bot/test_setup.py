"""`/setup`: from an empty panel to a subscription, whatever happens in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from asking import act as press
from asking import acted, component, config_of, labels, library, look, slash, text_of
from bench import Bench, eventually, issue_text, newsletter, running

from config.settings import Config
from sandbox.page.interactions import ClientError
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import FORUM, VOICE, Channel, User
from sandbox.world.model_message import Message
from storage.layouts import Layout
from storage.options import Hours, Options
from ui.option_text import LAYOUTS


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A bot that knows a newsletter of four issues, which nobody follows; announcements and a second text channel."""
    library(folder)
    sandbox.world.add_channel(sandbox.guild, "loud", 5)
    sandbox.world.add_channel(sandbox.guild, "side")
    async with running(sandbox, unfollowed(tmp_path, folder)) as bench:
        await look(bench)
        yield bench


def unfollowed(tmp_path: Path, folder: Path) -> Config:
    return Config(storage=str(tmp_path / "herald.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))


async def choose(bench: Bench, panel: Message, channel: Channel, *, user: User | None = None) -> Message:
    return await press(bench, panel, "Which channel", str(channel.id), user=user)


async def opened(bench: Bench, panel: Message, label: str, *values: str) -> str:
    """Press what opens a form; returns the form's id."""
    data: dict[str, Any] = {"custom_id": component(panel, label)["custom_id"]}
    data |= {"values": list(values)} if values else {}
    interaction = bench.person().interact({"type": 3, "message_id": str(panel.id), "data": data})
    return await bench.until(lambda: interaction.modal and interaction.modal["custom_id"])


async def send(bench: Bench, form: str, **typed: str) -> Message:
    """Send a form; returns the answer, which is the panel where all is well."""
    rows = [{"type": 18, "component": {"type": 4, "custom_id": key, "value": text}} for key, text in typed.items()]
    return await acted(bench, {"type": 5, "data": {"custom_id": form, "components": rows}})


async def form(bench: Bench, panel: Message, what: str, **typed: str) -> Message:
    """Choose what to change and send its form."""
    return await send(bench, await opened(bench, panel, "Change", what), **typed)


async def only(bench: Bench) -> Any:
    [found] = await bench.services.subscriptions.list()
    return found


async def test_from_an_empty_panel_to_the_next_issue(bench: Bench, folder: Path) -> None:
    side = bench.sandbox.channel("side")
    panel = await slash(bench, "setup")
    assert "Newsletter: **Tech**\nChannel: <#" in text_of(panel)  # the only one, and where it was asked
    assert f"<#{bench.news.id}>" in text_of(panel)
    assert "Saving posts nothing yet: it begins with the next issue." in text_of(panel)
    panel = await press(bench, panel, "Which newsletter", "Tech")
    panel = await choose(bench, panel, side)
    assert "Would have posted 3 messages for the last issue, 22 in the last 4." in text_of(panel)
    assert component(panel, "Which channel")["default_values"][0]["id"] == str(side.id)
    panel = await form(bench, panel, "words", words_none="other times, gardens", words_any="", sites="")
    assert "None of these words: **other times, gardens**" in text_of(panel)
    assert "8 in the last 4" in text_of(panel)
    nothing = "🔸 This filter lets nothing of them through."
    assert nothing not in text_of(panel)
    assert nothing in text_of(await form(bench, panel, "words", words_all="qwertz"))
    panel = await form(bench, panel, "words", words_all="")
    panel = await press(bench, panel, "Change", "look")
    panel = await press(bench, panel, "Links on buttons: yes")
    assert "Links on buttons: **no**" in text_of(panel)
    panel = await press(bench, panel, "Back")
    panel = await press(bench, panel, "Change", "sections")
    panel = await press(bench, panel, "Only these sections", "News")
    panel = await press(bench, panel, "Back")
    tried = await press(bench, panel, "Try the filter")
    assert "🚫 Gardens of glass · has **gardens**" in text_of(tried)
    assert "✅ Kestrel two years on · News" in text_of(tried)
    assert "**Winter** · passed: 0 of 12" in text_of(tried)
    assert await bench.services.subscriptions.list() == []
    saved = await press(bench, panel, "Save")
    assert saved.content == f"✅ <#{side.id}> follows **Tech**.\nThe next issue is posted there."
    found = await only(bench)
    assert found.options == Options(words_none=("other times", "gardens"), buttons=False, sections=("News",))
    (folder / "new.md").write_text(issue_text(7, 1))
    await bench.until_titles("Issue 7", "Story 7.1", channel=side)


async def test_a_place_without_threads_is_not_offered_one_below_its_header(bench: Bench) -> None:
    """Neither within a thread nor next to the talking of a voice channel can a thread be opened."""
    world, guild = bench.sandbox.world, bench.sandbox.guild
    places = [world.add_channel(guild, "talk", VOICE), world.add_thread(bench.news, "club", world.owner)]
    for place in places:
        panel = await press(bench, await slash(bench, "setup"), "Change", "layout")
        panel = await press(bench, panel, "Layout", "thread")
        panel = await choose(bench, panel, place)
        assert "Layout: **Automatic**" in text_of(panel)
        offered = component(await press(bench, panel, "Change", "layout"), "Layout")["options"]
        possible = [each.value for each in LAYOUTS if not each.opens_thread]
        assert [one["value"] for one in offered] == possible
        answer = await slash(bench, "follow", newsletter="Tech", channel=str(place.id), layout="thread")
        assert text_of(answer) == f"<#{place.id}> cannot have threads: choose another layout."
    assert await bench.services.subscriptions.list() == []


async def test_a_preview_is_what_is_posted_then_buttons_included(bench: Bench, folder: Path) -> None:
    side = bench.sandbox.channel("side")
    panel = await choose(bench, await slash(bench, "setup", newsletter="tech"), side)
    panel = await form(bench, panel, "numbers", max_messages="30", backfill="1")
    assert "Saving posts the newest issue at once: 3 messages." in text_of(panel)
    before = {one.id for one in bench.sandbox.messages(bench.news)}
    button = component(panel, "Preview")["custom_id"]
    bench.person().interact({"type": 3, "message_id": str(panel.id), "data": {"custom_id": button}})
    is_new = lambda: [one for one in bench.sandbox.messages(bench.news) if one.id not in before]  # noqa: E731
    shown = await bench.until(
        lambda: is_new() if any("That is the whole issue" in one.content for one in is_new()) else None
    )
    assert all(one.ephemeral_to == bench.sandbox.world.owner.id for one in shown)
    ending = "Nothing is posted yet: Save is in the panel above."
    assert shown[-1].content == f"That is the whole issue: 3 messages.\n{ending}"
    saved = await press(bench, panel, "Save")
    assert saved.content.endswith("\n1 issue is being posted there, then each new one.")
    await bench.idle()
    posted = await bench.until(lambda: bench.posted(side) if len(bench.posted(side)) == 3 else None)
    for preview, real in zip(shown[1:3], posted[1:], strict=False):
        assert preview.embeds == real.embeds
        assert labels(preview) == labels(real)


async def test_a_panel_outlives_a_restart_and_so_does_an_open_form(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    library(folder)
    sandbox.world.add_channel(sandbox.guild, "side")
    async with running(sandbox, unfollowed(tmp_path, folder)) as bench:
        await look(bench)
        panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), sandbox.channel("side"))
        words = await opened(bench, panel, "Change", "words")
    async with running(sandbox, unfollowed(tmp_path, folder)) as bench:
        panel = await send(bench, words, words_any="kestrel")
        panel = await press(bench, panel, "Change", "layout")
        panel = await press(bench, panel, "Layout", "thread")
        await press(bench, panel, "Save")
        found = await only(bench)
        assert found.options == Options(words_any=("kestrel",), layout=Layout.THREAD)


async def test_what_is_typed_wrongly_changes_nothing(bench: Bench) -> None:
    panel = await slash(bench, "setup", newsletter="Tech")
    panel = await press(bench, panel, "Change", "quiet")
    hours = await opened(bench, panel, "Hours and limits")
    wrong = await send(bench, hours, quiet_hours="night", time_zone="Mars", messages_per_hour="many")
    assert wrong.embeds[0]["description"] == (
        "Nothing was changed.\n"
        '- **Messages an hour**: "many" is not a number from 1 to 1000.\n'
        '- **Quiet hours**: "night" is not a time range: write it as 22:00-07:00.\n'
        '- **Time zone**: "Mars" is not a time zone: write a name such as Europe/Berlin.'
    )
    hours = await opened(bench, wrong, "Correct it")
    panel = await send(bench, hours, quiet_hours="22:00-07:00", time_zone="Europe/Berlin", messages_per_hour="3")
    assert "Quiet hours: **22:00-07:00 (Europe/Berlin)**" in text_of(panel)
    assert "Messages an hour: **3**" in text_of(panel)


async def test_a_form_says_what_each_field_takes_beside_the_value_that_stands_in_it(bench: Bench) -> None:
    panel = await slash(bench, "setup", newsletter="Tech")
    data = {"custom_id": component(panel, "Change")["custom_id"], "values": ["numbers"]}
    interaction = bench.person().interact({"type": 3, "message_id": str(panel.id), "data": data})
    fields = (await bench.until(lambda: interaction.modal))["components"]
    assert [(one["component"]["value"], one["description"].split(":")[0]) for one in fields] == [
        ("30", "Items, 1 to 100"),
        ("0", "0 to 20; 0"),
    ]


async def test_what_was_typed_with_an_error_stands_in_the_form_again(bench: Bench) -> None:
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), bench.sandbox.channel("side"))
    page = await press(bench, panel, "Change", "look")
    typed = {"colour": "*blue*", "body": "", "header": "**{title}** is here:\n# {items} stories"}
    refused = await send(bench, await opened(bench, page, "Colour"), **typed)
    assert refused.id == panel.id
    assert '"*blue*" is not a colour' in text_of(refused)
    data = {"custom_id": component(refused, "Correct it")["custom_id"]}
    interaction = bench.person().interact({"type": 3, "message_id": str(refused.id), "data": data})
    modal = await bench.until(lambda: interaction.modal)
    assert [one["component"].get("value", "") for one in modal["components"]] == ["*blue*", "", typed["header"]]
    panel = await send(bench, modal["custom_id"], **(typed | {"colour": "#0000FF"}))
    assert "#0000FF" in text_of(panel)
    refused = await form(bench, await press(bench, panel, "Back"), "numbers", max_messages="30", backfill="many")
    panel = await press(bench, refused, "Back")
    assert "#0000FF" in text_of(panel)


async def test_publishing_is_switched_in_the_panel_of_an_announcement_channel(bench: Bench) -> None:
    loud = bench.sandbox.channel("loud")
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), loud)
    assert "followers of the channel get them with Publish to followers" in text_of(panel)
    panel = await press(bench, await press(bench, panel, "Change", "quiet"), "Publish to followers: no")
    assert "Discord lets a channel publish ten messages an hour" in text_of(panel)
    await press(bench, await press(bench, panel, "Back"), "Save")
    assert (await only(bench)).options == Options(publish=True)


async def test_what_follows_already_is_changed_and_shows_before_and_after(bench: Bench) -> None:
    side = bench.sandbox.channel("side")
    await press(bench, await choose(bench, await slash(bench, "setup", newsletter="Tech"), side), "Save")
    first = await only(bench)
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), side)
    assert "Nothing is changed yet." in text_of(panel)
    panel = await press(bench, await press(bench, panel, "Change", "layout"), "Layout", "digest")
    assert "Layout: Automatic → **One message**" in text_of(panel)
    saved = await press(bench, panel, "Save")
    assert saved.content.endswith("Layout: Automatic → **One message**")
    second = await only(bench)
    assert (second.id, second.created_at, second.layout) == (first.id, first.created_at, Layout.DIGEST)


async def test_where_nothing_is_followed_questions_say_so(bench: Bench) -> None:
    asked = [slash(bench, "search", query="kestrel"), slash(bench, "topic", topic="kestrel"), slash(bench, "latest")]
    for answer in asked:
        assert "No channel in this server follows a newsletter yet" in text_of(await answer)


async def test_two_admins_at_once_do_not_overwrite_each_other(bench: Bench) -> None:
    world, side = bench.sandbox.world, bench.sandbox.channel("side")
    other = admin(bench, "second")
    mine = await choose(bench, await slash(bench, "setup", newsletter="Tech"), side)
    theirs = await choose(bench, await slash(bench, "setup", newsletter="Tech", user=other), side, user=other)
    await press(bench, mine, "Save")
    answer = await press(bench, theirs, "Save", user=other)
    assert "somebody else changed this channel in the meantime" in text_of(answer)
    assert "Save" in labels(answer)
    await press(bench, answer, "Cancel", user=other)
    assert world.owner is not other


async def test_of_two_admins_who_save_at_the_same_moment_one_is_told_of_the_other(bench: Bench) -> None:
    other, side = admin(bench, "second"), bench.sandbox.channel("side")
    await press(bench, await choose(bench, await slash(bench, "setup", newsletter="Tech"), side), "Save")
    panels: list[Message] = []
    for user, switch in ((None, "Pictures"), (other, "Links on buttons")):
        panel = await choose(bench, await slash(bench, "setup", newsletter="Tech", user=user), side, user=user)
        panel = await press(bench, await press(bench, panel, "Change", "look", user=user), switch, user=user)
        panels.append(await press(bench, panel, "Back", user=user))
    answers = await pressed_at_once(bench, "Save", (panels[0], None), (panels[1], other))
    saved = [one for one in answers if one.content.startswith("✅")]
    told = [one for one in answers if "somebody else changed this channel in the meantime" in text_of(one)]
    assert (len(saved), len(told)) == (1, 1)
    options = (await only(bench)).options
    assert [options.pictures, options.buttons].count(False) == 1
    again = await press(bench, told[0], "Save", user=None if told[0] is answers[0] else other)
    assert again.content.startswith("✅")
    options = (await only(bench)).options
    assert not options.pictures
    assert not options.buttons


async def test_saving_what_somebody_else_ended_says_so_and_saves_nothing(bench: Bench) -> None:
    side = bench.sandbox.channel("side")
    await press(bench, await choose(bench, await slash(bench, "setup", newsletter="Tech"), side), "Save")
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), side)
    await bench.services.subscriptions.remove((await only(bench)).id, now=bench.herald.started_at)
    answer = await press(bench, panel, "Save")
    assert "somebody else ended this subscription in the meantime" in text_of(answer)
    assert await bench.services.subscriptions.list("Tech") == []
    assert (await press(bench, answer, "Save")).content.startswith("✅")


async def pressed_at_once(bench: Bench, label: str, *presses: tuple[Message, User | None]) -> list[Message]:
    """Press the same button of several messages before any is answered; returns them as they are then."""
    before = {message.id: message.edited_at for message, _ in presses}
    for message, user in presses:
        data = {"custom_id": component(message, label)["custom_id"]}
        bench.person(user=user).interact({"type": 3, "message_id": str(message.id), "data": data})

    def changed() -> list[Message]:
        return [one for one in bench.sandbox.messages(bench.news) if before.get(one.id, one.edited_at) != one.edited_at]

    return await bench.until(lambda: len(changed()) == len(presses) and changed())


def admin(bench: Bench, name: str) -> User:
    user = bench.sandbox.world.add_user(name)
    role = bench.sandbox.world.add_role(bench.sandbox.guild, f"{name}s", permissions.by_names(["MANAGE_GUILD"]))
    bench.sandbox.world.add_member(bench.sandbox.guild, user, [role])
    return user


async def test_members_neither_see_nor_use_it_and_who_lost_the_permission_cannot_either(bench: Bench) -> None:
    member = bench.sandbox.world.add_user("member")
    bench.sandbox.world.add_member(bench.sandbox.guild, member)
    assert "setup" not in {one["name"] for one in bench.person(user=member).commands()}
    with pytest.raises(ClientError):
        bench.person(user=member).interact({"type": 2, "data": {"type": 1, "name": "setup", "options": []}})
    was = admin(bench, "was")
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech", user=was), bench.news, user=was)
    with pytest.raises(ClientError):
        await press(bench, panel, "Save", user=member)
    bench.sandbox.world.set_member_roles(bench.sandbox.guild, was, [])
    for label, values in (("Save", ()), ("Which newsletter", ("Tech",)), ("Which channel", (str(bench.news.id),))):
        answer = await press(bench, panel, label, *values, user=was)
        assert answer.content == "This needs the permission Manage Server."
    assert await bench.services.subscriptions.list() == []


async def test_what_the_configuration_sets_is_not_overridden(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    library(folder)
    async with running(sandbox, config_of(tmp_path, folder, sandbox, layout="thread")) as bench:
        await look(bench)
        panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), bench.news)
        assert "This is set in config.yaml" in text_of(panel)
        panel = await press(bench, await press(bench, panel, "Change", "layout"), "Layout", "digest")
        answer = await press(bench, panel, "Save")
        assert "Nothing was saved." in text_of(answer)
        assert (await only(bench)).layout is Layout.THREAD


NEEDED = {
    ("news", "items"): ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS"),
    ("news", "auto"): ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS"),
    ("news", "digest"): ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS"),
    ("news", "thread"): (
        "VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS",
    ),
    ("loud", "items"): ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS"),
    ("loud", "thread"): ("CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS"),
    ("posts", "forum"): ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "SEND_MESSAGES_IN_THREADS"),
}  # fmt: skip
NAMES = {
    "VIEW_CHANNEL": "View Channel",
    "SEND_MESSAGES": "Send Messages",
    "EMBED_LINKS": "Embed Links",
    "CREATE_PUBLIC_THREADS": "Create Public Threads",
    "SEND_MESSAGES_IN_THREADS": "Send Messages in Threads",
}
IN_FORUM = {"SEND_MESSAGES": "Create Posts", "SEND_MESSAGES_IN_THREADS": "Send Messages in Posts"}


@pytest.mark.parametrize(("place", "layout"), NEEDED)
async def test_each_permission_that_is_taken_away_is_named_and_nothing_is_saved(
    bench: Bench, place: str, layout: str
) -> None:
    world, channel = bench.sandbox.world, bench.sandbox.channel(place)
    me = bench.sandbox.guild.members[world.bot.id]
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), channel)
    if layout not in {"auto", "forum"}:
        panel = await press(bench, await press(bench, panel, "Change", "layout"), "Layout", layout)
    for needed in NEEDED[place, layout]:
        world.set_overwrite(channel, me, deny=permissions.by_names([needed]))
        await eventually(lambda needed=needed: knows(bench, channel, needed, is_there=False))
        answer = await press(bench, panel, "Save")
        name = IN_FORUM.get(needed, NAMES[needed]) if place == "posts" else NAMES[needed]
        assert name in text_of(answer), (needed, text_of(answer))
        assert f"#{place}" in text_of(answer) or f"<#{channel.id}>" in text_of(answer)
        assert await bench.services.subscriptions.list() == []
        world.set_overwrite(channel, me)
        await eventually(lambda needed=needed: knows(bench, channel, needed, is_there=True))
    answer = await press(bench, panel, "Save")
    assert answer.content == f"✅ <#{channel.id}> follows **Tech**.\nThe next issue is posted there."
    assert (await only(bench)).layout == layout


async def knows(bench: Bench, channel: Channel, needed: str, *, is_there: bool) -> bool:
    """Whether the gateway has told the bot that it has a permission, or not."""
    found = bench.herald.get_channel(channel.id)
    assert isinstance(found, discord.abc.GuildChannel)
    return getattr(found.permissions_for(found.guild.me), needed.lower()) is is_there


async def test_a_channel_that_an_admin_cannot_see_is_not_set_up(bench: Bench) -> None:
    side, second = bench.sandbox.channel("side"), admin(bench, "second")
    member = bench.sandbox.guild.members[second.id]
    bench.sandbox.world.set_overwrite(side, member, deny=permissions.by_names(["VIEW_CHANNEL"]))
    panel = await slash(bench, "setup", newsletter="Tech", user=second)
    answer = await press(bench, panel, "Which channel", str(side.id), user=second)
    assert "You cannot see #side" in text_of(answer)
    assert f"<#{bench.news.id}>" in text_of(panel)


async def test_quiet_hours_are_kept_as_they_were_typed(bench: Bench) -> None:
    panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), bench.news)
    panel = await press(bench, panel, "Change", "quiet")
    panel = await press(bench, panel, "Silent messages: no")
    hours = await opened(bench, panel, "Hours and limits")
    panel = await send(bench, hours, quiet_hours="22:00 - 7:00", time_zone="Europe/Berlin", messages_per_hour="")
    await press(bench, panel, "Back")
    await press(bench, panel, "Save")
    options = (await only(bench)).options
    assert (options.silent, options.time_zone) == (True, "Europe/Berlin")
    assert options.quiet_hours is not None
    assert str(options.quiet_hours) == str(Hours(options.quiet_hours.begin, options.quiet_hours.end)) == "22:00-07:00"


async def test_a_forum_that_asks_for_tags_gets_those_that_fit(bench: Bench, folder: Path) -> None:
    world = bench.sandbox.world
    forum = world.add_channel(bench.sandbox.guild, "tagged", FORUM, tags=("Other", "Databases"), requires_tag=True)
    plain = world.add_channel(bench.sandbox.guild, "plain", FORUM, tags=("Other", "More"), requires_tag=True)
    for channel in (forum, plain):
        panel = await slash(bench, "setup", newsletter="Tech", channel=bench.news.id)
        assert "requires one" not in text_of(panel)
        panel = await choose(bench, panel, channel)
        assert "or else **Other**: this forum requires one." in text_of(panel)
        await press(bench, panel, "Save")
    (folder / "new.md").write_text(issue_text(7, 1, head="tags: [databases]\n"))

    def tags() -> dict[str, list[str]]:
        names = {tag.id: tag.name for tag in (*forum.tags, *plain.tags)}
        posts = [one for one in bench.sandbox.guild.threads.values() if one.thread is not None]
        parents = {forum.id: "tagged", plain.id: "plain"}
        return {
            parents[one.parent_id]: [names[tag] for tag in one.thread.applied_tags]
            for one in posts
            if one.parent_id in parents and one.thread is not None
        }

    assert await bench.until(lambda: tags() if len(tags()) == 2 else None) == {
        "tagged": ["Databases"],
        "plain": ["Other"],
    }


async def test_only_the_layout_that_combines_items_is_asked_from_how_many_on(bench: Bench) -> None:
    panel = await slash(bench, "setup", newsletter="Tech", channel=bench.news.id)
    asked = []
    for layout in ("auto", "thread"):
        panel = await press(bench, await press(bench, panel, "Change", "layout"), "Layout", layout)
        data = {"custom_id": component(panel, "Change")["custom_id"], "values": ["numbers"]}
        interaction = bench.person().interact({"type": 3, "message_id": str(panel.id), "data": data})
        modal = await bench.until(lambda interaction=interaction: interaction.modal)
        asked.append([row["component"]["custom_id"] for row in modal["components"]])
    assert asked == [["max_messages", "backfill"], ["backfill"]]


async def test_an_issue_that_the_filter_leaves_out_is_not_counted_as_posted(bench: Bench) -> None:
    panel = await slash(bench, "setup", newsletter="Tech", channel=bench.news.id)
    panel = await form(bench, panel, "words", words_any="kestrel")
    panel = await form(bench, panel, "numbers", backfill="4")
    assert "6 in the last 4.\nSaving posts the newest 3 issues at once: 6 messages." in text_of(panel)
    saved = await press(bench, panel, "Save")
    assert "3 issues are being posted there, then each new one." in saved.content


async def test_a_form_of_somebody_who_lost_the_permission_changes_nothing(bench: Bench) -> None:
    was = admin(bench, "was")
    panel = await slash(bench, "setup", newsletter="Tech", user=was)
    data = {"custom_id": component(panel, "Change")["custom_id"], "values": ["words"]}
    asked = bench.person(user=was).interact({"type": 3, "message_id": str(panel.id), "data": data})
    form = await bench.until(lambda: asked.modal and asked.modal["custom_id"])
    bench.sandbox.world.set_member_roles(bench.sandbox.guild, was, [])
    rows = [{"type": 18, "component": {"type": 4, "custom_id": "words_any", "value": "rust"}}]
    answer = await acted(bench, {"type": 5, "data": {"custom_id": form, "components": rows}}, user=was)
    assert answer.content == "This needs the permission Manage Server."
    draft_id = int(form.rsplit(":", 1)[1])
    draft = await bench.services.drafts.get(draft_id, was.id, bench.sandbox.guild.id)
    assert draft is not None
    assert draft.options == Options()


async def test_a_newsletter_without_sections_and_tags_says_so_where_they_are_chosen(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    stories = "\n\n".join(f"## [{name}](https://{name}.example/)\n\nAbout {name}." for name in ("ada", "bel", "cai"))
    (folder / "1.md").write_text(f"---\ntitle: One\ndate: 2026-03-02\n---\n\n{stories}\n")
    async with running(sandbox, unfollowed(tmp_path, folder)) as bench:
        await look(bench)
        panel = await choose(bench, await slash(bench, "setup", newsletter="Tech"), bench.news)
        for page in ("sections", "tags"):
            panel = await press(bench, panel, "Change", page)
            assert f"No issue of this newsletter has {page}." in text_of(panel)
            panel = await press(bench, panel, "Back")
        assert "No issue of this newsletter has" not in text_of(panel)
        await press(bench, panel, "Save")
        answer = text_of(await slash(bench, "repost", "section", issue="One", section="ada"))
        assert answer == "This issue has no headings: choose the whole issue, or one item."
