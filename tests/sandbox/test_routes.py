"""What the interface answers when nothing is wrong, where discord.py's own tests do not come by."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_harness import Http

from sandbox.server import ChannelSpec, Sandbox
from sandbox.world import permissions
from sandbox.world.model import Role


@pytest.fixture
def role(sandbox: Sandbox) -> Role:
    """The bot's own role, with everything that these tests need."""
    role = sandbox.guild.roles[sandbox.guild.members[sandbox.world.bot.id].roles[0]]
    role.permissions |= permissions.MANAGE_THREADS | permissions.MANAGE_ROLES | permissions.MANAGE_CHANNELS
    role.position = 10
    return role


def names(found: list[Any]) -> list[str]:
    return [one["name"] for one in found]


async def test_the_bot(sandbox: Sandbox, http: Http) -> None:
    assert (await http.api("GET", "/gateway"))[1] == {"url": sandbox.gateway_url}
    _, gateway = await http.api("GET", "/gateway/bot")
    assert (gateway["shards"], gateway["session_start_limit"]["max_concurrency"]) == (1, 1)
    _, application = await http.api("GET", "/oauth2/applications/@me")
    assert application == (await http.api("GET", "/applications/@me"))[1]
    assert (await http.api("PATCH", "/users/@me", {"username": "Crier"}))[1]["username"] == "Crier"
    assert (await http.api("POST", "/auth/logout"))[0] == 204


async def test_guilds_and_members(sandbox: Sandbox, http: Http, role: Role) -> None:
    world, guild = sandbox.world, f"/guilds/{sandbox.guild.id}"
    assert names((await http.api("GET", "/users/@me/guilds"))[1]) == ["Herald Sandbox"]
    assert (await http.api("GET", f"{guild}?with_counts=true"))[1]["approximate_member_count"] == 3
    assert names((await http.api("GET", f"{guild}/roles"))[1]) == ["@everyone", "Herald"]
    fans = world.add_role(sandbox.guild, "Fans")
    fans.position = 1
    its_role = f"{guild}/members/{world.owner.id}/roles/{fans.id}"
    for method, expected in (("PUT", [str(fans.id)]), ("DELETE", [])):
        assert (await http.api(method, its_role))[0] == 204
        assert (await http.api("GET", f"{guild}/members/{world.owner.id}"))[1]["roles"] == expected
    assert (await http.api("PATCH", f"{guild}/members/@me", {"nick": "H"}))[1]["nick"] == "H"
    world.privileged_intents = 1 << 1
    _, members = await http.api("GET", f"{guild}/members?limit=2")
    assert [member["user"]["username"] for member in members] == ["Herald", "you"]
    assert (await http.api("DELETE", f"/users/@me/guilds/{sandbox.guild.id}"))[0] == 204
    assert (await http.api("GET", guild))[0] == 403


async def test_a_second_guild(sandbox: Sandbox, http: Http) -> None:
    specs = [ChannelSpec("a", category="Texts"), ChannelSpec("b", category="Texts")]
    other = sandbox.build("Other", specs)
    _, channels = await http.api("GET", f"/guilds/{other.id}/channels")
    assert names(channels) == ["Texts", "a", "b"]
    assert channels[1]["parent_id"] == channels[2]["parent_id"] == channels[0]["id"]
    sandbox.world.delete_channel(sandbox.channel("Texts"))
    assert sandbox.channel("a").parent_id is None
    with pytest.raises(KeyError):
        sandbox.channel("Texts")


async def test_changing_channels(sandbox: Sandbox, http: Http, role: Role) -> None:
    news, forum = sandbox.channel("news"), sandbox.channel("posts")
    category = sandbox.world.add_channel(sandbox.guild, "All", 4)
    everyone = {"id": str(sandbox.guild.id), "type": 0, "deny": str(permissions.SEND_MESSAGES)}
    body = {"parent_id": str(category.id), "topic": "New", "permission_overwrites": [everyone]}
    _, changed = await http.api("PATCH", f"/channels/{news.id}", body)
    assert (changed["parent_id"], changed["topic"]) == (str(category.id), "New")
    assert news.overwrites[sandbox.guild.id].deny == permissions.SEND_MESSAGES
    assert (await http.api("DELETE", f"/channels/{news.id}/permissions/{sandbox.guild.id}"))[0] == 204
    tags = {"available_tags": [{"name": "new", "moderated": True}], "flags": 1 << 4}
    _, changed = await http.api("PATCH", f"/channels/{forum.id}", tags)
    assert names(changed["available_tags"]) == ["new"]
    assert changed["flags"] == 1 << 4
    status, made = await http.api("POST", f"/guilds/{sandbox.guild.id}/channels", {"name": "f", "type": 15})
    assert (status, made["type"], made["available_tags"]) == (201, 15, [])
    direct = sandbox.world.direct_channel(sandbox.world.owner)
    assert (await http.api("DELETE", f"/channels/{direct.id}"))[1]["id"] == str(direct.id)


