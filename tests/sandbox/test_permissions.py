from __future__ import annotations

import pytest
from sandbox_harness import Http

from sandbox.server import Sandbox
from sandbox.values import Clock
from sandbox.world import permissions
from sandbox.world.messages import MessageDraft
from sandbox.world.state import World

VIEW, SEND, EMBED = permissions.VIEW_CHANNEL, permissions.SEND_MESSAGES, permissions.EMBED_LINKS


@pytest.fixture
def world() -> World:
    return World(Clock())


def test_the_owner_and_administrators_may_all(world: World) -> None:
    guild = world.add_guild("G")
    channel = world.add_channel(guild, "c")
    world.set_overwrite(channel, guild, deny=permissions.ALL)
    admin = world.add_user("admin")
    world.add_member(guild, admin, [world.add_role(guild, "Admin", permissions.ADMINISTRATOR)])
    assert world.permissions(world.owner, channel) == permissions.ALL
    assert world.permissions(admin, channel) == permissions.ALL


def test_the_order_of_overwrites(world: World) -> None:
    """Everyone's, then all roles' together, then the member's own: the later wins; of roles' an allowance wins."""
    guild = world.add_guild("G")
    channel = world.add_channel(guild, "c")
    user = world.add_user("u")
    first, second = world.add_role(guild, "1"), world.add_role(guild, "2")
    member = world.add_member(guild, user, [first, second])
    assert world.permissions(user, channel) & SEND
    world.set_overwrite(channel, guild, deny=SEND)
    assert not world.permissions(user, channel) & SEND
    world.set_overwrite(channel, first, allow=SEND)
    world.set_overwrite(channel, second, deny=SEND)
    assert world.permissions(user, channel) & SEND
    world.set_overwrite(channel, member, deny=SEND)
    assert not world.permissions(user, channel) & SEND
    world.set_overwrite(channel, member)
    assert world.permissions(user, channel) & SEND


def test_what_hangs_on_seeing_and_sending(world: World) -> None:
    guild = world.add_guild("G")
    channel = world.add_channel(guild, "c")
    user = world.add_user("u")
    world.add_member(guild, user)
    world.set_overwrite(channel, guild, deny=SEND)
    assert not world.permissions(user, channel) & EMBED
    world.set_overwrite(channel, guild, deny=VIEW)
    assert world.permissions(user, channel) == 0


def test_a_thread_takes_its_parents(world: World) -> None:
    guild = world.add_guild("G")
    channel = world.add_channel(guild, "c")
    user = world.add_user("u")
    world.add_member(guild, user)
    thread = world.add_thread(channel, "t", world.owner)
    assert world.permissions(user, thread) & permissions.SEND_MESSAGES_IN_THREADS
    world.set_overwrite(channel, guild, deny=permissions.SEND_MESSAGES_IN_THREADS)
    assert not world.permissions(user, thread) & permissions.SEND_MESSAGES_IN_THREADS


def test_strangers_may_nothing(world: World) -> None:
    guild = world.add_guild("G")
    stranger = world.add_user("s")
    assert world.permissions(stranger, world.add_channel(guild, "c")) == 0
    assert world.permissions(stranger, world.direct_channel(world.owner)) == 0


def test_names() -> None:
    assert permissions.by_names(["view_channel", "SEND_MESSAGES"]) == VIEW | SEND
    with pytest.raises(KeyError):
        permissions.by_names(["fly"])


async def test_without_history_there_is_nothing_to_list(sandbox: Sandbox, http: Http) -> None:
    """Discord answers an empty list, not a refusal: whoever reads back must ask for the permission."""
    news, bot = sandbox.channel("news"), sandbox.world.bot
    sandbox.core.messages.create(MessageDraft(news, bot, {"content": "x"}))
    path = f"/channels/{news.id}/messages"
    assert len((await http.api("GET", path))[1]) == 1
    sandbox.world.set_overwrite(news, sandbox.guild.members[bot.id], deny=permissions.READ_MESSAGE_HISTORY)
    assert await http.api("GET", path) == (200, [])
    assert await http.api("GET", f"{path}/pins") == (200, {"items": [], "has_more": False})


async def test_pages_of_messages(sandbox: Sandbox, http: Http) -> None:
    news, bot = sandbox.channel("news"), sandbox.world.bot
    ids = [sandbox.core.messages.create(MessageDraft(news, bot, {"content": str(n)})).id for n in range(9)]

    async def page(query: str) -> list[str]:
        return [one["content"] for one in (await http.api("GET", f"/channels/{news.id}/messages?{query}"))[1]]

    assert await page("limit=3") == ["8", "7", "6"]
    assert await page(f"limit=3&before={ids[3]}") == ["2", "1", "0"]
    assert await page(f"limit=3&after={ids[3]}") == ["6", "5", "4"]
    assert await page(f"limit=3&around={ids[4]}") == ["5", "4", "3"]
    assert await page("after=0&limit=100") == [str(n) for n in reversed(range(9))]
