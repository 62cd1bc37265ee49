"""Messages, their files and the webhooks that write them, in Discord's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.values import Json, iso
from sandbox.world.model import User

FLAG_CROSSPOSTED = 1 << 0
FLAG_SUPPRESS_EMBEDS = 1 << 2
FLAG_HAS_THREAD = 1 << 5
FLAG_EPHEMERAL = 1 << 6
FLAG_LOADING = 1 << 7
FLAG_SUPPRESS_NOTIFICATIONS = 1 << 12
FLAG_COMPONENTS_V2 = 1 << 15


@dataclass(slots=True)
class Attachment:
    """A file of a message; its bytes are kept next to it, for as long as the bound on all files allows."""

    id: int
    channel_id: int
    filename: str
    content: bytes
    content_type: str
    description: str | None = None
    url: str = ""
    width: int | None = None
    height: int | None = None

    def to_json(self) -> Json:
        """Return the attachment's object."""
        body: Json = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.content),
            "url": self.url,
            "proxy_url": self.url,
            "content_type": self.content_type,
        }
        if self.description is not None:
            body["description"] = self.description
        if self.width is not None:
            body |= {"width": self.width, "height": self.height}
        return body


@dataclass(slots=True)
class Message:
    """A message; `ephemeral_to` is the one person who sees it, `pings` are all who were ever notified by it."""

    id: int
    channel_id: int
    guild_id: int | None
    author: User
    timestamp: float
    content: str = ""
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: int = 0
    type: int = 0
    edited_at: float | None = None
    tts: bool = False
    pinned_at: float | None = None
    mention_everyone: bool = False
    mentions: list[User] = field(default_factory=list[User])
    mention_roles: list[int] = field(default_factory=list[int])
    reactions: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    nonce: str | int | None = None
    reference: Json | None = None
    webhook_id: int | None = None
    application_id: int | None = None
    interaction: Json | None = None
    ephemeral_to: int | None = None
    pings: list[str] = field(default_factory=list[str])
    files: list[Attachment] = field(default_factory=list[Attachment])

    def to_json(self) -> Json:
        """Return the message's object without its nonce, which only the answer to its creation and its event show."""
        body: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel_id),
            "author": self.author.to_json(),
            "content": self.content,
            "timestamp": iso(self.timestamp),
            "edited_timestamp": iso(self.edited_at),
            "tts": self.tts,
            "mention_everyone": self.mention_everyone,
            "mentions": [user.to_json() for user in self.mentions],
            "mention_roles": [str(role) for role in self.mention_roles],
            "attachments": [attachment.to_json() for attachment in self.attachments],
            "embeds": self.embeds,
            "components": self.components,
            "pinned": self.pinned_at is not None,
            "type": self.type,
            "flags": self.flags,
        }
        if self.webhook_id is not None:
            body["webhook_id"] = str(self.webhook_id)
        if self.application_id is not None:
            body["application_id"] = str(self.application_id)
        if self.reference is not None:
            body["message_reference"] = self.reference
        if self.interaction is not None:
            body |= self.interaction
        return body


@dataclass(slots=True)
class Webhook:
    """An address by which messages can be posted to one channel."""

    id: int
    token: str
    channel_id: int
    guild_id: int
    name: str
    creator: User
    application_id: int | None = None

    def to_json(self) -> Json:
        """Return the webhook's object with its token."""
        return {
            "id": str(self.id),
            "type": 1,
            "token": self.token,
            "channel_id": str(self.channel_id),
            "guild_id": str(self.guild_id),
            "name": self.name,
            "avatar": None,
            "application_id": None if self.application_id is None else str(self.application_id),
            "user": self.creator.to_json(),
        }
