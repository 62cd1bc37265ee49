from __future__ import annotations

from typing import Any

import pytest
from sandbox_harness import Http, RawGateway, Starter, eventually

from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.messages import MessageDraft


def reader(sandbox: Sandbox) -> Any:
    return next(user for user in sandbox.world.users.values() if user.username == "reader")


async def test_state(sandbox: Sandbox, http: Http) -> None:
    status, state = await http.page("GET", "/client/state")
    assert status == 200
    assert (state["me"]["username"], state["bot"]["online"]) == ("you", False)
    [guild] = state["guilds"]
    assert [channel["name"] for channel in guild["channels"]] == ["news", "posts", "tagged"]
    assert {member["user"]["username"] for member in guild["members"]} == {"you", "Herald", "reader"}


async def test_hidden_channels_are_not_listed(sandbox: Sandbox, http: Http) -> None:
    sandbox.world.set_overwrite(sandbox.channel("news"), sandbox.guild, deny=permissions.VIEW_CHANNEL)
    _, mine = await http.page("GET", "/client/state")
    _, theirs = await http.page("GET", "/client/state", as_user=reader(sandbox))
    assert len(mine["guilds"][0]["channels"]) == 3  # the owner sees all
    assert [channel["name"] for channel in theirs["guilds"][0]["channels"]] == ["posts", "tagged"]
    path = f"/client/channels/{sandbox.channel('news').id}/messages"
    assert (await http.page("GET", path, as_user=reader(sandbox)))[0] == 403


async def test_acting_as_another(sandbox: Sandbox, http: Http) -> None:
    _, members = await http.page("GET", "/client/members")
    assert [(one["username"], one["admin"], one["current"]) for one in members] == [
        ("you", True, True),
        ("reader", False, False),
    ]
    async with http.session.ws_connect(sandbox.url + "/client/events") as events:
        await eventually(lambda: sandbox.events._pages)
        assert (await http.page("POST", "/client/as", {"user_id": members[1]["id"]}))[0] == 200
        while (event := await events.receive_json())["t"] != "IDENTITY":
            pass
    assert event["d"]["username"] == "reader"
    _, state = await http.page("GET", "/client/state")
    assert state["me"]["username"] == "reader"
    assert (await http.page("POST", "/client/as", {"user_id": str(sandbox.world.bot.id)}))[0] == 404


async def test_messages_are_paged_and_private_ones_kept_private(sandbox: Sandbox, http: Http) -> None:
    world, news = sandbox.world, sandbox.channel("news")
    for number in range(5):
        sandbox.core.messages.create(MessageDraft(news, world.bot, {"content": str(number)}))
    private = MessageDraft(news, world.bot, {"content": "private"}, flags=64, ephemeral_to=world.owner.id)
    sandbox.core.messages.create(private)
    path = f"/client/channels/{news.id}/messages"
    _, newest = await http.page("GET", f"{path}?limit=3")
    assert [message["content"] for message in newest] == ["3", "4", "private"]
    _, older = await http.page("GET", f"{path}?limit=3&before={newest[0]['id']}")
    assert [message["content"] for message in older] == ["0", "1", "2"]
    _, theirs = await http.page("GET", path, as_user=reader(sandbox))
    assert "private" not in [message["content"] for message in theirs]
    assert (await http.page("GET", f"{path}?limit=0"))[0] == 400


async def test_events_are_for_those_who_may_see(sandbox: Sandbox, http: Http) -> None:
    world, news = sandbox.world, sandbox.channel("news")
    async with (
        http.session.ws_connect(f"{sandbox.url}/client/events?as={world.owner.id}") as mine,
        http.session.ws_connect(f"{sandbox.url}/client/events?as={reader(sandbox).id}") as theirs,
    ):
        await eventually(lambda: len(sandbox.events._pages) == 2)
        draft = MessageDraft(news, world.bot, {"content": "for you"}, flags=64, ephemeral_to=world.owner.id)
        sandbox.core.messages.create(draft)
        sandbox.core.messages.create(MessageDraft(news, world.bot, {"content": "for all"}))

        async def heard(socket: Any, count: int) -> list[str]:
            found: list[str] = []
            while len(found) < count:
                event = await socket.receive_json()
                found += [event["d"]["content"]] if event["t"] == "MESSAGE_CREATE" else []
            return found

        assert await heard(mine, 2) == ["for you", "for all"]
        assert await heard(theirs, 1) == ["for all"]


