"""Makes interactions out of what a person does on the page, with all that Discord adds and refuses."""

from __future__ import annotations

from typing import Any

from sandbox.core import Core
from sandbox.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from sandbox.rules.commands import CHAT, GROUP, INTEGER, MESSAGE, NUMBER, STRING, SUB_COMMAND
from sandbox.rules.components import CHANNEL_SELECT, MENTIONABLE_SELECT, ROLE_SELECT, SELECT, SELECTS, USER_SELECT
from sandbox.values import Json, as_id, as_list, as_object
from sandbox.world import permissions
from sandbox.world.compose import walk
from sandbox.world.model import Channel, Guild, User
from sandbox.world.model_message import Message

BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE = 5, 6, 7, 8, 9
MAX_STRING = 6000  # characters of an option that names no limit of its own


class ClientError(Exception):
    """Something that Discord's own client would not let a person do; `status` is the answer's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Person:
    """A person at the page, in one channel."""

    def __init__(self, core: Core, user: User, channel: Channel) -> None:
        if not core.world.may_view(user, channel):
            raise ClientError(403, "You cannot see this channel.")
        self._core = core
        self._user = user
        self._channel = channel
        self._guild = core.world.guild_of(channel)

    def interact(self, body: Json) -> Interaction:
        """Start the interaction that `body` describes, or refuse it."""
        kind = body.get("type")
        data = as_object(body.get("data"))
        if data is None:
            raise ClientError(400, "data: must be an object.")
        if kind in (COMMAND, AUTOCOMPLETE):
            return self._start(kind, self._command(data, typing=kind == AUTOCOMPLETE))
        if kind == COMPONENT:
            message = self._message(body.get("message_id"))
            return self._start(kind, self._component(message, data), message)
        if kind == MODAL_SUBMIT:
            return self._submit(data)
        raise ClientError(400, "type: must be 2, 3, 4 or 5.")

    def _start(self, kind: int, data: Json, message: Message | None = None) -> Interaction:
        return self._core.interactions.start(kind, self._user, self._channel, data, message)

    def _message(self, identifier: object) -> Message:
        for message in self._core.messages.all(self._channel.id):
            if message.id == as_id(identifier) and message.ephemeral_to in (None, self._user.id):
                return message
        raise ClientError(404, "There is no such message here.")

    # ---- commands ---------------------------------------------------------------------------------------------------

    def commands(self) -> list[Json]:
        """Return the commands that this person may use here, a guild's own before global ones of the same name."""
        found: dict[tuple[int, str], Json] = {}
        stored = self._core.world.commands
        for scope in (None, self._channel.guild_id):
            for command in stored.get(scope, {}).values():
                if self._may_use(command):
                    found[command["type"], command["name"]] = command
        return sorted(found.values(), key=lambda command: (command["type"], command["name"]))

    def _may_use(self, command: Json) -> bool:
        # In a direct message a command is offered by where it may be used, not by permissions.
        if self._guild is None:
            contexts = command.get("contexts")
            return command.get("dm_permission") is not False if contexts is None else 1 in contexts
        if not self._core.interactions.may_use_commands(self._user, self._channel):
            return False
        member = self._guild.members[self._user.id]
        has = permissions.in_guild(self._guild, member)
        if has == permissions.ALL or command.get("default_member_permissions") is None:
            return True
        needed = int(command["default_member_permissions"])
        # Zero stands for "administrators only", who were let through above.
        return needed != 0 and self._core.world.permissions(self._user, self._channel) & needed == needed

    def _command(self, data: Json, *, typing: bool) -> Json:
        kind = data.get("type") or CHAT
        for command in self.commands():
            named = command["id"] == str(data["id"]) if data.get("id") else command["name"] == data.get("name")
            if named and command["type"] == kind:
                return self._invoked(command, data, typing=typing)
        raise ClientError(404, f"There is no command {data.get('name')!r} that you may use here.")

    def _invoked(self, command: Json, data: Json, *, typing: bool) -> Json:
        made: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        if "guild_id" in command:
            made["guild_id"] = command["guild_id"]
        resolved = _Resolved(self._core, self._guild)
        if command["type"] == CHAT:
            given = [option for option in as_list(data.get("options")) if as_object(option)]
            made["options"] = _Options(resolved, typing=typing).read(command.get("options") or [], given)
        elif command["type"] == MESSAGE:
            target = self._message(data.get("target_id"))
            made["target_id"] = str(target.id)
            # The message comes with the command: a bot need not be able to read the channel.
            resolved.add("messages", target.id, self._core.messages.to_json(target, self._core.world.bot))
        else:
            made["target_id"] = str(data.get("target_id"))
            resolved.user(as_id(data.get("target_id")) or 0)
        return {**made, "resolved": resolved.found} if resolved.found else made

    # ---- components and modals --------------------------------------------------------------------------------------

    def _component(self, message: Message, data: Json) -> Json:
        found = next((one for one in walk(message.components) if one.get("custom_id") == data.get("custom_id")), None)
        if found is None or data.get("custom_id") is None:
            raise ClientError(404, "The message has no such component.")
        if found.get("disabled"):
            raise ClientError(400, "This component is disabled.")
        made: Json = {"custom_id": found["custom_id"], "component_type": found["type"], "id": found["id"]}
        if found["type"] not in SELECTS:
            return made
        resolved = _Resolved(self._core, self._guild)
        made["values"] = _chosen(found, as_list(data.get("values")), resolved)
        return {**made, "resolved": resolved.found} if found["type"] != SELECT else made

    def _submit(self, data: Json) -> Interaction:
        custom_id = str(data.get("custom_id"))
        shown = self._core.interactions.open_modal(self._user, custom_id)
        if shown is None:
            raise ClientError(404, "No such form is open.")
        # A form is sent once.
        shown.modal = None
        components = as_list(data.get("components"))
        return self._start(MODAL_SUBMIT, {"custom_id": custom_id, "components": components}, shown.message)


