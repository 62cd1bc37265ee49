"""Application commands that Discord refuses."""

from __future__ import annotations

from typing import Any

from refusals import Answer, Cases, Stage

cases = Cases()
refuses = cases.refuses
PATH = "/applications/{app}/commands"
LONG, BAD, REQUIRED, KIND = "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED", "BASE_TYPE_CHOICES"


def command(**parts: Any) -> dict[str, Any]:
    return {"name": "search", "description": "Find", **parts}


def option(**parts: Any) -> dict[str, Any]:
    return {"name": "query", "description": "Words", "type": 3, **parts}


def body(name: str, given: Any, at: str, fault: str) -> None:
    cases.body(name, given, at, fault, path=PATH)


def with_option(case: str, at: str, fault: str, **parts: Any) -> None:
    body(case, command(options=[option(**parts)]), f"options.0.{at}" if at else "options.0", fault)


body("name_capital", command(name="Search"), "name", "APPLICATION_COMMAND_INVALID_NAME")
body("name_space", command(name="a b"), "name", "APPLICATION_COMMAND_INVALID_NAME")
body("name_33", command(name="x" * 33), "name", BAD)
body("name_missing", {"description": "x"}, "name", REQUIRED)
body("description_101", command(description="x" * 101), "description", BAD)
body("description_missing", {"name": "search"}, "description", REQUIRED)
body("kind_unknown", command(type=9), "type", KIND)
body("command_options_26", command(options=[option(name=f"o{n}") for n in range(26)]), "options", LONG)
with_option("option_name", "name", "APPLICATION_COMMAND_INVALID_NAME", name="Query")
with_option("option_description", "description", REQUIRED, description="")
with_option("option_without_type", "type", REQUIRED, type=None)
with_option("option_type", "type", KIND, type=99)
with_option("min_length", "min_length", "NUMBER_TYPE_MIN", min_length=-1)
with_option("max_length", "max_length", "NUMBER_TYPE_MAX", max_length=6001)
with_option("bound_2_to_the_54", "max_value", "NUMBER_TYPE_COERCE", type=4, max_value=2**54)
TOO_LOW = "APPLICATION_COMMAND_OPTIONS_MIN_VALUE_INVALID"
with_option("bounds_crossed", "min_value", TOO_LOW, type=4, min_value=2, max_value=1)
CHOICES = [{"name": str(number), "value": str(number)} for number in range(26)]
with_option("choices_26", "choices", LONG, choices=CHOICES)
with_option("choice_name_101", "choices.0.name", BAD, choices=[{"name": "x" * 101, "value": "a"}])
with_option("choice_value_101", "choices.0.value", BAD, choices=[{"name": "a", "value": "x" * 101}])
with_option("choice_value_no_number", "choices.0.value", "NUMBER_TYPE_COERCE", type=4, choices=[CHOICES[0]])
SAME = "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS"
with_option("choice_twice", "choices.1.name", SAME, choices=[CHOICES[0], CHOICES[0]])
NO_CHOICES = "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID"
with_option("choices_of_a_user", "choices", NO_CHOICES, type=6, choices=[CHOICES[0]])
EITHER = "APPLICATION_COMMAND_AUTOCOMPLETE_NOT_COMPATIBLE_WITH_CHOICES"
with_option("choices_and_autocomplete", "autocomplete", EITHER, autocomplete=True, choices=[CHOICES[0]])
NO_TYPING = "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID_OPTION_TYPE"
with_option("autocomplete_of_a_user", "autocomplete", NO_TYPING, type=6, autocomplete=True)
TWICE = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
body("option_twice", command(options=[option(), option()]), "options.1.name", TWICE)
LATE = [option(), option(name="late", required=True)]
body("required_late", command(options=LATE), "options.1.required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID")
SUB = {"name": "add", "description": "Add", "type": 1}
MIXED = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
body("sub_command_beside_option", command(options=[SUB, option()]), "options", MIXED)
DEEP = {**SUB, "options": [SUB]}
body("sub_command_in_sub_command", command(options=[DEEP]), "options.0.options.0.type", MIXED)
GROUP = {"name": "group", "description": "Group", "type": 2}
body("group_in_group", command(options=[{**GROUP, "options": [GROUP]}]), "options.0.options.0.type", MIXED)
NO_TEXT = "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET"
body("menu_with_description", {"type": 3, "name": "Related", "description": "x"}, "description", NO_TEXT)
NO_OPTIONS = "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_CANNOT_BE_SET"
body("menu_with_options", {"type": 3, "name": "Related", "options": [option()]}, "options", NO_OPTIONS)
body("menu_name_33", {"type": 3, "name": "x" * 33}, "name", BAD)
NEEDED = command(default_member_permissions="admin")
body("permissions_no_number", NEEDED, "default_member_permissions", "NUMBER_TYPE_COERCE")
WIDE = [{"name": f"{number}" * 100, "value": f"{number}" * 100} for number in range(4)]
BIG = [option(name=f"o{number}", choices=WIDE) for number in range(12)]
body("too_large", command(options=BIG), "", "APPLICATION_COMMAND_TOO_LARGE")


