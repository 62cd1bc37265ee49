"""The real discord.py over real sockets."""

from __future__ import annotations

import asyncio
import io

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from sandbox_harness import Bot, connected, eventually

from sandbox.connect import discord_at
from sandbox.page.api import say
from sandbox.server import Sandbox
from sandbox.world import permissions

PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000300000002") + b"\0" * 20


async def text_channel(bot: Bot, sandbox: Sandbox, name: str = "news") -> discord.TextChannel:
    channel = bot.get_channel(sandbox.channel(name).id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_gets_ready_sends_and_edits(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        assert [guild.name for guild in bot.guilds] == ["Herald Sandbox"]
        channel = await text_channel(bot, sandbox)
        view = discord.ui.View()
        view.add_item(discord.ui.Button(label="Paper", url="https://example.org/paper"))
        view.add_item(discord.ui.Button(label="Related", custom_id="related:1"))
        sent = await channel.send(embed=discord.Embed(title="A title", description="Text"), view=view, nonce="n1")
        assert sent.embeds[0].title == "A title"
        edited = await sent.edit(embed=discord.Embed(title="Another"))
        assert edited.edited_at is not None
        [stored] = sandbox.messages(sandbox.channel("news"))
        assert (stored.nonce, stored.embeds[0]["title"]) == ("n1", "Another")
        assert [button["label"] for button in stored.components[0]["components"]] == ["Paper", "Related"]
        fetched = [message async for message in channel.history(limit=5)]
        assert [message.id for message in fetched] == [sent.id]
        await sent.delete()
        with pytest.raises(discord.NotFound) as missing:
            await channel.fetch_message(sent.id)
        assert missing.value.code == 10008


async def test_components_v2(sandbox: Sandbox) -> None:
    bot = Bot()

    class Layout(discord.ui.LayoutView):
        box: discord.ui.Container[Layout] = discord.ui.Container(
            discord.ui.Section("## Title", accessory=discord.ui.Button(label="Read", url="https://example.org")),
            discord.ui.Separator(),
            discord.ui.TextDisplay("Text"),
        )

    async with connected(sandbox, bot):
        sent = await (await text_channel(bot, sandbox)).send(view=Layout())
        assert sent.flags.components_v2
        ids = [component["id"] for component in sandbox.messages(sandbox.channel("news"))[0].components]
        assert ids == [1]


async def test_files_are_served(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        channel = await text_channel(bot, sandbox)
        embed = discord.Embed(title="Chart").set_image(url="attachment://chart.png")
        chart = discord.File(io.BytesIO(PNG), "chart.png", description="Mentions by month")
        sent = await channel.send(embed=embed, file=chart)
        assert sent.attachments == []  # an embed shows it
        assert sent.embeds[0].image.url == sandbox.messages(sandbox.channel("news"))[0].files[0].url
        assert (sent.embeds[0].image.width, sent.embeds[0].image.height) == (3, 2)
        note = await channel.send(file=discord.File(io.BytesIO(b"text"), "note.txt"))
        assert await note.attachments[0].read() == b"text"
        kept = await note.edit(attachments=[*note.attachments, discord.File(io.BytesIO(b"more"), "more.txt")])
        assert [file.filename for file in kept.attachments] == ["note.txt", "more.txt"]
        emptied = await kept.edit(content="no files", attachments=[])
        assert emptied.attachments == []


async def test_threads(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        channel = await text_channel(bot, sandbox)
        message = await channel.send("An issue")
        thread = await message.create_thread(name="Its items")
        assert thread.id == message.id
        await thread.send("An item")
        assert [one.content async for one in thread.history(oldest_first=True)] == ["", "An item"]
        assert [one.id for one in await sandbox_threads(bot)] == [thread.id]
        await thread.edit(archived=True)
        assert [one.id async for one in channel.archived_threads()] == [thread.id]
        await thread.send("brings it back")
        assert not await archived(sandbox, thread.id)
        alone = await channel.create_thread(name="Alone", type=discord.ChannelType.public_thread)
        await eventually(lambda: channel.guild.get_thread(alone.id))
        notice = sandbox.messages(sandbox.channel("news"))[-1]
        assert (notice.type, notice.content) == (18, "Alone")


async def sandbox_threads(bot: Bot) -> list[discord.Thread]:
    return await bot.guilds[0].active_threads()


async def archived(sandbox: Sandbox, thread_id: int) -> bool:
    thread = sandbox.world.channel(thread_id).thread
    assert thread is not None
    return thread.archived


async def test_forum_posts(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        forum = bot.get_channel(sandbox.channel("posts").id)
        assert isinstance(forum, discord.ForumChannel)
        tag = forum.available_tags[0]
        created = await forum.create_thread(name="Issue 1", content="Its header", applied_tags=[tag])
        assert created.message.id == created.thread.id
        assert created.thread.applied_tags == [tag]
        await created.thread.send("An item")
        stored = sandbox.messages(sandbox.channel("Issue 1"))
        assert [message.content for message in stored] == ["Its header", "An item"]
        strict = bot.get_channel(sandbox.channel("tagged").id)
        assert isinstance(strict, discord.ForumChannel)
        assert strict.flags.require_tag
        with pytest.raises(discord.HTTPException) as refused:
            await strict.create_thread(name="x", content="y")
        assert refused.value.code == 40067


async def test_pins_reactions_typing_and_bulk_delete(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        channel = await text_channel(bot, sandbox)
        first, second = await channel.send("one"), await channel.send("two")
        await first.pin()
        assert [message.id async for message in channel.pins()] == [first.id]
        await first.unpin()
        await first.add_reaction("👍")
        fetched = await channel.fetch_message(first.id)
        assert (str(fetched.reactions[0]), fetched.reactions[0].me) == ("👍", True)
        await first.remove_reaction("👍", bot.user)  # type: ignore[arg-type]
        async with channel.typing():
            pass
        await channel.delete_messages([first, second])
        assert sandbox.messages(sandbox.channel("news")) == []


async def test_webhooks(sandbox: Sandbox) -> None:
    role = sandbox.guild.roles[sandbox.guild.members[sandbox.world.bot.id].roles[0]]
    role.permissions |= permissions.MANAGE_WEBHOOKS
    bot = Bot()
    async with connected(sandbox, bot):
        channel = await text_channel(bot, sandbox)
        hook = await channel.create_webhook(name="Editor")
        sent = await hook.send("by a webhook", username="Ed", wait=True)
        assert sent.author.name == "Ed"
        await sent.edit(content="changed")
        assert sandbox.messages(sandbox.channel("news"))[0].content == "changed"
        assert [one.id for one in await channel.webhooks()] == [hook.id]
        await hook.delete()


async def test_direct_messages(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        user = await bot.fetch_user(sandbox.world.owner.id)
        await user.send("hello")
        assert [message.content for message in sandbox.messages(sandbox.world.direct_channel(sandbox.world.owner))] == [
            "hello"
        ]
        sandbox.world.owner.accepts_dms = False
        with pytest.raises(discord.Forbidden) as refused:
            await user.send("again")
        assert refused.value.code == 50007


async def test_channels_are_made_changed_and_deleted(sandbox: Sandbox) -> None:
    role = sandbox.guild.roles[sandbox.guild.members[sandbox.world.bot.id].roles[0]]
    role.permissions |= permissions.MANAGE_CHANNELS | permissions.MANAGE_ROLES
    bot = Bot()
    async with connected(sandbox, bot):
        guild = bot.guilds[0]
        made = await guild.create_text_channel("fresh", topic="New")
        await made.edit(topic="Newer")
        await made.set_permissions(guild.default_role, send_messages=False)
        stored = sandbox.channel("fresh")
        assert stored.topic == "Newer"
        reader = next(user for user in sandbox.world.users.values() if user.username == "reader")
        assert not sandbox.world.permissions(reader, stored) & permissions.SEND_MESSAGES
        await made.delete()
        await eventually(lambda: guild.get_channel(made.id) is None)
        assert [channel.name for channel in await guild.fetch_channels()] == ["news", "posts", "tagged"]


async def test_sees_the_world_change(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        world, guild = sandbox.world, sandbox.guild
        fresh = world.add_channel(guild, "fresh")
        role = world.add_role(guild, "Fans")
        world.set_role_permissions(guild, role, 1)
        say(sandbox.core, world.owner, fresh, "hello")
        world.delete_channel(fresh)
        world.remove_bot(guild)
        await eventually(lambda: "guild_remove" in bot.heard)
    for event in ("guild_channel_create", "guild_role_create", "guild_role_update", "message", "guild_channel_delete"):
        assert event in bot.heard


async def test_resumes_after_a_drop(sandbox: Sandbox) -> None:
    bot = Bot()
    resumed, heard = asyncio.Event(), asyncio.Event()
    async with connected(sandbox, bot):

        @bot.event
        async def on_resumed() -> None:
            resumed.set()

        @bot.event
        async def on_message(message: discord.Message) -> None:
            heard.set()

        sandbox.core.gateway.drop()
        say(sandbox.core, sandbox.world.owner, sandbox.channel("news"), "while away")
        await resumed.wait()
        await heard.wait()


async def test_starts_anew_when_its_session_is_gone(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(self: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
        return

    monkeypatch.setattr(Bot, "before_identify_hook", at_once)  # it would wait five seconds
    bot = Bot()
    ready = asyncio.Event()
    async with connected(sandbox, bot):

        @bot.event
        async def on_ready() -> None:
            ready.set()

        sandbox.core.gateway.drop(resumable=False)
        await ready.wait()
        assert len(sandbox.core.gateway.sessions()) == 1


async def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    bot = Bot()
    with discord_at(sandbox):
        async with bot:
            with pytest.raises(discord.LoginFailure):
                await bot.start("another")


async def test_privileged_intents_are_refused(sandbox: Sandbox) -> None:
    bot = Bot(discord.Intents(guilds=True, message_content=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(sandbox, bot):
            raise AssertionError("it must not get ready")


async def test_addresses_are_restored(sandbox: Sandbox) -> None:
    def addresses() -> tuple[str, ...]:
        return Route.BASE, str(DiscordWebSocket.DEFAULT_GATEWAY), discord.Asset.BASE

    before = addresses()
    with discord_at(sandbox):
        assert addresses() == (sandbox.api_base, sandbox.gateway_url, sandbox.url)
    assert addresses() == before