def _chosen(select: Json, values: list[Any], resolved: _Resolved) -> list[str]:
    chosen = [str(value) for value in values]
    low, high = select.get("min_values", 1), select.get("max_values", 1)
    if not low <= len(chosen) <= high or len(set(chosen)) != len(chosen):
        raise ClientError(400, f"Choose from {low} to {high}.")
    if select["type"] == SELECT:
        offered = {option["value"] for option in select["options"]}
        if not offered.issuperset(chosen):
            raise ClientError(400, "This is not on the menu.")
        return chosen
    for value in chosen:
        resolved.by_kind(_SELECTED[select["type"]], as_id(value) or 0)
    return chosen


_SELECTED = {
    USER_SELECT: USER,
    ROLE_SELECT: ROLE,
    CHANNEL_SELECT: CHANNEL,
    MENTIONABLE_SELECT: MENTIONABLE,
}


class _Resolved:
    """The objects that an interaction's identifiers stand for."""

    def __init__(self, core: Core, guild: Guild | None) -> None:
        self.found: Json = {}
        self._core = core
        self._guild = guild

    def add(self, section: str, identifier: int, value: Json) -> None:
        self.found.setdefault(section, {})[str(identifier)] = value

    def by_kind(self, kind: int, identifier: int) -> None:
        """Look up what an option of type `kind` names, or refuse it."""
        if kind == MENTIONABLE:
            kind = ROLE if self._guild and identifier in self._guild.roles else USER
        {USER: self.user, ROLE: self._role, CHANNEL: self._place}[kind](identifier)

    def user(self, identifier: int) -> None:
        user = self._core.world.users.get(identifier)
        if user is None:
            raise ClientError(404, "There is no such user.")
        self.add("users", identifier, user.to_json())
        if self._guild is not None and identifier in self._guild.members:
            member = self._guild.members[identifier]
            bits = str(permissions.in_guild(self._guild, member))
            self.add("members", identifier, {**member.to_json(with_user=False), "permissions": bits})

    def _role(self, identifier: int) -> None:
        if self._guild is None or identifier not in self._guild.roles:
            raise ClientError(404, "There is no such role.")
        self.add("roles", identifier, self._guild.roles[identifier].to_json())

    def _place(self, identifier: int) -> None:
        channel = self._core.world.find_channel(identifier)
        if channel is None or self._guild is None or channel.guild_id != self._guild.id:
            raise ClientError(404, "There is no such channel.")
        bits = str(self._core.world.permissions(self._core.world.bot, channel))
        self.add("channels", identifier, {**channel.to_json(), "permissions": bits})


