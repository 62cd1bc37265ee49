from __future__ import annotations

from typing import Any

import pytest
from sandbox_harness import Http, RawGateway, Starter, eventually

from sandbox.page.api import say
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.messages import MessageDraft

GUILDS, MEMBERS, MESSAGES, DIRECT, CONTENT = 1 << 0, 1 << 1, 1 << 9, 1 << 12, 1 << 15


async def test_ready_then_guilds(sandbox: Sandbox, http: Http) -> None:
    gateway = await RawGateway.open(http)
    ready = await gateway.identify()
    assert ready["guilds"] == [{"id": str(sandbox.guild.id), "unavailable": True}]
    assert ready["resume_gateway_url"] == sandbox.gateway_url
    guild = await gateway.event("GUILD_CREATE")
    assert [channel["name"] for channel in guild["channels"]] == ["news", "posts", "tagged"]
    assert [member["user"]["id"] for member in guild["members"]] == [str(sandbox.world.bot.id)]


async def test_heartbeats_are_acknowledged_before_identifying(http: Http) -> None:
    gateway = await RawGateway.open(http)
    await gateway.send(1, None)
    assert (await gateway.payload())["op"] == 11


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "other", "intents": 1}, 4004),
        (6, {"token": "other", "session_id": "x", "seq": 1}, 4004),
        (2, {"token": "sandbox"}, 4013),
        (2, {"token": "sandbox", "intents": 1 << 40}, 4013),
        (2, {"token": "sandbox", "intents": GUILDS | CONTENT}, 4014),
        (2, {"token": "sandbox", "intents": GUILDS | MEMBERS}, 4014),
        (2, {"token": "sandbox", "intents": 1, "shard": [2, 1]}, 4010),
        (99, {}, 4001),
        (3, {}, 4003),
        (8, {}, 4003),
    ],
)
async def test_close_codes(http: Http, op: int, data: Any, code: int) -> None:
    gateway = await RawGateway.open(http)
    await gateway.send(op, data)
    assert await gateway.close_code() == code


async def test_broken_payload_closes(http: Http) -> None:
    gateway = await RawGateway.open(http)
    await gateway.socket.send_str("{")
    assert await gateway.close_code() == 4002


async def test_second_identify_closes(http: Http) -> None:
    gateway = await RawGateway.open(http)
    await gateway.identify()
    await gateway.send(2, {"token": "sandbox", "intents": 1})
    assert await gateway.close_code() == 4005


async def test_unknown_version_closes(http: Http) -> None:
    socket = await http.session.ws_connect(http.sandbox.gateway_url + "?v=6")
    assert await RawGateway(socket).close_code() == 4012


async def test_too_many_payloads_close(http: Http) -> None:
    gateway = await RawGateway.open(http)
    for _ in range(121):
        await gateway.send(1, None)
    assert await gateway.close_code() == 4008


async def test_silence_times_out(start: Starter) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        gateway = await RawGateway.open(Http(await start(heartbeat_ms=20), session))
        assert await gateway.close_code() == 4009


async def test_resume_replays_what_was_missed(sandbox: Sandbox, http: Http) -> None:
    news, you = sandbox.channel("news"), sandbox.world.owner
    first = await RawGateway.open(http)
    await first.identify()
    await first.event("GUILD_CREATE")
    sandbox.core.gateway.drop()
    assert await first.close_code() == 4000
    say(sandbox.core, you, news, "missed")
    second = await RawGateway.open(http)
    await second.send(6, {"token": "sandbox", "session_id": first.session_id, "seq": first.sequence})
    assert (await second.payload())["t"] == "MESSAGE_CREATE"
    assert (await second.payload())["t"] == "RESUMED"


@pytest.mark.parametrize("case", ["forgotten", "unknown", "future", "closed"])
async def test_resume_that_cannot_be(sandbox: Sandbox, http: Http, case: str) -> None:
    first = await RawGateway.open(http)
    await first.identify()
    if case == "closed":
        await first.socket.close(code=1000)
        await eventually(lambda: not sandbox.core.gateway.is_online)
    else:
        sandbox.core.gateway.drop(resumable=case != "forgotten")
    session_id = "x" if case == "unknown" else first.session_id
    sequence = 999 if case == "future" else first.sequence
    second = await RawGateway.open(http)
    await second.send(6, {"token": "sandbox", "session_id": session_id, "seq": sequence})
    assert await second.payload() == {"op": 9, "d": False}


async def test_reconnect_and_invalid_session(sandbox: Sandbox, http: Http) -> None:
    gateway = await RawGateway.open(http)
    await gateway.identify()
    await gateway.event("GUILD_CREATE")
    sandbox.core.gateway.ask_reconnect()
    assert await gateway.payload() == {"op": 7, "d": None}
    sandbox.core.gateway.invalidate(resumable=True)
    assert await gateway.payload() == {"op": 9, "d": True}


async def test_events_come_by_intent_and_sight(sandbox: Sandbox, http: Http) -> None:
    news, you = sandbox.channel("news"), sandbox.world.owner
    gateway = await RawGateway.open(http)
    await gateway.identify(intents=GUILDS | MESSAGES)
    await gateway.event("GUILD_CREATE")
    direct = sandbox.world.direct_channel(you)
    say(sandbox.core, you, direct, "no intent for this")
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(news, bot, deny=permissions.VIEW_CHANNEL)
    say(sandbox.core, you, news, "not seen")
    sandbox.world.set_overwrite(news, bot)
    say(sandbox.core, you, news, "seen")
    names = [(await gateway.payload())["t"] for _ in range(3)]
    assert names == ["CHANNEL_UPDATE", "CHANNEL_UPDATE", "MESSAGE_CREATE"]


