"""The routes of application commands: global ones and those of one guild."""

from __future__ import annotations

from typing import cast

from sandbox.errors import ApiError, Form, bad_form, missing_access, unknown
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rules import commands as checks_commands
from sandbox.rules.commands import CHAT, COUNTS, ENTRY_POINT
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, as_list, as_object
from sandbox.world.events import Event

routes = Routes()
GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
CHANGES = Limit(5, 20.0)
"""Changes of commands (assumed); Discord also allows 200 new ones a day."""
_DEFAULTS: Json = {
    "name_localizations": None,
    "description_localizations": None,
    "default_member_permissions": None,
    "dm_permission": True,
    "nsfw": False,
    "contexts": None,
    "integration_types": [0],
}


def _scope(call: Call) -> int | None:
    """Return the path's guild (None: global), or refuse another application or a strange guild."""
    if call.id("application_id") != call.bot.id:
        raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
    if "guild_id" not in call.request.match_info:
        return None
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members:
        raise missing_access()
    return guild.id


def _stored(call: Call, guild_id: int | None) -> dict[int, Json]:
    return call.world.commands.setdefault(guild_id, {})


def _make(call: Call, guild_id: int | None, body: Json, identifier: int | None = None) -> Json:
    kind = body.get("type") or CHAT
    made: Json = (
        _DEFAULTS
        | body
        | {
            "id": str(identifier or call.world.ids.next()),
            "application_id": str(call.bot.id),
            "type": kind,
            "version": str(call.world.ids.next()),
            "description": body.get("description") or "",
        }
    )
    return made if guild_id is None else made | {"guild_id": str(guild_id)}


def _same(stored: dict[int, Json], body: Json) -> int | None:
    wanted = (body.get("name"), body.get("type") or CHAT)
    return next((number for number, one in stored.items() if (one["name"], one["type"]) == wanted), None)


def _check_counts(commands: list[Json]) -> None:
    for kind, most in COUNTS.items():
        if sum((one.get("type") or CHAT) == kind for one in commands) > most:
            raise ApiError(400, 30032, f"Maximum number of application commands reached ({most}).")


def _tell(call: Call, guild_id: int | None) -> None:
    data: Json = {"guild_id": None if guild_id is None else str(guild_id)}
    call.world.bus.tell(Event("COMMANDS_UPDATE", data, guild_id, people_only=True))


async def _list(call: Call) -> Reply:
    return Reply(list(_stored(call, _scope(call)).values()))


async def _create(call: Call) -> Reply:
    """Make a command; one of the same name and type is replaced."""
    guild_id = _scope(call)
    form = Form()
    checks_commands.check(form, call.body)
    call.verify(form)
    stored = _stored(call, guild_id)
    existing = _same(stored, call.body)
    if existing is None:
        _check_counts([*stored.values(), call.body])
    made = _make(call, guild_id, call.body, existing)
    stored[int(made["id"])] = made
    _tell(call, guild_id)
    return Reply(made, 201 if existing is None else 200)


async def _overwrite(call: Call) -> Reply:
    """Exchange all commands; those of the same name and type keep their ids."""
    guild_id = _scope(call)
    payload: object = call.payload
    if not isinstance(payload, list):
        raise bad_form((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    form = Form()
    wanted: list[Json] = []
    for index, one in enumerate(as_list(cast("object", payload))):
        body = as_object(one)
        if body is None:
            form.add((index,), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            continue
        checks_commands.check(form, body, (index,))
        if _same(dict(enumerate(_typed(wanted))), body) is not None:
            message = "Application command names must be unique"
            form.add((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        wanted.append(body)
    call.verify(form)
    _check_counts(wanted)
    before = _stored(call, guild_id)
    if any(one["type"] == ENTRY_POINT for one in before.values()) and not any(
        one.get("type") == ENTRY_POINT for one in wanted
    ):
        raise ApiError(400, 50240, "You cannot remove this app's Entry Point command in a bulk update operation.")
    made = [_make(call, guild_id, body, _same(before, body)) for body in wanted]
    call.world.commands[guild_id] = {int(one["id"]): one for one in made}
    _tell(call, guild_id)
    return Reply(made)


def _typed(bodies: list[Json]) -> list[Json]:
    return [{"name": body.get("name"), "type": body.get("type") or CHAT} for body in bodies]


def _one(call: Call, guild_id: int | None) -> Json:
    found = _stored(call, guild_id).get(call.id("command_id"))
    if found is None:
        raise unknown("application command")
    return found


async def _get(call: Call) -> Reply:
    return Reply(_one(call, _scope(call)))


async def _edit(call: Call) -> Reply:
    guild_id = _scope(call)
    changed = _one(call, guild_id) | call.body
    form = Form()
    checks_commands.check(form, changed)
    call.verify(form)
    changed["version"] = str(call.world.ids.next())
    _stored(call, guild_id)[int(changed["id"])] = changed
    _tell(call, guild_id)
    return Reply(changed)


async def _delete(call: Call) -> Reply:
    guild_id = _scope(call)
    del _stored(call, guild_id)[int(_one(call, guild_id)["id"])]
    _tell(call, guild_id)
    return NO_CONTENT


for _base in (GLOBAL, GUILD):
    routes.add("GET", _base, limit=CHANGES)(_list)
    routes.add("POST", _base, limit=CHANGES)(_create)
    routes.add("PUT", _base, limit=CHANGES)(_overwrite)
    routes.add("GET", _base + "/{command_id}", limit=CHANGES)(_get)
    routes.add("PATCH", _base + "/{command_id}", limit=CHANGES)(_edit)
    routes.add("DELETE", _base + "/{command_id}", limit=CHANGES)(_delete)