class _Options:
    """Checks and completes a slash command's options as Discord's client does before it sends them."""

    def __init__(self, resolved: _Resolved, *, typing: bool) -> None:
        self._resolved = resolved
        self._typing = typing

    def read(self, defined: list[Json], given: list[Json]) -> list[Json]:
        by_name = {option["name"]: option for option in defined}
        made: list[Json] = []
        for option in given:
            definition = by_name.get(str(option.get("name")))
            if definition is None:
                raise ClientError(400, f"The command has no option {option.get('name')!r}.")
            made.append(self._one(definition, option))
        if not self._typing:
            self._check_complete(defined, {option["name"] for option in made})
        return made

    def _check_complete(self, defined: list[Json], named: set[str]) -> None:
        for definition in defined:
            if definition.get("required") and definition["name"] not in named:
                raise ClientError(400, f"The option {definition['name']!r} is required.")
        nested = [option for option in defined if option["type"] in (SUB_COMMAND, GROUP)]
        if nested and len(named) != 1:
            raise ClientError(400, "Choose one of the sub-commands.")

    def _one(self, definition: Json, option: Json) -> Json:
        kind = definition["type"]
        made: Json = {"name": definition["name"], "type": kind}
        if kind in (SUB_COMMAND, GROUP):
            inner = [one for one in as_list(option.get("options")) if as_object(one)]
            return {**made, "options": self.read(definition.get("options") or [], inner)}
        if self._typing and option.get("focused"):
            if not definition.get("autocomplete"):
                raise ClientError(400, f"The option {definition['name']!r} cannot be completed.")
            return {**made, "value": str(option.get("value") or ""), "focused": True}
        if self._typing:
            return {**made, "value": option.get("value")}
        return {**made, "value": self._value(definition, option.get("value"))}

    def _value(self, definition: Json, value: Any) -> Any:
        kind = definition["type"]
        if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
            identifier = as_id(value) or 0
            self._resolved.by_kind(kind, identifier)
            self._check_channel_type(definition, identifier)
            return str(identifier)
        _check_value(definition, value)
        return value

    def _check_channel_type(self, definition: Json, identifier: int) -> None:
        allowed = definition.get("channel_types")
        if definition["type"] != CHANNEL or not allowed:
            return
        if self._resolved.found["channels"][str(identifier)]["type"] not in allowed:
            raise ClientError(400, "This kind of channel cannot be chosen.")


_TYPES: dict[int, type[Any] | tuple[type[Any], ...]] = {
    STRING: str,
    INTEGER: int,
    BOOLEAN: bool,
    NUMBER: (int, float),
}


def _check_value(definition: Json, value: Any) -> None:
    kind, name = definition["type"], definition["name"]
    # in Python a bool is an int as well
    is_of_type = isinstance(value, _TYPES.get(kind, ())) and isinstance(value, bool) == (kind == BOOLEAN)
    if not is_of_type:
        raise ClientError(400, f"The option {name!r} has the wrong type of value.")
    choices = definition.get("choices")
    if choices and value not in {choice["value"] for choice in choices}:
        raise ClientError(400, f"{value!r} is not a choice for {name!r}.")
    if kind == STRING:
        _check_size(name, len(value), definition.get("min_length"), definition.get("max_length", MAX_STRING))
    else:
        _check_size(name, value, definition.get("min_value"), definition.get("max_value"))


def _check_size(name: str, size: Any, low: Any, high: Any) -> None:
    is_too_small = low is not None and size < low
    is_too_large = high is not None and size > high
    if is_too_small or is_too_large:
        raise ClientError(400, f"The option {name!r} must be from {low} to {high}.")
