"""Answers to interactions that Discord refuses."""

from __future__ import annotations

from typing import Any

from refusals import Answer, Cases, Stage

cases = Cases()
refuses = cases.refuses
KIND, REQUIRED, LONG, BAD = "BASE_TYPE_CHOICES", "BASE_TYPE_REQUIRED", "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH"


def answers(name: str, data: Any, at: str, fault: str, *, kind: int = 4, autocomplete: bool = False) -> None:
    """A first answer of callback type `kind` that is refused with `fault` at the dotted path `at`."""

    async def act(stage: Stage) -> Answer:
        path = await stage.interaction(autocomplete=autocomplete)
        return await stage.api("POST", path, {"type": kind, "data": data})

    act.__name__ = name
    refuses(400, 50035, fault, at)(act)


answers("answer_2001", {"content": "x" * 2001}, "data.content", LONG)
answers("update_of_no_message", {}, "type", KIND, kind=7)
answers("answer_of_no_kind", {}, "type", KIND, kind=99)
answers("choices_to_a_command", {"choices": []}, "type", KIND, kind=8)
answers("message_to_autocomplete", {"content": "x"}, "type", KIND, autocomplete=True)
CHOICE = {"name": "A", "value": "a"}


def offers(name: str, choices: list[Any], at: str, fault: str) -> None:
    answers(name, {"choices": choices}, f"data.choices{at}", fault, kind=8, autocomplete=True)


offers("offered_26", [CHOICE] * 26, "", LONG)
offers("offered_name_101", [{**CHOICE, "name": "x" * 101}], ".0.name", BAD)
offers("offered_value_101", [{**CHOICE, "value": "x" * 101}], ".0.value", LONG)
offers("offered_without_value", [{"name": "A"}], ".0.value", REQUIRED)


def modal(**parts: Any) -> dict[str, Any]:
    field = {"type": 4, "custom_id": "f", "label": "L", "style": 1}
    return {"custom_id": "m", "title": "T", "components": [{"type": 1, "components": [field]}], **parts}


answers("modal_title_46", modal(title="x" * 46), "data.title", BAD, kind=9)
answers("modal_custom_id_101", modal(custom_id="x" * 101), "data.custom_id", BAD, kind=9)
answers("modal_6_rows", modal(components=[{"type": 1}] * 6), "data.components", BAD, kind=9)
FIELD = {"type": 4, "custom_id": "f", "style": 3}
STYLED = modal(components=[{"type": 1, "components": [FIELD]}])
answers("modal_field_style", STYLED, "data.components.0.style", KIND, kind=9)


@refuses(400, 50035, "INTERACTION_CALLBACK_INVALID_TYPE", "type")
async def update_by_a_form_without_message(stage: Stage) -> Answer:
    path = await stage.interaction()
    assert (await stage.api("POST", path, {"type": 9, "data": modal()}))[0] == 204
    submitted = {"type": 5, "channel_id": str(stage.news.id), "data": {"custom_id": "m", "components": []}}
    return await stage.api("POST", await stage.interaction_by(submitted), {"type": 7, "data": {}})


@refuses(400, 50006)
async def empty_answer(stage: Stage) -> Answer:
    return await stage.api("POST", await stage.interaction(), {"type": 4, "data": {}})


@refuses(400, 40060)
async def second_first_answer(stage: Stage) -> Answer:
    path = await stage.interaction()
    assert (await stage.api("POST", path, {"type": 4, "data": {"content": "x"}}))[0] == 204
    return await stage.api("POST", path, {"type": 4, "data": {"content": "x"}})


@refuses(404, 10062)
async def wrong_interaction_token(stage: Stage) -> Answer:
    path = await stage.interaction()
    return await stage.api("POST", path.replace("/callback", "x/callback"), {"type": 5})


@refuses(404, 10062)
async def answer_after_three_seconds(stage: Stage) -> Answer:
    path = await stage.interaction()
    stage.clock.advance(3.1)
    return await stage.api("POST", path, {"type": 5})


async def _answered(stage: Stage, kind: int = 4) -> str:
    path = await stage.interaction()
    data = {"content": "x"} if kind == 4 else {}
    assert (await stage.api("POST", path, {"type": kind, "data": data}))[0] == 204
    token = path.split("/")[3]
    return f"/webhooks/{stage.world.bot.id}/{token}"


@refuses(401, 50027)
async def follow_up_after_fifteen_minutes(stage: Stage) -> Answer:
    path = await _answered(stage)
    stage.clock.advance(901)
    return await stage.api("POST", path, {"content": "x"})


@refuses(404, 10015)
async def follow_up_before_the_answer(stage: Stage) -> Answer:
    token = (await stage.interaction()).split("/")[3]
    return await stage.api("POST", f"/webhooks/{stage.world.bot.id}/{token}", {"content": "x"})


@refuses(404, 10015)
async def interaction_as_webhook(stage: Stage) -> Answer:
    return await stage.api("GET", await _answered(stage))


@refuses(404, 10008)
async def original_that_is_deleted(stage: Stage) -> Answer:
    path = await _answered(stage)
    assert (await stage.api("DELETE", f"{path}/messages/@original"))[0] == 204
    return await stage.api("PATCH", f"{path}/messages/@original", {"content": "x"})


@refuses(404, 10008)
async def anothers_message_by_token(stage: Stage) -> Answer:
    path = await _answered(stage)
    return await stage.api("PATCH", f"{path}/messages/{stage.said().id}", {"content": "x"})


@refuses(400, 50006)
async def empty_follow_up(stage: Stage) -> Answer:
    return await stage.api("POST", await _answered(stage), {})


@refuses(400, 50035, LONG, "content")
async def deferred_filled_with_2001(stage: Stage) -> Answer:
    return await stage.api("PATCH", await _answered(stage, 5) + "/messages/@original", {"content": "x" * 2001})


@refuses(404, 10008)
async def ephemeral_by_the_channel(stage: Stage) -> Answer:
    path = await stage.interaction()
    await stage.api("POST", path, {"type": 4, "data": {"content": "x", "flags": 64}})
    return await stage.api("GET", f"{stage.messages}/{stage.sandbox.messages(stage.news)[-1].id}")