async def test_threads_by_a_moderator(sandbox: Sandbox, http: Http, role: Role) -> None:
    forum = sandbox.channel("posts")
    tag = str(forum.tags[0].id)
    _, made = await http.api("POST", f"/channels/{forum.id}/threads", {"name": "p", "message": {"content": "x"}})
    path = f"/channels/{made['id']}"
    change = {"applied_tags": [tag], "locked": True, "auto_archive_duration": 60, "name": "q", "flags": 1 << 1}
    _, changed = await http.api("PATCH", path, change)
    assert (changed["name"], changed["applied_tags"], changed["flags"]) == ("q", [tag], 2)
    assert changed["thread_metadata"] | {"locked": True, "auto_archive_duration": 60} == changed["thread_metadata"]
    assert (await http.api("POST", path + "/messages", {"content": "a moderator may"}))[0] == 200
    assert [one["user_id"] for one in (await http.api("GET", path + "/thread-members"))[1]] == [
        str(sandbox.world.bot.id)
    ]
    assert (await http.api("DELETE", path + "/thread-members/@me"))[0] == 204
    assert (await http.api("GET", path + "/thread-members"))[1] == []
    assert (await http.api("PUT", path + "/thread-members/@me"))[0] == 204
    assert (await http.api("DELETE", path))[0] == 200
    assert (await http.api("GET", path))[0] == 404


async def test_archived_threads_by_pages(sandbox: Sandbox, http: Http) -> None:
    news = sandbox.channel("news")
    for name in "abc":
        thread = sandbox.world.add_thread(news, name, sandbox.world.bot)
        sandbox.world.archive_thread(thread)
    path = f"/channels/{news.id}/threads/archived/public"
    _, first = await http.api("GET", f"{path}?limit=2")
    assert (names(first["threads"]), first["has_more"]) == (["c", "b"], True)
    before = first["threads"][-1]["thread_metadata"]["archive_timestamp"].replace("+", "%2B")
    _, rest = await http.api("GET", f"{path}?limit=2&before={before}")
    assert (names(rest["threads"]), rest["has_more"]) == (["a"], False)
    assert (await http.api("GET", f"/guilds/{sandbox.guild.id}/threads/active"))[1]["threads"] == []


async def test_an_own_archived_thread_is_revived(sandbox: Sandbox, http: Http) -> None:
    thread = sandbox.world.add_thread(sandbox.channel("news"), "t", sandbox.world.bot)
    sandbox.world.archive_thread(thread)
    _, changed = await http.api("PATCH", f"/channels/{thread.id}", {"archived": False})
    assert changed["thread_metadata"]["archived"] is False
    foreign = sandbox.world.add_thread(sandbox.channel("news"), "u", sandbox.world.owner)
    assert (await http.api("PATCH", f"/channels/{foreign.id}", {"name": "x"}))[0] == 403


async def test_webhook_in_threads_and_forums(sandbox: Sandbox, http: Http, role: Role) -> None:
    role.permissions |= permissions.MANAGE_WEBHOOKS
    forum = sandbox.channel("posts")
    _, hook = await http.api("POST", f"/channels/{forum.id}/webhooks", {"name": "Hook"})
    path = f"/webhooks/{hook['id']}/{hook['token']}"
    assert (await http.api("GET", path))[1]["name"] == "Hook"
    assert (await http.api("GET", f"/webhooks/{hook['id']}"))[1]["id"] == hook["id"]
    _, first = await http.api("POST", f"{path}?wait=true", {"content": "x", "thread_name": "By a hook"})
    thread = sandbox.channel("By a hook")
    assert first["channel_id"] == str(thread.id)
    assert (await http.api("POST", f"{path}?thread_id={thread.id}", {"content": "y"}))[0] == 204
    its_message = f"{path}/messages/{first['id']}?thread_id={thread.id}"
    assert (await http.api("GET", its_message))[1]["content"] == "x"
    assert (await http.api("DELETE", its_message))[0] == 204
    assert (await http.api("DELETE", f"/webhooks/{hook['id']}"))[0] == 204
    assert (await http.api("GET", path))[0] == 404


async def test_commands(sandbox: Sandbox, http: Http) -> None:
    base = f"/applications/{sandbox.world.bot.id}"
    command = {"name": "find", "description": "Find"}
    status, made = await http.api("POST", f"{base}/commands", command)
    again, replaced = await http.api("POST", f"{base}/commands", {**command, "description": "Seek"})
    assert (status, again, made["id"] == replaced["id"]) == (201, 200, True)
    path = f"{base}/commands/{made['id']}"
    assert (await http.api("PATCH", path, {"description": "Look"}))[1]["description"] == "Look"
    assert (await http.api("GET", path))[1]["version"] > made["version"]
    guild = f"{base}/guilds/{sandbox.guild.id}/commands"
    _, overwritten = await http.api("PUT", guild, [command, {"name": "Related", "type": 3}])
    assert [one["guild_id"] for one in overwritten] == [str(sandbox.guild.id)] * 2
    _, usable = await http.page("GET", f"/client/commands?guild_id={sandbox.guild.id}")
    assert [(one["name"], one["description"]) for one in usable] == [("find", "Find"), ("Related", "")]
    assert (await http.api("DELETE", path))[0] == 204
    assert (await http.api("GET", f"{base}/commands"))[1] == []
    assert len((await http.api("GET", guild))[1]) == 2


async def test_an_empty_body_of_a_gateway_route_is_fine(sandbox: Sandbox, http: Http) -> None:
    assert (await http.api("POST", f"/channels/{sandbox.channel('news').id}/typing"))[0] == 204
