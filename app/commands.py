"""Syncs Herald's commands with Discord, comparing them with what Discord reports rather than a stored copy."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
from discord.http import Route

from errors import S_
from logs import short
from ui.locales import ENGLISH, Words, forget_catalogues, words_of

if TYPE_CHECKING:
    from discord.app_commands import CommandTree

log = logging.getLogger(__name__)

_ALL_REFUSED = S_("Discord refuses Herald's commands: {error}. Everything else goes on working.")
_NO_REASON = S_("Discord gives no reason")
_REFUSED = S_("Discord refuses the command **{name}** ({reason}). All other commands work; please report this.")
LIMIT_S = 60.0
# The command that opens an application's activity. Discord creates it, and refuses (50240) an update that lacks it.
ENTRY_POINT = 4
_READ_ONLY = ("id", "application_id", "version", "guild_id")
Definition = dict[str, Any]
TRANSIENT = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError, discord.RateLimited)
# Defaults of keys missing from a definition; Discord's reference "Application Command Object".
_DEFAULTS: Definition = {
    "type": 1,
    "description": "",
    "name_localizations": {},
    "description_localizations": {},
    "options": [],
    "choices": [],
    "channel_types": [],
    "required": False,
    "autocomplete": False,
    "nsfw": False,
    "default_member_permissions": None,
    "min_value": None,
    "max_value": None,
    "min_length": None,
    "max_length": None,
}
_UNORDERED = ("contexts", "integration_types", "channel_types")
# Discord sets these if a definition lacks them.
_CHOSEN_BY_DISCORD = ("contexts", "integration_types")


@dataclass(frozen=True, slots=True)
class Synced:
    """Outcome of a sync, with the name of each refused command and the reason."""

    count: int
    is_changed: bool
    refused: tuple[tuple[str, str], ...] = ()


def definitions(tree: CommandTree[Any]) -> list[Definition]:
    """Return all of the tree's commands in Discord's format."""
    kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message, discord.AppCommandType.user)
    found = [command.to_dict(tree) for kind in kinds for command in tree.get_commands(type=kind)]
    made = [_localized(command) for command in found]
    # This loads all catalogues, 0.5 MB; one that is needed for answers is loaded again in about 15 ms.
    _translated_languages.cache_clear()
    forget_catalogues()
    return made


def _localized(definition: Definition) -> Definition:
    """Return a command or an option with its texts, including choices and a context menu's name, in all languages."""
    made = dict(definition)
    is_menu = not definition.get("description")
    key, text = ("name", definition["name"]) if is_menu else ("description", definition["description"])
    if found := _translations(str(text)):
        made[f"{key}_localizations"] = found
    if options := cast("list[Definition]", definition.get("options") or []):
        made["options"] = [_localized(one) for one in options]
    if choices := cast("list[Definition]", definition.get("choices") or []):
        made["choices"] = [_named(one) for one in choices]
    return made


def _named(choice: Definition) -> Definition:
    found = _translations(str(choice["name"]))
    return choice | {"name_localizations": found} if found else choice


def _translations(text: str) -> dict[str, str]:
    """Return a text's translations by Discord locale; empty if there are none."""
    found: dict[str, str] = {}
    for locale, words in _translated_languages():
        if (translated := words.catalogue.gettext(text)) != text:
            found[locale] = translated[:100]
    return found


@functools.cache
def _translated_languages() -> tuple[tuple[str, Words], ...]:
    """Return the Discord locales that have a catalogue, with their texts."""
    known = ((locale.value, words_of(locale.value)) for locale in discord.Locale)
    return tuple((locale, words) for locale, words in known if words.language != ENGLISH)


def is_same(ours: Sequence[Definition], theirs: Sequence[Definition]) -> bool:
    """Whether Discord has exactly our commands, as far as the definitions specify them."""
    found = {_key(one): one for one in theirs}
    if len(found) != len(ours):
        return False
    return all(_key(one) in found and _agrees(one, found[_key(one)]) for one in ours)


def _key(command: Definition) -> tuple[str, int]:
    return str(command.get("name")), int(command.get("type") or 1)


def _agrees(ours: Definition, theirs: Definition) -> bool:
    keys = {"name", *_DEFAULTS, *(key for key in _CHOSEN_BY_DISCORD if ours.get(key) is not None)}
    return ours.get("name") == theirs.get("name") and all(_value(ours, key) == _value(theirs, key) for key in keys)


