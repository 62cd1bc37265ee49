from __future__ import annotations

from typing import Any

import pytest
from sandbox_harness import Http

from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.messages import MessageDraft

TEXT = "@everyone <@{you}> <@&{fans}> <@&{staff}>"


@pytest.mark.parametrize(
    ("rules", "pings"),
    [
        (None, {"user", "fans"}),
        ({"parse": []}, set()),
        ({}, set()),
        ({"parse": ["users"]}, {"user"}),
        ({"parse": ["roles"]}, {"fans"}),
        ({"roles": ["{fans}"]}, {"fans"}),
        ({"users": ["1"]}, set()),
    ],
)
@pytest.mark.parametrize("is_edit", [False, True])
async def test_who_is_notified(sandbox: Sandbox, http: Http, rules: Any, pings: set[str], is_edit: bool) -> None:
    world, news = sandbox.world, sandbox.channel("news")
    ids = {
        "you": world.owner.id,
        "fans": world.add_role(sandbox.guild, "Fans", mentionable=True).id,
        "staff": world.add_role(sandbox.guild, "Staff").id,
    }
    body: dict[str, Any] = {"content": TEXT.format(**ids)}
    if rules is not None:
        body["allowed_mentions"] = {key: [one.format(**ids) for one in value] for key, value in rules.items()}
    path = f"/channels/{news.id}/messages"
    if is_edit:
        first = sandbox.core.messages.create(MessageDraft(news, world.bot, {"content": "quiet"}))
        _, message = await http.api("PATCH", f"{path}/{first.id}", body)
    else:
        _, message = await http.api("POST", path, body)
    names = {"user": f"user:{ids['you']}", "fans": f"role:{ids['fans']}"}
    assert set(sandbox.messages(news)[0].pings) == {names[ping] for ping in pings}
    assert [user["username"] for user in message["mentions"]] == (["you"] if "user" in pings else [])
    assert message["mention_everyone"] is False


async def test_everyone_needs_the_right(sandbox: Sandbox, http: Http) -> None:
    news = sandbox.channel("news")
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(news, bot, allow=permissions.MENTION_EVERYONE)
    role = sandbox.world.add_role(sandbox.guild, "Staff")
    body = {"content": f"@here <@&{role.id}>"}
    _, message = await http.api("POST", f"/channels/{news.id}/messages", body)
    assert (message["mention_everyone"], message["mention_roles"]) == (True, [str(role.id)])


async def test_embeds_notify_nobody_but_text_displays_do(sandbox: Sandbox, http: Http) -> None:
    news, you = sandbox.channel("news"), f"<@{sandbox.world.owner.id}>"
    path = f"/channels/{news.id}/messages"
    await http.api("POST", path, {"embeds": [{"description": you}]})
    await http.api("POST", path, {"flags": 1 << 15, "components": [{"type": 10, "content": you}]})
    assert [len(message.pings) for message in sandbox.messages(news)] == [0, 1]


async def test_a_reply_notifies_whom_it_answers(sandbox: Sandbox, http: Http) -> None:
    news, world = sandbox.channel("news"), sandbox.world
    said = sandbox.core.messages.create(MessageDraft(news, world.owner, {"content": "hello"}))
    body = {"content": "yes", "message_reference": {"message_id": str(said.id)}}
    path = f"/channels/{news.id}/messages"
    _, loud = await http.api("POST", path, body)
    _, quiet = await http.api("POST", path, {**body, "allowed_mentions": {"parse": [], "replied_user": False}})
    assert [len(loud["mentions"]), len(quiet["mentions"])] == [1, 0]
    assert loud["referenced_message"]["content"] == "hello"
