"""Discord's limits for embeds (reference: "Embed Limits")."""

from __future__ import annotations

from datetime import datetime

from sandbox.errors import Form
from sandbox.rules import fields
from sandbox.rules.fields import Path, TextLimits
from sandbox.values import Json, as_object

COUNT = 10
TOTAL = 6000
FIELDS = 25
MEDIA_SCHEMES = ("http", "https", "attachment")


def check(form: Form, body: Json) -> None:
    """Check `body["embeds"]`: each embed, and that all of them together hold at most 6,000 characters."""
    total = 0
    embeds = fields.objects(form, body, "embeds", (), COUNT)
    for index, embed in enumerate(embeds):
        total += _embed(form, embed, ("embeds", index))
    # Discord names every embed, as no single one is at fault.
    if total > TOTAL:
        for index in range(len(embeds)):
            form.add(("embeds", index), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {TOTAL}")


def _embed(form: Form, embed: Json, path: Path) -> int:
    texts = [
        fields.text(form, embed, "title", path, TextLimits(256)),
        fields.text(form, embed, "description", path, TextLimits(4096)),
        _part(form, embed, "footer", path, ("text", TextLimits(2048, 1, required=True))),
        _part(form, embed, "author", path, ("name", TextLimits(256, 1, required=True))),
    ]
    for index, field in enumerate(fields.objects(form, embed, "fields", path, FIELDS)):
        where = (*path, "fields", index)
        texts.append(fields.text(form, field, "name", where, TextLimits(256, 1, required=True)))
        texts.append(fields.text(form, field, "value", where, TextLimits(1024, 1, required=True)))
        fields.boolean(form, field, "inline", where)
    fields.integer(form, embed, "color", path, (0, 0xFFFFFF))
    _address(form, embed, "url", path, ("http", "https"))
    for key in ("image", "thumbnail"):
        if (media := _object(form, embed, key, path)) is not None:
            _address(form, media, "url", (*path, key), MEDIA_SCHEMES)
    _timestamp(form, embed, path)
    return sum(len(value) for value in texts if value)


def _part(form: Form, embed: Json, key: str, path: Path, rule: tuple[str, TextLimits]) -> str | None:
    part = _object(form, embed, key, path)
    if part is None:
        return None
    _address(form, part, "icon_url", (*path, key), MEDIA_SCHEMES)
    _address(form, part, "url", (*path, key), ("http", "https"))
    return fields.text(form, part, rule[0], (*path, key), rule[1])


def _object(form: Form, embed: Json, key: str, path: Path) -> Json | None:
    value = as_object(embed.get(key))
    if value is not None or embed.get(key) is None:
        return value
    form.add((*path, key), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    return None


def _address(form: Form, body: Json, key: str, path: Path, schemes: tuple[str, ...]) -> None:
    if value := fields.text(form, body, key, path, TextLimits(2048)):
        fields.url(form, value, (*path, key), schemes)


def _timestamp(form: Form, embed: Json, path: Path) -> None:
    value = embed.get("timestamp")
    if value is None:
        return
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        message = f"Could not parse {value}. Should be ISO8601."
        form.add((*path, "timestamp"), "DATE_TIME_TYPE_PARSE", message)
