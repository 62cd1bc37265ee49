"""The routes by which the bot answers interactions: the callback, the original answer and follow-ups."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.errors import ApiError, Form, bad_form, unknown
from sandbox.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction, loading_flags
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rest.messages import edited_flags
from sandbox.rules import components, fields, messages
from sandbox.rules.fields import TextLimits
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, as_object
from sandbox.world.events import Event
from sandbox.world.messages import MessageDraft
from sandbox.world.model_message import FLAG_COMPONENTS_V2, FLAG_EPHEMERAL, FLAG_LOADING, Message

routes = Routes()
FOLLOW_UPS = Limit(5, 2.0)
"""What webhooks are granted, whose routes these are (assumed)."""
CALLBACK = "/interactions/{interaction_id}/{token}/callback"
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_FITS = {
    COMMAND: {MESSAGE, DEFERRED, MODAL},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
}


@routes.add("POST", CALLBACK, limit=Limit(1000, 1.0), open_=True)
async def answer(call: Call) -> Reply:
    """Take the first answer to an interaction."""
    interaction = call.core.interactions.to_answer(call.id("interaction_id"), call.request.match_info["token"])
    kind = call.body.get("type")
    if not isinstance(kind, int) or kind not in _FITS[interaction.type]:
        listing = ", ".join(str(one) for one in sorted(_FITS[interaction.type]))
        raise bad_form(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{listing}}}.")
    _ANSWERS[kind](_Given(call, interaction, as_object(call.body.get("data")) or {}))
    call.core.interactions.answered(interaction, kind)
    return _receipt(call, interaction) if call.query_flag("with_response") else NO_CONTENT


def _receipt(call: Call, interaction: Interaction) -> Reply:
    about: Json = {"id": str(interaction.id), "type": interaction.type}
    resource: Json = {"type": interaction.answer_type}
    if interaction.original_id is not None and interaction.answer_type in (MESSAGE, DEFERRED, UPDATE):
        message = call.core.messages.get(interaction.channel.id, interaction.original_id)
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": bool(message.flags & FLAG_LOADING),
            "response_message_ephemeral": bool(message.flags & FLAG_EPHEMERAL),
        }
        resource["message"] = call.core.messages.to_json(message, call.bot)
    return Reply({"interaction": about, "resource": resource})


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer on its way: the request, what it answers, and its data."""

    call: Call
    interaction: Interaction
    data: Json
    form: Form = field(default_factory=Form)


def _message(given: _Given) -> None:
    given.interaction.original_id = say(given.call, given.interaction, given.data, under=("data",)).id


def say(call: Call, interaction: Interaction, data: Json, under: tuple[str, ...] = ()) -> Message:
    """Post a message that answers `interaction`; the faults of its body are named under the path `under`."""
    form = Form()
    wanted = messages.flags_of(data)
    inner = Form()
    messages.check(inner, data, v2=bool(wanted & FLAG_COMPONENTS_V2))
    form.take(inner, under)
    call.verify(form)
    flags = messages.settable(wanted, ephemeral=True)
    return call.core.messages.create(_draft(call, interaction, data, flags))


def _draft(call: Call, interaction: Interaction, data: Json, flags: int) -> MessageDraft:
    world = call.world
    target = interaction.data.get("target_id")
    reference = None
    kind = 0
    if interaction.type == COMMAND:
        kind = 20 if target is None else 23
    elif interaction.message is not None and interaction.message.ephemeral_to is None:
        kind = 19
        reference: Json | None = {
            "type": 0,
            "channel_id": str(interaction.channel.id),
            "message_id": str(interaction.message.id),
        }
    return MessageDraft(
        interaction.channel,
        world.bot,
        data,
        call.uploads,
        flags=flags,
        type=kind,
        webhook_id=world.bot.id,
        application_id=world.bot.id,
        interaction=interaction.metadata(target_id=target),
        reference=reference,
        ephemeral_to=interaction.user.id if flags & FLAG_EPHEMERAL else None,
    )


def _deferred(given: _Given) -> None:
    given.call.verify(given.form)
    draft = _draft(given.call, given.interaction, {}, loading_flags(given.data))
    given.interaction.original_id = given.call.core.messages.create(draft).id


def _deferred_update(given: _Given) -> None:
    given.call.verify(given.form)
    _updated(given.interaction)


