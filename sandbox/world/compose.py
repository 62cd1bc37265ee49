"""Turns a checked message body into what Discord would store: mentions found, files linked, components numbered."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sandbox.errors import bad_form
from sandbox.values import Json, as_id, as_list, as_object
from sandbox.world import permissions
from sandbox.world.model import Channel, Guild, User
from sandbox.world.model_message import Attachment, Message
from sandbox.world.state import World

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_SHOWN = ("title", "description", "fields", "image", "thumbnail", "author", "footer")
_MEDIA_KEYS = {"image", "thumbnail"}
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart body; `slot` is the n of its field's name `files[n]`."""

    slot: int
    filename: str
    content: bytes
    content_type: str


def without_nulls(value: Any) -> Any:
    """Return a copy of a JSON value in which no object has a null member, as Discord stores messages' parts."""
    if (members := as_object(value)) is not None:
        return {key: without_nulls(member) for key, member in members.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(entry) for entry in as_list(cast("object", value))]
    return value


def embeds(body: Json, files: list[Attachment]) -> list[Json]:
    """Return a body's embeds as stored; one that would show nothing is dropped."""
    given: list[Json] = without_nulls(body.get("embeds") or [])
    stored: list[Json] = [{**embed, "type": "rich"} for embed in given if any(embed.get(key) for key in _SHOWN)]
    for embed in stored:
        for key in _MEDIA_KEYS & embed.keys():
            embed[key] = _media(embed[key], files)
        for key in ("author", "footer"):
            _link_icon(embed.get(key, {}), files)
    return stored


def _link_icon(part: Json, files: list[Attachment]) -> None:
    if icon := part.get("icon_url"):
        linked = _linked(icon, files)
        part["icon_url"] = part["proxy_icon_url"] = linked.url if linked else icon


def _linked(address: str, files: list[Attachment]) -> Attachment | None:
    name = address.removeprefix("attachment://")
    return next((file for file in files if name != address and file.filename == name), None)


def _media(media: Json, files: list[Attachment]) -> Json:
    linked = _linked(media["url"], files)
    if linked is None:
        return {**media, "proxy_url": media["url"]}
    size: Json = {} if linked.width is None else {"width": linked.width, "height": linked.height}
    return {**media, "url": linked.url, "proxy_url": linked.url, "content_type": linked.content_type, **size}


def unused_by_embeds(stored: list[Json], files: list[Attachment]) -> list[Attachment]:
    """Return the files that no embed shows: those are listed as the message's attachments."""
    shown = {embed[key]["url"] for embed in stored for key in _MEDIA_KEYS if key in embed}
    return [file for file in files if file.url not in shown]


def components(body: Json, files: list[Attachment]) -> list[Json]:
    """Return a body's components as stored, each with an `id`, their media linked to the message's files."""
    stored: list[Json] = without_nulls(body.get("components") or [])
    taken = {component["id"] for component in walk(stored) if component.get("id")}
    number = 0
    for component in walk(stored):
        if not component.get("id"):
            number += 1
            while number in taken:
                number += 1
            component["id"] = number
        defaults: list[Json] = component.get("default_values") or []
        for chosen in defaults:
            chosen["id"] = str(chosen["id"])  # a number is taken, and shown as the text that every id is
        _link_component(component, files)
    return stored


def _link_component(component: Json, files: list[Attachment]) -> None:
    for holder in (component, *component.get("items", [])):
        for key in ("media", "file"):
            if not isinstance(holder.get(key), dict):
                continue
            address: str = holder[key]["url"]
            linked = _linked(address, files)
            if linked is None and address.startswith("attachment://"):
                message = "The referenced attachment was not found"
                raise bad_form(("components",), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)
            holder[key] = {**_media(holder[key], files), "loading_state": 2}
            if linked is not None:
                holder[key]["attachment_id"] = str(linked.id)


def walk(found: list[Json]) -> Iterator[Json]:
    """Yield every component of a message, each before its children, in the order they show."""
    for component in found:
        yield component
        yield from walk(component.get("components", []))
        if isinstance(component.get("accessory"), dict):
            yield from walk([component["accessory"]])


def displayed_text(message: Message) -> str:
    """Return the text in which mentions count: the content and the text displays."""
    texts = [component["content"] for component in walk(message.components) if component["type"] == 10]
    return "\n".join([message.content, *texts])


@dataclass(frozen=True, slots=True)
class MentionTargets:
    """Whom a message notifies."""

    users: list[User]
    roles: list[int]
    everyone: bool

    def names(self) -> list[str]:
        """Return each notified one as `user:ID`, `role:ID` or `everyone`, for assertions."""
        users = [f"user:{user.id}" for user in self.users]
        return users + [f"role:{role}" for role in self.roles] + (["everyone"] if self.everyone else [])


def _users(world: World, text: str, rules: Json | None) -> list[User]:
    named = [world.users[one] for one in _found(_USER, text) if one in world.users]
    return [user for user in named if _allowed(rules, "users", user.id)]


def mentions(
    world: World, message: Message, rules: Json | None, channel: Channel, replied: User | None
) -> MentionTargets:
    """Return whom `message` notifies by its text, by `rules` (None: all are allowed) and by its author's rights."""
    text = displayed_text(message)
    guild = world.guild_of(channel)
    may_all = bool(world.permissions(message.author, channel) & permissions.MENTION_EVERYONE)
    users = _users(world, text, rules)
    tells_replied = rules is None or rules.get("replied_user")
    if replied is not None and replied not in users and tells_replied:
        users.append(replied)
    roles = [] if guild is None else _roles(guild, _found(_ROLE, text), may_all=may_all)
    roles = [role for role in roles if _allowed(rules, "roles", role)]
    names_everyone = may_all and _EVERYONE.search(text) is not None
    return MentionTargets(users, roles, names_everyone and _parses(rules, "everyone"))


def _found(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(match) for match in pattern.findall(text)))


def _parses(rules: Json | None, kind: str) -> bool:
    """Tell whether every mention of a kind in the text counts."""
    return rules is None or kind in (rules.get("parse") or [])


def _allowed(rules: Json | None, kind: str, identifier: int) -> bool:
    if rules is None or _parses(rules, kind):
        return True
    return identifier in {as_id(one) for one in as_list(rules.get(kind))}


def _roles(guild: Guild, found: list[int], *, may_all: bool) -> list[int]:
    return [role for role in found if role in guild.roles and (may_all or guild.roles[role].mentionable)]


def image_size(content: bytes) -> tuple[int, int] | None:
    """Return a PNG picture's width and height; None for anything else."""
    if content[:8] != _PNG or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height