@pytest.mark.parametrize(
    ("privileged", "intents", "text", "shown"),
    [
        (0, MESSAGES, "hello", ""),
        (0, MESSAGES, "hello <@{bot}>", "hello <@{bot}>"),
        (CONTENT, MESSAGES, "hello", ""),
        (CONTENT, MESSAGES | CONTENT, "hello", "hello"),
    ],
)
async def test_content_is_for_its_intent(start: Starter, privileged: int, intents: int, text: str, shown: str) -> None:
    import aiohttp

    sandbox = await start(privileged_intents=privileged)
    bot, news = str(sandbox.world.bot.id), sandbox.channel("news")
    async with aiohttp.ClientSession() as session:
        http = Http(sandbox, session)
        gateway = await RawGateway.open(http)
        await gateway.identify(intents=intents)
        said = say(sandbox.core, sandbox.world.owner, news, text.format(bot=bot))
        assert (await gateway.event("MESSAGE_CREATE"))["content"] == shown.format(bot=bot)
        _, listed = await http.api("GET", f"/channels/{news.id}/messages/{said['id']}")
        visible = shown or ("hello" if privileged else "")
        assert listed["content"] == visible.format(bot=bot)


async def test_own_messages_and_direct_ones_are_shown(sandbox: Sandbox, http: Http) -> None:
    world = sandbox.world
    gateway = await RawGateway.open(http)
    await gateway.identify(intents=MESSAGES | DIRECT)
    body = {"content": "own", "nonce": "n"}
    await http.api("POST", f"/channels/{sandbox.channel('news').id}/messages", body)
    own = await gateway.event("MESSAGE_CREATE")
    assert (own["content"], own["nonce"]) == ("own", "n")
    say(sandbox.core, world.owner, world.direct_channel(world.owner), "direct")
    assert (await gateway.event("MESSAGE_CREATE"))["content"] == "direct"


async def test_ephemeral_messages_are_no_events(sandbox: Sandbox, http: Http) -> None:
    world, news = sandbox.world, sandbox.channel("news")
    gateway = await RawGateway.open(http)
    await gateway.identify()
    await gateway.event("GUILD_CREATE")
    draft = MessageDraft(news, world.bot, {"content": "for one"}, flags=64, ephemeral_to=world.owner.id)
    sandbox.core.messages.create(draft)
    say(sandbox.core, world.owner, news, "for all")
    assert (await gateway.payload())["d"]["author"]["username"] == "you"


async def test_members_are_told_of_by_intent_or_name(start: Starter) -> None:
    import aiohttp

    sandbox = await start(privileged_intents=MEMBERS)
    async with aiohttp.ClientSession() as session:
        gateway = await RawGateway.open(Http(sandbox, session))
        await gateway.identify(intents=GUILDS | MEMBERS)
        assert len((await gateway.event("GUILD_CREATE"))["members"]) == 3
        sandbox.world.add_member(sandbox.guild, sandbox.world.add_user("new"))
        assert (await gateway.event("GUILD_MEMBER_ADD"))["user"]["username"] == "new"
        await gateway.send(8, {"guild_id": str(sandbox.guild.id), "query": "rea", "limit": 5, "nonce": "q"})
        chunk = await gateway.event("GUILD_MEMBERS_CHUNK")
        assert [member["user"]["username"] for member in chunk["members"]] == ["reader"]
        assert chunk["nonce"] == "q"


async def test_shards_serve_their_guilds(sandbox: Sandbox, http: Http) -> None:
    shard = (sandbox.guild.id >> 22) % 2
    for number in (0, 1):
        ready = await (await RawGateway.open(http)).identify(shard=[number, 2])
        assert [guild["id"] for guild in ready["guilds"]] == ([str(sandbox.guild.id)] if number == shard else [])


async def test_who_identifies_too_early_is_sent_away(sandbox: Sandbox, http: Http) -> None:
    known = sandbox.core.gateway
    known.identify_every_s, known.max_concurrency, known.shards = 60.0, 2, 4
    for number, is_let_in in ((0, True), (1, True), (2, False), (0, False)):
        gateway = await RawGateway.open(http)
        await gateway.send(2, {"token": "sandbox", "intents": GUILDS, "shard": [number, 4], "properties": {}})
        payload = await gateway.payload()
        assert (payload["op"], payload["d"] is False) == ((0, False) if is_let_in else (9, True))
    assert known.sent_away == 2


async def test_an_interaction_reaches_all_sessions_of_its_shard(sandbox: Sandbox, http: Http) -> None:
    count, guild = 2, sandbox.guild
    shard = (guild.id >> 22) % count
    gateways = [await RawGateway.open(http) for _ in range(3)]
    for gateway, number in zip(gateways, (shard, shard, 1 - shard), strict=True):
        await gateway.identify(shard=[number, count])
    assert sandbox.core.gateway.interaction(guild.id, {"id": "7"})
    for gateway in gateways[:2]:
        assert await gateway.event("INTERACTION_CREATE") == {"id": "7"}
    assert sandbox.core.gateway.interaction(None, {"id": "8"})  # without a server: the first shard's
    at_first = gateways[0] if shard == 0 else gateways[2]
    assert await at_first.event("INTERACTION_CREATE") == {"id": "8"}


async def test_old_sessions_are_forgotten(sandbox: Sandbox, http: Http) -> None:
    for _ in range(12):
        gateway = await RawGateway.open(http)
        await gateway.identify()
        sandbox.core.gateway.drop()
        await gateway.close_code()
    assert len(sandbox.core.gateway.sessions()) <= 9