def _updated(interaction: Interaction) -> Message:
    if interaction.message is None:
        raise bad_form(("type",), "INTERACTION_CALLBACK_INVALID_TYPE", "There is no message to update.")
    interaction.original_id = interaction.message.id
    return interaction.message


def _update(given: _Given) -> None:
    change(given.call, _updated(given.interaction), given.data, under=("data",))


def change(call: Call, message: Message, data: Json, under: tuple[str, ...] = ()) -> Message:
    """Edit a message that a token may change."""
    form = Form()
    flags = edited_flags(message, data)
    inner = Form()
    messages.check(inner, data, v2=bool(flags & FLAG_COMPONENTS_V2), editing=True)
    form.take(inner, under)
    call.verify(form)
    call.core.messages.edit(message, data, call.uploads, flags)
    return call.core.messages.get(message.channel_id, message.id)


def _choices(given: _Given) -> None:
    interaction, data, form = given.interaction, given.data, given.form
    offered = fields.objects(form, data, "choices", ("data",), 25)
    option = focused(interaction.data.get("options") or [])
    for index, one in enumerate(offered):
        path = ("data", "choices", index)
        fields.text(form, one, "name", path, TextLimits(100, 1, required=True))
        value = one.get("value")
        # The value has to be of the kind that the option takes.
        if option is None or option["type"] == 3:
            fields.text(form, one, "value", path, TextLimits(100, 0, required=True))
        elif isinstance(value, bool) or not isinstance(value, int | float):
            form.add((*path, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
    given.call.verify(form)
    if interaction.choices is not None and not interaction.choices.done():
        interaction.choices.set_result(offered)


def focused(options: list[Json]) -> Json | None:
    """Return the option that is being typed."""
    for option in options:
        if option.get("focused"):
            return option
        if (inner := focused(option.get("options") or [])) is not None:
            return inner
    return None


def _modal(given: _Given) -> None:
    call, interaction, data, form = given.call, given.interaction, given.data, given.form
    fields.text(form, data, "custom_id", ("data",), components.CUSTOM_ID)
    fields.text(form, data, "title", ("data",), TextLimits(45, 1, required=True))
    components.check_modal(form, data, ("data",))
    call.verify(form)
    interaction.modal = data
    shown: Json = {**data, "id": str(interaction.id), "channel_id": str(interaction.channel.id)}
    call.world.bus.tell(Event("MODAL", shown, only_user=interaction.user.id, people_only=True))


_ANSWERS = {
    MESSAGE: _message,
    DEFERRED: _deferred,
    DEFERRED_UPDATE: _deferred_update,
    UPDATE: _update,
    CHOICES: _choices,
    MODAL: _modal,
}


# ---- what follows the first answer; a webhook's own routes lead here when its id is the application's ---------------


def follow_up(call: Call) -> Message:
    """Post a further message; after a deferred answer it takes that one's place."""
    interaction = call.core.interactions.by_token(call.request.match_info["webhook_token"])
    original = _original(call, interaction)
    # The first follow-up takes the place of "is thinking …".
    if original is not None and original.flags & FLAG_LOADING:
        return fill(call, original)
    return say(call, interaction, call.body)


def fill(call: Call, message: Message) -> Message:
    """Edit a message; one that stood for a deferred answer becomes the answer, in Components V2 if the body says so."""
    if message.flags & FLAG_LOADING:
        asked = messages.flags_of(call.body) & FLAG_COMPONENTS_V2
        form = Form()
        messages.check(form, call.body, v2=bool(asked), editing=True)
        call.verify(form)
        call.core.messages.edit(message, call.body, call.uploads, (message.flags & ~FLAG_LOADING) | asked)
        return call.core.messages.get(message.channel_id, message.id)
    return change(call, message, call.body)


def _original(call: Call, interaction: Interaction) -> Message | None:
    found = {message.id: message for message in call.core.messages.all(interaction.channel.id)}
    return found.get(interaction.original_id or 0)


def token_message(call: Call, name: str) -> Message:
    """Return the message that the path names (`@original` or an id) if the path's token may change it."""
    interaction = call.core.interactions.by_token(call.request.match_info["webhook_token"])
    if name == "@original":
        original = _original(call, interaction)
        if original is None:
            raise unknown("Message")
        return original
    message = call.core.messages.get(interaction.channel.id, call.id("message_id"))
    if not call.core.interactions.is_mine(interaction, message):
        raise ApiError(404, 10008, "Unknown Message")
    return message
