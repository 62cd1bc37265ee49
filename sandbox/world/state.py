"""The sandbox's state: guilds, channels, people and what they say. It lives in memory and dies with the server.

Everything that changes it is a method that also tells the event, so that tests and the control interface change the
world under a connected bot's feet as people would.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.errors import unknown
from sandbox.values import Clock, Json, Snowflakes
from sandbox.world import permissions
from sandbox.world.events import Bus, Event
from sandbox.world.model import (
    CATEGORY,
    CHANNEL_FLAG_REQUIRE_TAG,
    DM,
    Channel,
    ForumTag,
    Guild,
    Member,
    Overwrite,
    Role,
    Thread,
    User,
)
from sandbox.world.model_message import Webhook

BOT_PERMISSIONS = permissions.EVERYONE | permissions.MANAGE_MESSAGES | permissions.PIN_MESSAGES
"""What the bot's own role grants: what a careful admin gives to a bot that posts, and keeps its place tidy."""


class World:
    """All state but the messages; `privileged_intents` are those that the bot's owner switched on for it."""

    def __init__(self, clock: Clock, *, bot_name: str = "Herald", privileged_intents: int = 0) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.bus = Bus()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.dms: dict[int, Channel] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.commands: dict[int | None, dict[int, Json]] = {}
        self.privileged_intents = privileged_intents
        self.bot = self.add_user(bot_name, bot=True)
        self.owner = self.add_user("you", "You")

    # ---- people and guilds ------------------------------------------------------------------------------------------

    def add_user(self, username: str, global_name: str | None = None, *, bot: bool = False) -> User:
        """Make a user that is in no guild yet."""
        user = User(self.ids.next(), username, global_name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User | None = None) -> Guild:
        """Make a guild with @everyone, its owner (by default the page's first person) and the bot in it."""
        owner = owner or self.owner
        guild = Guild(self.ids.next(), name, owner.id)
        guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.EVERYONE, position=0)
        guild.members[owner.id] = Member(owner, [], self.clock.now())
        bot_role = Role(self.ids.next(), self.bot.username, BOT_PERMISSIONS, bot_id=self.bot.id)
        # A managed role, as Discord makes one for each bot that is invited with permissions.
        guild.roles[bot_role.id] = bot_role
        guild.members[self.bot.id] = Member(self.bot, [bot_role.id], self.clock.now())
        self.guilds[guild.id] = guild
        self.tell_guild(guild, "GUILD_CREATE", {})
        return guild

    def tell_guild(self, guild: Guild, name: str, data: Json) -> None:
        """Tell an event of `guild`, to all in it."""
        self.bus.tell(Event(name, {"guild_id": str(guild.id), **data}, guild.id))

    def add_member(self, guild: Guild, user: User, roles: Iterable[Role] = ()) -> Member:
        """Let `user` join `guild`."""
        member = Member(user, [role.id for role in roles], self.clock.now())
        guild.members[user.id] = member
        self.tell_guild(guild, "GUILD_MEMBER_ADD", member.to_json())
        return member

    def remove_member(self, guild: Guild, user: User) -> None:
        """Let `user` leave `guild`."""
        del guild.members[user.id]
        self.tell_guild(guild, "GUILD_MEMBER_REMOVE", {"user": user.to_json()})

    def remove_bot(self, guild: Guild) -> None:
        """Let the bot leave `guild`, as when an admin removes it."""
        # Before the bot is out of the guild, as afterwards it is told nothing of it.
        self.bus.tell(Event("GUILD_DELETE", {"id": str(guild.id), "unavailable": False}, guild.id))
        del guild.members[self.bot.id]

    def invite_bot(self, guild: Guild) -> None:
        """Let the bot join `guild` again, with the role that it had."""
        roles = [role.id for role in guild.roles.values() if role.bot_id == self.bot.id]
        guild.members[self.bot.id] = Member(self.bot, roles, self.clock.now())
        self.tell_guild(guild, "GUILD_CREATE", {})

    def set_member_roles(self, guild: Guild, user: User, roles: Iterable[Role]) -> None:
        """Exchange a member's roles."""
        member = guild.members[user.id]
        member.roles = [role.id for role in roles]
        self.tell_guild(guild, "GUILD_MEMBER_UPDATE", member.to_json())

    def time_out(self, guild: Guild, member: Member, until: float | None) -> None:
        """Let a member do nothing but read until a time, or everything again; it ends by another call."""
        member.timed_out_until = until
        self.tell_guild(guild, "GUILD_MEMBER_UPDATE", member.to_json())

    def add_role(self, guild: Guild, name: str, bits: int = 0, *, mentionable: bool = False) -> Role:
        """Make a role with the permissions `bits`."""
        role = Role(self.ids.next(), name, bits, len(guild.roles), mentionable=mentionable)
        guild.roles[role.id] = role
        self.tell_guild(guild, "GUILD_ROLE_CREATE", {"role": role.to_json()})
        return role

    def set_role_permissions(self, guild: Guild, role: Role, bits: int) -> None:
        """Exchange what `role` may do in all channels that do not say otherwise."""
        role.permissions = bits
        self.tell_guild(guild, "GUILD_ROLE_UPDATE", {"role": role.to_json()})

    def delete_role(self, guild: Guild, role: Role) -> None:
        """Delete a role; its members lose it."""
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles = [one for one in member.roles if one != role.id]
        self.tell_guild(guild, "GUILD_ROLE_DELETE", {"role_id": str(role.id)})

    # ---- channels ---------------------------------------------------------------------------------------------------

    def add_channel(
        self,
        guild: Guild,
        name: str,
        kind: int = 0,
        *,
        topic: str | None = None,
        parent: Channel | None = None,
        tags: Iterable[str] = (),
        requires_tag: bool = False,
    ) -> Channel:
        """Make a channel; `tags` and `requires_tag` are for forums."""
        channel = Channel(self.ids.next(), kind, name, guild.id, topic, len(guild.channels))
        channel.parent_id = None if parent is None else parent.id
        channel.tags = [ForumTag(self.ids.next(), tag) for tag in tags]
        channel.flags = CHANNEL_FLAG_REQUIRE_TAG if requires_tag else 0
        guild.channels[channel.id] = channel
        self.tell_channel("CHANNEL_CREATE", channel)
        return channel

    def tell_channel(self, name: str, channel: Channel) -> None:
        """Tell an event whose content is the channel's object."""
        self.bus.tell(Event(name, channel.to_json(self.bot.id), channel.guild_id, channel.id))

    def set_overwrite(self, channel: Channel, target: Role | Member | Guild, *, allow: int = 0, deny: int = 0) -> None:
        """Give and take permissions in one channel; a guild as target means everyone. Zero and zero removes it."""
        target_id = target.user.id if isinstance(target, Member) else target.id
        if allow or deny:
            kind = 1 if isinstance(target, Member) else 0
            channel.overwrites[target_id] = Overwrite(target_id, kind, allow, deny)
        else:
            channel.overwrites.pop(target_id, None)
        self.tell_channel("CHANNEL_UPDATE", channel)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or one thread."""
        guild = self.guilds[channel.guild_id or 0]
        if channel.thread is not None:
            data: Json = {"id": str(channel.id), "parent_id": str(channel.parent_id), "type": channel.type}
            self.bus.tell(Event("THREAD_DELETE", {**data, "guild_id": str(guild.id)}, guild.id, channel.id))
            del guild.threads[channel.id]
            return
        # Discord tells of the channel alone; that its threads are gone a client has to know.
        for thread in [thread for thread in guild.threads.values() if thread.parent_id == channel.id]:
            del guild.threads[thread.id]
        self.tell_channel("CHANNEL_DELETE", channel)
        del guild.channels[channel.id]
        for child in guild.channels.values():
            if channel.type == CATEGORY and child.parent_id == channel.id:
                child.parent_id = None

    def add_thread(self, parent: Channel, name: str, owner: User, *, identifier: int | None = None) -> Channel:
        """Make a public thread; `identifier` is that of the message from which it starts."""
        guild = self.guilds[parent.guild_id or 0]
        kind = 10 if parent.type == 5 else 11  # 10: a thread in an announcement channel
        # A thread that starts from a message has the message's id, by which clients find it.
        channel = Channel(identifier or self.ids.next(), kind, name, guild.id, parent_id=parent.id)
        now = self.clock.now()
        channel.thread = Thread(owner.id, now, now, members={owner.id: now})
        # Told by whoever makes the message that opens it: a forum's post has to be told before its first message.
        guild.threads[channel.id] = channel
        return channel

    def archive_thread(self, channel: Channel, *, archived: bool = True, locked: bool | None = None) -> None:
        """Archive or revive a thread; `locked` None leaves its lock alone."""
        if channel.thread is None:
            raise ValueError(f"{channel.name} is no thread")
        channel.thread.archived = archived
        channel.thread.archived_at = self.clock.now()
        if locked is not None:
            channel.thread.locked = locked
        self.tell_channel("THREAD_UPDATE", channel)

    # ---- looking up -------------------------------------------------------------------------------------------------

    def guild(self, guild_id: int) -> Guild:
        """Return a guild, or raise Discord's 404."""
        if guild_id not in self.guilds:
            raise unknown("Guild")
        return self.guilds[guild_id]

    def channel(self, channel_id: int) -> Channel:
        """Return a channel, thread or direct message channel, or raise Discord's 404."""
        if (found := self.find_channel(channel_id)) is None:
            raise unknown("Channel")
        return found

    def find_channel(self, channel_id: int) -> Channel | None:
        """Return a channel, thread or direct message channel, or None."""
        if channel_id in self.dms:
            return self.dms[channel_id]
        for guild in self.guilds.values():
            if (found := guild.channels.get(channel_id) or guild.threads.get(channel_id)) is not None:
                return found
        return None

    def guild_of(self, channel: Channel) -> Guild | None:
        """Return the guild of a channel, None for direct messages."""
        return None if channel.guild_id is None else self.guilds.get(channel.guild_id)

    def direct_channel(self, user: User) -> Channel:
        """Return the channel between the bot and `user`, which is made at first need."""
        for channel in self.dms.values():
            if user in channel.recipients:
                return channel
        channel = Channel(self.ids.next(), DM, user.username, recipients=[user])
        self.dms[channel.id] = channel
        event = Event("CHANNEL_CREATE", channel.to_json(), None, channel.id, people_only=True)
        self.bus.tell(event)  # Discord tells bots of no direct message channel since version 8
        return channel

    def permissions(self, user: User, channel: Channel) -> int:
        """Return what `user` may do in `channel`: nothing for a stranger to its guild or its direct message."""
        guild = self.guild_of(channel)
        if guild is None:
            allowed = user == self.bot or user in channel.recipients
            return permissions.DIRECT_MESSAGE if allowed else 0
        member = guild.members.get(user.id)
        return 0 if member is None else permissions.in_channel(guild, member, channel)

    def may_view(self, user: User, channel: Channel) -> bool:
        """Tell whether `user` sees `channel`."""
        return bool(self.permissions(user, channel) & permissions.VIEW_CHANNEL)

    def application(self) -> Json:
        """Return the bot's application as `/applications/@me` shows it."""
        flags = (1 << 15 if self.privileged_intents & 1 << 1 else 0) | (
            1 << 19 if self.privileged_intents & 1 << 15 else 0
        )
        return {
            "id": str(self.bot.id),
            "name": self.bot.username,
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot": self.bot.to_json(),
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": flags,
            "owner": self.owner.to_json(),
            "team": None,
            "approximate_guild_count": len(self.guilds),
            "approximate_user_install_count": 0,
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "integration_types_config": {"0": {}},
        }
