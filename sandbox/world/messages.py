"""The messages of all channels: making, changing, finding and forgetting them, each told as an event."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.errors import ApiError, empty_message, unknown
from sandbox.values import Json, as_id, as_list
from sandbox.world import compose
from sandbox.world.compose import Upload
from sandbox.world.events import Event
from sandbox.world.model import Channel, User
from sandbox.world.model_message import FLAG_COMPONENTS_V2, FLAG_HAS_THREAD, FLAG_LOADING, Attachment, Message
from sandbox.world.state import World

NONCE_WINDOW_S = 180.0
"""Discord says "the past few minutes"; this is our reading of a few."""

MAX_MESSAGES = 10_000
"""In one channel; older ones are dropped, so that a long run of tests does not fill the memory."""
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_FILE_SIZE = 10 * 1024 * 1024
MAX_NONCES = 20_000


@dataclass(slots=True)
class MessageDraft:
    """A message to be made, from a checked body and the rights already proven."""

    channel: Channel
    author: User
    body: Json
    uploads: list[Upload] = field(default_factory=list[Upload])
    flags: int = 0
    type: int = 0
    webhook_id: int | None = None
    application_id: int | None = None
    interaction: Json | None = None
    reference: Json | None = None
    replied: User | None = None
    ephemeral_to: int | None = None


class Nonces:
    """Remembers who used which nonce where, for as long as the window stands open."""

    def __init__(self, world: World, window_s: float = NONCE_WINDOW_S) -> None:
        self.window_s = window_s
        self.world = world
        self._seen: OrderedDict[tuple[int, int, str], tuple[float, int]] = OrderedDict()

    def close_window(self) -> None:
        """Forget all, as Discord does after some minutes."""
        self._seen.clear()

    def find(self, channel: Channel, author: User, nonce: str | int | None) -> int | None:
        """Return the message that `author` made with `nonce` in `channel` within the window."""
        at, message_id = self._seen.get((channel.id, author.id, str(nonce)), (0.0, 0))
        return message_id if message_id and self.world.clock.now() - at <= self.window_s else None

    def remember(self, message: Message) -> None:
        """Note that `message` was made with its nonce."""
        key = (message.channel_id, message.author.id, str(message.nonce))
        self._seen[key] = (self.world.clock.now(), message.id)
        if len(self._seen) > MAX_NONCES:
            self._seen.popitem(last=False)


class Messages:
    """All messages of `world`; `files_url` is where their attachments are served."""

    def __init__(self, world: World) -> None:
        self.nonces = Nonces(world)
        self.files_url = ""
        self.world = world
        self._channels: dict[int, dict[int, Message]] = {}
        self._files: OrderedDict[int, Attachment] = OrderedDict()
        self._file_bytes = 0
        world.bus.listen(self._on_event)

    def _on_event(self, event: Event) -> None:
        if event.name in ("CHANNEL_DELETE", "THREAD_DELETE"):
            # With a channel its threads go, of which no event tells.
            gone = [one for one in self._channels if one == event.channel_id or self.world.find_channel(one) is None]
            for channel_id in gone:
                self.forget_channel(channel_id)

    # ---- finding ----------------------------------------------------------------------------------------------------

    def all(self, channel_id: int) -> list[Message]:
        """Return a channel's messages, ephemeral ones included, oldest first."""
        return list(self._channels.get(channel_id, {}).values())

    def get(self, channel_id: int, message_id: int) -> Message:
        """Return a message, or raise Discord's 404; an ephemeral one is found too."""
        message = self._channels.get(channel_id, {}).get(message_id)
        if message is None:
            raise unknown("Message")
        return message

    def public(self, channel_id: int, message_id: int) -> Message:
        """Return a message that everyone sees, or raise Discord's 404."""
        message = self.get(channel_id, message_id)
        if message.ephemeral_to is not None:
            raise unknown("Message")
        return message

    def file(self, attachment_id: int) -> Attachment | None:
        """Return a file that is still kept."""
        return self._files.get(attachment_id)

    def to_json(self, message: Message, viewer: User) -> Json:
        """Return a message as `viewer` sees it: with its thread, its reply's target and reactions."""
        body = message.to_json()
        if message.reactions:
            body["reactions"] = [
                {
                    "emoji": {"id": None, "name": emoji},
                    "count": len(users),
                    "me": viewer.id in users,
                    "me_burst": False,
                    "burst_colors": [],
                    "count_details": {"normal": len(users), "burst": 0},
                }
                for emoji, users in message.reactions.items()
            ]
        if message.flags & FLAG_HAS_THREAD and (thread := self.world.find_channel(message.id)) is not None:
            body["thread"] = thread.to_json(viewer.id)
        if message.type in {19, 21} and message.reference:
            found = self._channels.get(int(message.reference["channel_id"]), {}).get(
                int(message.reference.get("message_id", 0))
            )
            body["referenced_message"] = found.to_json() if found else None
        return body

    # ---- making and changing ----------------------------------------------------------------------------------------

    def create(self, draft: MessageDraft) -> Message:
        """Make a message and tell it; with an enforced nonce that was used before, return the first one instead."""
        body, channel = draft.body, draft.channel
        nonce = body.get("nonce")
        if body.get("enforce_nonce") and nonce is not None:
            first = self._channels.get(channel.id, {}).get(self.nonces.find(channel, draft.author, nonce) or 0)
            # A first message that was deleted meanwhile protects no longer: the second is posted.
            if first is not None:
                return first
        message = self._from_draft(draft)
        if nonce is not None:
            self.nonces.remember(message)
        self._store(channel, message)
        self._tell("MESSAGE_CREATE", message, {} if nonce is None else {"nonce": nonce})
        return message

    def create_first(self, draft: MessageDraft, identifier: int, tell: Callable[[], None]) -> Message:
        """Make the first message of a forum's post, which has the post's id; `tell` tells of the post before it."""
        message = self._from_draft(draft)
        message.id = identifier
        tell()
        self._store(draft.channel, message)
        self._tell("MESSAGE_CREATE", message)
        return message

    def _from_draft(self, draft: MessageDraft) -> Message:
        world, body = self.world, draft.body
        message = Message(
            id=world.ids.next(),
            channel_id=draft.channel.id,
            guild_id=draft.channel.guild_id,
            author=draft.author,
            timestamp=world.clock.now(),
            content=(body.get("content") or "").strip(),
            flags=draft.flags,
            type=draft.type,
            tts=body.get("tts") is True,
            nonce=body.get("nonce"),
            reference=draft.reference,
            webhook_id=draft.webhook_id,
            application_id=draft.application_id,
            interaction=draft.interaction,
            ephemeral_to=draft.ephemeral_to,
        )
        self._set_parts(message, body, self._new_files(draft.channel.id, body, draft.uploads))
        if not is_shown(message):
            raise empty_message()
        self._keep(message.files)
        self._notify(message, body, draft.channel, draft.replied)
        return message

    def _set_parts(self, message: Message, body: Json, files: list[Attachment]) -> None:
        message.files = files
        if "embeds" in body:
            message.embeds = compose.embeds(body, files)
        if "components" in body:
            message.components = compose.components(body, files)
        v2 = message.flags & FLAG_COMPONENTS_V2
        message.attachments = files if v2 else compose.unused_by_embeds(message.embeds, files)

    def _notify(self, message: Message, body: Json, channel: Channel, replied: User | None) -> None:
        found = compose.mentions(self.world, message, body.get("allowed_mentions"), channel, replied)
        message.mentions, message.mention_roles, message.mention_everyone = found.users, found.roles, found.everyone
        message.pings.extend(name for name in found.names() if name not in message.pings)

    def edit(self, message: Message, body: Json, uploads: list[Upload], flags: int) -> None:
        """Change a message by a checked body, and tell it; what the body does not name stays."""
        known = {file.id for file in message.files}
        files = _kept_files(message, body) + self._new_files(message.channel_id, body, uploads, known=known)
        # The edit is tried on a copy: what is refused leaves the message as it was.
        changed = Message(**{name: getattr(message, name) for name in message.__slots__})
        changed.flags = flags
        if "content" in body:
            changed.content = (body["content"] or "").strip()
        self._set_parts(changed, body, files)
        if not is_shown(changed):
            raise empty_message()
        self._keep([file for file in files if file.id not in self._files])
        if body.keys() & {"content", "components"}:
            self._notify(changed, body, self.world.channel(message.channel_id), None)
        # The answer that takes the place of "is thinking …" is no edit.
        changed.edited_at = None if message.flags & FLAG_LOADING else self.world.clock.now()
        self._overwrite(message, changed)

    def _overwrite(self, message: Message, changed: Message) -> None:
        for name in message.__slots__:
            setattr(message, name, getattr(changed, name))
        self._tell("MESSAGE_UPDATE", message)

    def touch(self, message: Message) -> None:
        """Tell that a message is not what it was, without calling it edited."""
        self._tell("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        """Remove a message and its files, and tell it."""
        self._remove(message)
        data: Json = {"id": str(message.id), "channel_id": str(message.channel_id)}
        if message.guild_id is not None:
            data["guild_id"] = str(message.guild_id)
        self.world.bus.tell(
            Event("MESSAGE_DELETE", data, message.guild_id, message.channel_id, only_user=message.ephemeral_to)
        )

    def delete_many(self, channel: Channel, found: list[Message]) -> None:
        """Remove several messages of one channel, told at once."""
        for message in found:
            self._remove(message)
        data: Json = {"ids": [str(message.id) for message in found], "channel_id": str(channel.id)}
        if channel.guild_id is not None:
            data["guild_id"] = str(channel.guild_id)
        self.world.bus.tell(Event("MESSAGE_DELETE_BULK", data, channel.guild_id, channel.id))

    def _remove(self, message: Message) -> None:
        del self._channels[message.channel_id][message.id]
        self._drop_files(message)
        channel = self.world.find_channel(message.channel_id)
        if channel is not None and channel.thread is not None:
            channel.thread.message_count -= 1

    def forget_channel(self, channel_id: int) -> None:
        """Drop all messages of a channel that is gone."""
        for message in self._channels.pop(channel_id, {}).values():
            self._drop_files(message)

    def _drop_files(self, message: Message) -> None:
        for file in message.files:
            if self._files.pop(file.id, None) is not None:
                self._file_bytes -= len(file.content)

    # ---- files ------------------------------------------------------------------------------------------------------

    def _new_files(
        self, channel_id: int, body: Json, uploads: list[Upload], known: set[int] | None = None
    ) -> list[Attachment]:
        """Make attachments of the uploads; `known` are ids in the body's list that stand for files already there."""
        listed: dict[int | None, Json] = {as_id(entry.get("id")): entry for entry in as_list(body.get("attachments"))}
        slots = {upload.slot for upload in uploads}
        # An entry names either a file of this very request or one that the message has.
        if any(identifier not in slots and identifier not in (known or set()) for identifier in listed):
            raise ApiError(400, 50146, "Uploaded file not found.")
        return [self._attachment(channel_id, upload, listed.get(upload.slot, {})) for upload in uploads]

    def _attachment(self, channel_id: int, upload: Upload, entry: Json) -> Attachment:
        if len(upload.content) > MAX_FILE_SIZE:
            raise ApiError(413, 40005, "Request entity too large")
        name = "".join(c if c.isalnum() or c in "._-" else "_" for c in entry.get("filename") or upload.filename)
        made = Attachment(self.world.ids.next(), channel_id, name, upload.content, upload.content_type)
        made.description = entry.get("description")
        made.url = f"{self.files_url}/attachments/{channel_id}/{made.id}/{name}"
        if (size := compose.image_size(upload.content)) is not None:
            made.width, made.height = size
            made.content_type = "image/png"
        return made

    def _keep(self, files: Iterable[Attachment]) -> None:
        for file in files:
            self._files[file.id] = file
            self._file_bytes += len(file.content)
        # The message keeps its link, which then leads nowhere.
        while self._file_bytes > MAX_FILE_BYTES:
            _, oldest = self._files.popitem(last=False)
            self._file_bytes -= len(oldest.content)

    # ---- keeping and telling ----------------------------------------------------------------------------------------

    def _store(self, channel: Channel, message: Message) -> None:
        stored = self._channels.setdefault(channel.id, {})
        stored[message.id] = message
        if len(stored) > MAX_MESSAGES:
            del stored[next(iter(stored))]
        # What one person alone sees is not part of the channel's history.
        if message.ephemeral_to is None:
            channel.last_message_id = message.id
            if channel.thread is not None:
                channel.thread.message_count += 1
                channel.thread.total_message_sent += 1
                # Whoever writes in a thread joins it; a webhook is nobody.
                if message.webhook_id is None:
                    channel.thread.members.setdefault(message.author.id, message.timestamp)

    def _tell(self, name: str, message: Message, extra: Json | None = None) -> None:
        data = self.to_json(message, self.world.bot)
        if message.guild_id is not None:
            data["guild_id"] = str(message.guild_id)
            member = self.world.guilds[message.guild_id].members.get(message.author.id)
            if member is not None:
                data["member"] = member.to_json(with_user=False)
        data |= extra or {}
        self.world.bus.tell(
            Event(name, data, message.guild_id, message.channel_id, only_user=message.ephemeral_to, message=message)
        )


def is_shown(message: Message) -> bool:
    """Tell whether anything of a message would be seen; a row of buttons alone is not enough."""
    if message.flags & FLAG_LOADING or message.type not in {0, 19, 20, 23}:
        return True
    if message.flags & FLAG_COMPONENTS_V2:
        return bool(message.components)
    return bool(message.content or message.embeds or message.files)


def _kept_files(message: Message, body: Json) -> list[Attachment]:
    """Return the files that an edit leaves: those that it names, all where it names none."""
    if body.get("attachments") is None:
        return message.files
    wanted = {as_id(entry.get("id")) for entry in body["attachments"]}
    return [file for file in message.files if file.id in wanted]