@refuses(400, 50035, "APPLICATION_COMMANDS_DUPLICATE_NAME", "1.name")
async def overwrite_with_the_same_twice(stage: Stage) -> Answer:
    return await stage.api("PUT", PATH.format(app=stage.world.bot.id), [command(), command()])


@refuses(400, 50035, "LIST_TYPE_CONVERT", "")
async def overwrite_with_no_list(stage: Stage) -> Answer:
    return await stage.api("PUT", PATH.format(app=stage.world.bot.id), command())


@refuses(400, 50035, "MODEL_TYPE_CONVERT", "0")
async def overwrite_with_no_command(stage: Stage) -> Answer:
    return await stage.api("PUT", PATH.format(app=stage.world.bot.id), ["search"])


@refuses(400, 30032)
async def command_101(stage: Stage) -> Answer:
    commands = [command(name=f"c{number}") for number in range(101)]
    return await stage.api("PUT", PATH.format(app=stage.world.bot.id), commands)


@refuses(400, 30032)
async def message_command_16(stage: Stage) -> Answer:
    commands = [{"type": 3, "name": f"c{number}"} for number in range(15)]
    assert (await stage.api("PUT", PATH.format(app=stage.world.bot.id), commands))[0] == 200
    return await stage.api("POST", PATH.format(app=stage.world.bot.id), {"type": 3, "name": "more"})


@refuses(400, 50240)
async def overwrite_without_the_entry_point(stage: Stage) -> Answer:
    path = PATH.format(app=stage.world.bot.id)
    assert (await stage.api("POST", path, {"type": 4, "name": "launch"}))[0] == 201
    return await stage.api("PUT", path, [command()])


@refuses(404, 10063)
async def unknown_command(stage: Stage) -> Answer:
    return await stage.api("DELETE", PATH.format(app=stage.world.bot.id) + "/1")


@refuses(403, 20012)
async def anothers_commands(stage: Stage) -> Answer:
    return await stage.api("GET", PATH.format(app=1))


@refuses(403, 50001)
async def commands_of_a_left_guild(stage: Stage) -> Answer:
    stage.world.remove_bot(stage.guild)
    return await stage.api("GET", f"/applications/{stage.world.bot.id}/guilds/{stage.guild.id}/commands")


@refuses(400, 50035, "APPLICATION_COMMAND_INVALID_NAME", "name")
async def renamed_badly(stage: Stage) -> Answer:
    _, made = await stage.api("POST", PATH.format(app=stage.world.bot.id), command())
    return await stage.api("PATCH", PATH.format(app=stage.world.bot.id) + f"/{made['id']}", {"name": "A B"})
