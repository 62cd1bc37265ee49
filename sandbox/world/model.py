"""What a Discord server consists of, and how each thing looks in Discord's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.values import Json, iso

TEXT, DM, VOICE, CATEGORY, NEWS, PUBLIC_THREAD, PRIVATE_THREAD, STAGE, FORUM = 0, 1, 2, 4, 5, 11, 12, 13, 15
THREADED = frozenset({TEXT, NEWS})
WRITABLE = frozenset({TEXT, DM, VOICE, NEWS, 10, PUBLIC_THREAD, PRIVATE_THREAD, STAGE})

CHANNEL_FLAG_PINNED = 1 << 1
CHANNEL_FLAG_REQUIRE_TAG = 1 << 4


@dataclass(slots=True)
class User:
    """A person or a bot; `accepts_dms` False makes direct messages to it fail with 50007; `locale` is its client's."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    accepts_dms: bool = True
    avatar: str | None = None
    locale: str = "en-US"

    def to_json(self) -> Json:
        """Return the user's object."""
        body: Json = {
            "id": str(self.id),
            "username": self.username,
            "global_name": self.global_name,
            "discriminator": "0000" if self.bot else "0",
            "avatar": self.avatar,
            "public_flags": 0,
            "flags": 0,
            "avatar_decoration_data": None,
        }
        return {**body, "bot": True} if self.bot else body


@dataclass(slots=True)
class Overwrite:
    """What a channel gives and takes; `type` is 0 for a role and 1 for a member."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0

    def to_json(self) -> Json:
        """Return the overwrite's object."""
        return {"id": str(self.id), "type": self.type, "allow": str(self.allow), "deny": str(self.deny)}


@dataclass(slots=True)
class Role:
    """A role; the one whose id is its guild's is @everyone."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    mentionable: bool = False
    bot_id: int | None = None

    def to_json(self) -> Json:
        """Return the role's object."""
        body: Json = {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.bot_id is not None,
            "mentionable": self.mentionable,
            "flags": 0,
            "icon": None,
            "unicode_emoji": None,
        }
        return body if self.bot_id is None else {**body, "tags": {"bot_id": str(self.bot_id)}}


@dataclass(slots=True)
class Member:
    """A user's presence in one guild."""

    user: User
    roles: list[int]
    joined_at: float
    nick: str | None = None
    timed_out_until: float | None = None  # a moderator lets them do nothing but read until then

    def to_json(self, *, with_user: bool = True) -> Json:
        """Return the member's object; a message's event has the user next to it instead."""
        body: Json = {
            "roles": [str(role) for role in self.roles],
            "joined_at": iso(self.joined_at),
            "nick": self.nick,
            "avatar": None,
            "premium_since": None,
            "communication_disabled_until": None if self.timed_out_until is None else iso(self.timed_out_until),
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }
        return {**body, "user": self.user.to_json()} if with_user else body


@dataclass(slots=True)
class ForumTag:
    """A label that posts of a forum can carry; only moderators may set a moderated one."""

    id: int
    name: str
    moderated: bool = False

    def to_json(self) -> Json:
        """Return the tag's object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "moderated": self.moderated,
            "emoji_id": None,
            "emoji_name": None,
        }


@dataclass(slots=True)
class Thread:
    """What a thread has beyond a channel."""

    owner_id: int
    created_at: float
    archived_at: float
    archived: bool = False
    locked: bool = False
    auto_archive_duration: int = 1440
    members: dict[int, float] = field(default_factory=dict[int, float])
    applied_tags: list[int] = field(default_factory=list[int])
    message_count: int = 0
    total_message_sent: int = 0

    def metadata(self) -> Json:
        """Return the thread's metadata object."""
        return {
            "archived": self.archived,
            "locked": self.locked,
            "auto_archive_duration": self.auto_archive_duration,
            "archive_timestamp": iso(self.archived_at),
            "create_timestamp": iso(self.created_at),
        }


@dataclass(slots=True)
class Channel:
    """A place for messages, a category, or a thread (then `thread` is set)."""

    id: int
    type: int
    name: str
    guild_id: int | None = None
    topic: str | None = None
    position: int = 0
    parent_id: int | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    flags: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    tags: list[ForumTag] = field(default_factory=list[ForumTag])
    recipients: list[User] = field(default_factory=list[User])
    last_message_id: int | None = None
    last_pin_at: float | None = None
    thread: Thread | None = None

    def to_json(self, viewer_id: int | None = None) -> Json:
        """Return the channel's object; a thread tells `viewer_id` (if it takes part) of its own membership."""
        body: Json = {
            "id": str(self.id),
            "type": self.type,
            "last_message_id": str(self.last_message_id) if self.last_message_id else None,
            "last_pin_timestamp": iso(self.last_pin_at),
            "flags": self.flags,
        }
        if self.guild_id is None:
            return {**body, "recipients": [user.to_json() for user in self.recipients]}
        body |= {
            "guild_id": str(self.guild_id),
            "name": self.name,
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "rate_limit_per_user": self.rate_limit_per_user,
        }
        return body | (self._place_json() if self.thread is None else self._thread_json(self.thread, viewer_id))

    def _place_json(self) -> Json:
        body: Json = {
            "topic": self.topic,
            "position": self.position,
            "nsfw": self.nsfw,
            "permission_overwrites": [overwrite.to_json() for overwrite in self.overwrites.values()],
            "default_auto_archive_duration": 1440,
        }
        if self.type == FORUM:
            body |= {
                "available_tags": [tag.to_json() for tag in self.tags],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
            }
        if self.type in (VOICE, STAGE):
            body |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
        return body

    def _thread_json(self, thread: Thread, viewer_id: int | None) -> Json:
        body: Json = {
            "owner_id": str(thread.owner_id),
            "thread_metadata": thread.metadata(),
            "message_count": thread.message_count,
            "total_message_sent": thread.total_message_sent,
            "member_count": len(thread.members),
            "applied_tags": [str(tag) for tag in thread.applied_tags],
        }
        if viewer_id in thread.members:
            body["member"] = self.thread_member_json(thread, viewer_id)
        return body

    def thread_member_json(self, thread: Thread, user_id: int) -> Json:
        """Return the membership of one who takes part."""
        return {
            "id": str(self.id),
            "user_id": str(user_id),
            "join_timestamp": iso(thread.members[user_id]),
            "flags": 0,
        }


@dataclass(slots=True)
class Guild:
    """A Discord server with all that belongs to it; threads are kept among `threads`, not `channels`."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    threads: dict[int, Channel] = field(default_factory=dict[int, Channel])
    preferred_locale: str = "en-US"

    def to_json(self) -> Json:
        """Return the guild's object without what only its creation event tells."""
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner_id),
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "region": "local",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "application_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "vanity_url_code": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": self.preferred_locale,
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": [role.to_json() for role in self.roles.values()],
        }

    def to_create_json(self, viewer_id: int, *, with_all_members: bool) -> Json:
        """Return what GUILD_CREATE tells a bot: everything; other members only with their intent."""
        members = self.members.values() if with_all_members else [self.members[viewer_id]]
        return self.to_json() | {
            "joined_at": iso(self.members[viewer_id].joined_at),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [member.to_json() for member in members],
            "channels": [channel.to_json() for channel in self.channels.values()],
            "threads": [
                channel.to_json(viewer_id)
                for channel in self.threads.values()
                if channel.thread and not channel.thread.archived
            ],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
