"""Discord's rules for a message as a whole: what it may hold, and whom it may notify."""

from __future__ import annotations

from sandbox.errors import Form
from sandbox.rules import components, embeds, fields
from sandbox.rules.fields import TextLimits
from sandbox.values import Json, as_object
from sandbox.world.model_message import (
    FLAG_COMPONENTS_V2,
    FLAG_EPHEMERAL,
    FLAG_SUPPRESS_EMBEDS,
    FLAG_SUPPRESS_NOTIFICATIONS,
)

SETTABLE_FLAGS = FLAG_SUPPRESS_EMBEDS | FLAG_SUPPRESS_NOTIFICATIONS | FLAG_COMPONENTS_V2
MENTION_KINDS = ("roles", "users", "everyone")
FILES = 10


def flags_of(body: Json) -> int:
    """Return the flags that a body sets; anything that is not a number counts as none."""
    value = body.get("flags")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def check(form: Form, body: Json, *, v2: bool, editing: bool = False) -> None:
    """Check every part of a message's body; `v2` says whether the message is (or becomes) one of Components V2."""
    fields.text(form, body, "content", (), TextLimits(fields.CONTENT))
    fields.integer(form, body, "flags", (), (0, 2**31 - 1))
    embeds.check(form, body)
    components.check(form, body, v2=v2)
    for index, entry in enumerate(fields.objects(form, body, "attachments", (), FILES)):
        fields.text(form, entry, "filename", ("attachments", index), TextLimits(1024))
        fields.text(form, entry, "description", ("attachments", index), TextLimits(1024))
    allowed_mentions(form, body)
    # An edit has no nonce: it can be repeated without harm.
    if not editing:
        nonce(form, body)
    if v2:
        _v2(form, body)


def _v2(form: Form, body: Json) -> None:
    for key in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(key):
            message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.add((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def nonce(form: Form, body: Json) -> None:
    """Check the nonce, by which Discord recognises a message that is sent twice."""
    value = body.get("nonce")
    if isinstance(value, bool) or not isinstance(value, int | str | None):
        form.add(("nonce",), "NONCE_TYPE_INVALID", "Nonce must be a string or an integer")
    elif isinstance(value, str) and len(value) > fields.NONCE:
        form.add(("nonce",), "BASE_TYPE_MAX_LENGTH", f"Must be {fields.NONCE} or fewer in length.")
    fields.boolean(form, body, "enforce_nonce", ())


def allowed_mentions(form: Form, body: Json) -> None:
    """Check who may be notified: known kinds, at most 100 of each, and no kind both wholesale and by list."""
    if body.get("allowed_mentions") is None:
        return
    path = ("allowed_mentions",)
    allowed = as_object(body["allowed_mentions"])
    if allowed is None:
        form.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    kinds = fields.items(form, allowed, "parse", path, 3)
    for index, kind in enumerate(kinds):
        if kind not in MENTION_KINDS:
            message = "Value must be one of ('users', 'roles', 'everyone')."
            form.add((*path, "parse", index), "BASE_TYPE_CHOICES", message)
    for key in ("users", "roles"):
        listed = fields.snowflakes(form, allowed, key, path, 100)
        if listed and key in kinds:
            message = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            form.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
    fields.boolean(form, allowed, "replied_user", path)


def settable(flags: int, *, ephemeral: bool) -> int:
    """Return those of `flags` that a sender may set; the others are dropped silently, as Discord does."""
    return flags & (SETTABLE_FLAGS | (FLAG_EPHEMERAL if ephemeral else 0))