async def test_saying_something(sandbox: Sandbox, http: Http) -> None:
    news = sandbox.channel("news")
    path = f"/client/channels/{news.id}/messages"
    status, said = await http.page("POST", path, {"content": "hello"})
    assert (status, said["author"]["username"]) == (200, "you")
    sandbox.world.set_overwrite(news, sandbox.guild, deny=permissions.SEND_MESSAGES)
    refused = await http.page("POST", path, {"content": "hello"}, reader(sandbox))
    assert refused == (403, {"error": "You cannot write here."})
    for body in ({"content": " "}, {"content": "x" * 2001}, {}, []):
        assert (await http.page("POST", path, body))[0] == 400
    forum = f"/client/channels/{sandbox.channel('posts').id}/messages"
    assert (await http.page("POST", forum, {"content": "x"}))[0] == 403


async def test_writing_revives_a_thread_but_not_a_locked_one(sandbox: Sandbox, http: Http) -> None:
    world = sandbox.world
    thread = world.add_thread(sandbox.channel("news"), "talk", world.bot)
    path = f"/client/channels/{thread.id}/messages"
    world.archive_thread(thread)
    assert (await http.page("POST", path, {"content": "x"}, reader(sandbox)))[0] == 200
    assert thread.thread is not None
    assert not thread.thread.archived
    world.archive_thread(thread, locked=True)
    assert (await http.page("POST", path, {"content": "x"}, reader(sandbox)))[0] == 403


async def test_an_autocomplete_without_an_answer(start: Starter) -> None:
    import aiohttp

    sandbox = await start(first_answer_s=0.05)
    async with aiohttp.ClientSession() as session:
        http = Http(sandbox, session)
        option = {"name": "query", "description": "x", "type": 3, "autocomplete": True}
        command = {"name": "find", "description": "Find", "options": [option]}
        await http.api("POST", f"/applications/{sandbox.world.bot.id}/commands", command)
        gateway = await RawGateway.open(http)
        await gateway.identify()
        options = [{"name": "query", "type": 3, "value": "w", "focused": True}]
        data = {"name": "find", "options": options}
        body = {"type": 4, "channel_id": str(sandbox.channel("news").id), "data": data}
        status, answer = await http.page("POST", "/client/interactions", body)
        assert (status, answer["error"]) == (504, "Loading options failed: The application did not respond.")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/client/state", "/control/log", "/api/v10/gateway", "/gateway"])
async def test_other_pages_are_kept_out(http: Http, path: str, headers: dict[str, str]) -> None:
    async with http.session.get(http.sandbox.url + path, headers=headers) as answer:
        assert answer.status == 403


async def test_a_form_of_another_page_is_refused(sandbox: Sandbox, http: Http) -> None:
    """A plain HTML form can send this content type without asking first."""
    for path in ("/client/as", "/control/faults"):
        async with http.session.post(sandbox.url + path, data="{}", headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 415


async def test_the_page_is_served_with_a_policy(http: Http) -> None:
    async with http.session.get(http.sandbox.url + "/") as answer:
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_attachments_cannot_act_as_pages(sandbox: Sandbox, http: Http) -> None:
    import io

    import aiohttp

    form = aiohttp.FormData()
    form.add_field("files[0]", io.BytesIO(b"<script>"), filename="x.html", content_type="text/html")
    _, made = await http.api("POST", f"/channels/{sandbox.channel('news').id}/messages", data=form)
    async with http.session.get(made["attachments"][0]["url"]) as answer:
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        assert await answer.read() == b"<script>"
    async with http.session.get(made["attachments"][0]["url"] + "x") as answer:
        assert answer.status == 404