def _value(definition: Definition, key: str) -> Any:
    value = definition.get(key)
    if value is None:
        return _DEFAULTS.get(key)
    if key == "options":
        return [_option(one) for one in cast("list[Definition]", value)]
    if key == "choices":
        found = cast("list[Definition]", value)
        return [(one.get("name"), one.get("value"), one.get("name_localizations") or {}) for one in found]
    if key == "default_member_permissions":
        return str(value)  # sent as a number, returned as a string of digits
    return sorted(value) if key in _UNORDERED else value


def _option(option: Definition) -> Definition:
    return {"name": option.get("name")} | {key: _value(option, key) for key in _DEFAULTS}


async def sync(client: discord.Client, ours: Sequence[Definition]) -> Synced:
    """Update Discord's commands if they differ; commands that Discord refuses are left out.

    The entry point of the application's activity is kept.

    Raises discord.py's exceptions if Discord is unreachable, or refuses for another reason than a definition.
    """
    application_id = client.application_id or 0
    async with asyncio.timeout(LIMIT_S):
        route = Route("GET", "/applications/{application_id}/commands", application_id=application_id)
        # Without this parameter, Discord omits the translations, and each start would find a difference.
        found = cast("list[Definition]", await client.http.request(route, params={"with_localizations": "true"}))
        kept = [_writable(one) for one in found if one.get("type") == ENTRY_POINT]
        if is_same(ours, [one for one in found if one.get("type") != ENTRY_POINT]):
            return Synced(len(ours), is_changed=False)
    accepted, refused = list(ours), dict[str, str]()
    while True:
        try:
            async with asyncio.timeout(LIMIT_S):
                await client.http.bulk_upsert_global_commands(application_id, payload=cast("Any", accepted + kept))
        except discord.HTTPException as error:
            wrong = _refused(error, accepted)
            if not wrong:
                raise
            refused |= {str(accepted[index]["name"]): reason for index, reason in wrong.items()}
            # A single refused definition would block all others.
            accepted = [one for index, one in enumerate(accepted) if index not in wrong]
            continue
        return Synced(len(accepted), is_changed=True, refused=tuple(refused.items()))


def _writable(command: Definition) -> Definition:
    return {key: value for key, value in command.items() if key not in _READ_ONLY}


def _refused(error: discord.HTTPException, commands: Sequence[Definition]) -> dict[int, str]:
    """Return the indexes of the commands that Discord's error complains of, each with its reason.

    The error nests by index: {"3": {"options": {"0": {"name": {"_errors": […]}}}}}.
    """
    errors = cast("object", getattr(error, "_errors", None))
    if error.status != 400 or not isinstance(errors, dict):
        return {}
    found: dict[int, str] = {}
    for place, inner in cast("dict[str, object]", errors).items():
        if place.isdecimal() and int(place) < len(commands):
            found[int(place)] = "; ".join(_reasons(inner, ()))[:500] or _NO_REASON
    return found


def _reasons(errors: object, path: tuple[str, ...]) -> list[str]:
    if not isinstance(errors, dict):
        return []
    group = cast("dict[str, object]", errors)
    here = [
        f"{'.'.join(path) or 'command'}: {cast('dict[str, object]', one).get('message')}"
        for one in cast("list[object]", group.get("_errors") or [])
        if isinstance(one, dict)
    ]
    return here + [text for key, inner in group.items() if key != "_errors" for text in _reasons(inner, (*path, key))]


async def keep_in_step(
    client: discord.Client, ours: Sequence[Definition], tell: Callable[[str], Awaitable[object]]
) -> None:
    """Sync once Discord answers, and report refused commands; return when no further retry makes sense."""
    delay_s = 1.0
    while True:
        try:
            synced = await sync(client, ours)
        except TRANSIENT as error:
            log.warning("commands could not be synced, trying again delay_s=%.0f error=%s", delay_s, short(error))
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, 300.0)
            continue
        except discord.HTTPException as error:
            log.error("commands could not be synced, Discord refuses them error=%s", short(error))  # noqa: TRY400
            # A retry would get the same answer.
            await tell("⚠️ " + _ALL_REFUSED.format(error=short(error)))
            return
        break
    log.info("commands %s count=%d", "synced" if synced.is_changed else "unchanged", synced.count)
    for name, reason in synced.refused:
        log.error('command refused name="%s" reason="%s"', name, reason)
        await tell("⚠️ " + _REFUSED.format(name=name, reason=reason))
