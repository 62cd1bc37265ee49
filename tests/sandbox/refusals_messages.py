"""Messages that Discord refuses."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
from refusals import Answer, Cases, Stage

from sandbox.world import permissions
from sandbox.world.model_message import FLAG_COMPONENTS_V2

cases = Cases()
refuses, body = cases.refuses, cases.body
V2 = {"flags": FLAG_COMPONENTS_V2}
LONG, BAD, REQUIRED, KIND = "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED", "BASE_TYPE_CHOICES"


def embed(**parts: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "T", **parts}]}


def row(*components: Any) -> dict[str, Any]:
    return {"content": "C", "components": [{"type": 1, "components": list(components)}]}


def button(**parts: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "L", "custom_id": "c", **parts}


def select(**parts: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}], **parts}


def v2(*components: Any) -> dict[str, Any]:
    return {**V2, "components": list(components)}


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


# ---- text ----
body("content_2001", {"content": "x" * 2001}, "content", LONG)
body("content_no_text", {"content": 5}, "content", "STRING_TYPE_CONVERT")
body("nonce_26", {"content": "x", "nonce": "n" * 26}, "nonce", LONG)
body("nonce_no_text", {"content": "x", "nonce": [1]}, "nonce", "NONCE_TYPE_INVALID")
body("enforce_nonce_no_boolean", {"content": "x", "enforce_nonce": "yes"}, "enforce_nonce", "BOOLEAN_TYPE_CONVERT")
body("flags_no_number", {"content": "x", "flags": "4"}, "flags", "NUMBER_TYPE_COERCE")
body("flags_negative", {"content": "x", "flags": -1}, "flags", "NUMBER_TYPE_MIN")
body("attachments_no_list", {"content": "x", "attachments": {}}, "attachments", "LIST_TYPE_CONVERT")
body("attachments_11", {"content": "x", "attachments": [{"id": n} for n in range(11)]}, "attachments", LONG)
body("no_object", [1], "", "MODEL_TYPE_CONVERT")

# ---- embeds ----
body("embeds_11", {"embeds": [{"title": "T"}] * 11}, "embeds", LONG)
body("embed_no_object", {"embeds": ["T"]}, "embeds.0", "MODEL_TYPE_CONVERT")
body("embed_title_257", embed(title="x" * 257), "embeds.0.title", LONG)
body("embed_description_4097", embed(description="x" * 4097), "embeds.0.description", LONG)
body("embed_fields_26", embed(fields=[{"name": "n", "value": "v"}] * 26), "embeds.0.fields", LONG)
body("field_name_257", embed(fields=[{"name": "x" * 257, "value": "v"}]), "embeds.0.fields.0.name", BAD)
body("field_value_1025", embed(fields=[{"name": "n", "value": "x" * 1025}]), "embeds.0.fields.0.value", BAD)
body("field_without_value", embed(fields=[{"name": "n"}]), "embeds.0.fields.0.value", REQUIRED)
body("field_empty_name", embed(fields=[{"name": "", "value": "v"}]), "embeds.0.fields.0.name", REQUIRED)
body("footer_2049", embed(footer={"text": "x" * 2049}), "embeds.0.footer.text", BAD)
body("footer_no_object", embed(footer="x"), "embeds.0.footer", "MODEL_TYPE_CONVERT")
body("author_257", embed(author={"name": "x" * 257}), "embeds.0.author.name", BAD)
body("author_without_name", embed(author={"url": "https://example.org"}), "embeds.0.author.name", REQUIRED)
body("embed_color", embed(color=0x1000000), "embeds.0.color", "NUMBER_TYPE_MAX")
body("embed_url_no_address", embed(url="somewhere"), "embeds.0.url", "URL_TYPE_INVALID_URL")
body("embed_url_broken", embed(url="https://[1"), "embeds.0.url", "URL_TYPE_INVALID_URL")
body("embed_url_scheme", embed(url="javascript:x"), "embeds.0.url", "URL_TYPE_INVALID_SCHEME")
body("embed_image_scheme", embed(image={"url": "ftp://example.org/x"}), "embeds.0.image.url", "URL_TYPE_INVALID_SCHEME")
body("embed_timestamp", embed(timestamp="yesterday"), "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE")
LARGE = {"description": "x" * 4000}
body("embeds_6001", {"embeds": [LARGE, {"description": "x" * 2001}]}, "embeds.1", "MAX_EMBED_SIZE_EXCEEDED")

# ---- rows, buttons, menus ----
ROWS = [{"type": 1, "components": [button(custom_id=str(n))]} for n in range(6)]
body("rows_6", {"content": "C", "components": ROWS}, "components", LONG)
body("row_empty", row(), "components.0.components", BAD)
body("buttons_6", row(*(button(custom_id=str(n)) for n in range(6))), "components.0.components", BAD)
body("component_unknown", row({"type": 99}), "components.0.components.0.type", "UNION_TYPE_CHOICES")
body("button_outside_row", {"content": "C", "components": [button()]}, "components.0.type", "UNION_TYPE_CHOICES")
body("label_81", row(button(label="x" * 81)), "components.0.components.0.label", LONG)
body("label_missing", row(button(label="")), "components.0.components.0.label", "BUTTON_COMPONENT_INVALID_LABEL")
body("style_missing", row(button(style=None)), "components.0.components.0.style", REQUIRED)
body("style_unknown", row(button(style=9)), "components.0.components.0.style", KIND)
body("custom_id_101", row(button(custom_id="x" * 101)), "components.0.components.0.custom_id", BAD)
body("custom_id_missing", row(button(custom_id=None)), "components.0.components.0.custom_id", REQUIRED)
TWICE = "COMPONENT_CUSTOM_ID_DUPLICATED"
body("custom_id_twice", row(button(), button()), "components.0.components.1.custom_id", TWICE)
SAME = "COMPONENT_ID_DUPLICATED"
body("id_twice", row(button(id=7), button(custom_id="d", id=7)), "components.0.components.1.id", SAME)
LINK = {"style": 5, "custom_id": None}
body("link_without_url", row(button(**LINK)), "components.0.components.0.url", REQUIRED)
body("link_513", row(button(**LINK, url="https://e.org/" + "x" * 500)), "components.0.components.0.url", BAD)
body("link_scheme", row(button(**LINK, url="ftp://e.org")), "components.0.components.0.url", "URL_TYPE_INVALID_SCHEME")
BOTH = button(style=5, url="https://e.org")
NOT_BOTH = "BUTTON_COMPONENT_CUSTOM_ID_NOT_ALLOWED"
body("link_with_custom_id", row(BOTH), "components.0.components.0.custom_id", NOT_BOTH)
NO_URL = "BUTTON_COMPONENT_URL_NOT_ALLOWED"
body("button_with_url", row(button(url="https://e.org")), "components.0.components.0.url", NO_URL)
body("select_and_button", row(select(), button()), "components.0.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED")
OPTIONS = [{"label": "A", "value": str(n)} for n in range(26)]
body("options_26", row(select(options=OPTIONS)), "components.0.components.0.options", BAD)
body("options_none", row(select(options=None)), "components.0.components.0.options", REQUIRED)
body("placeholder_151", row(select(placeholder="x" * 151)), "components.0.components.0.placeholder", LONG)
HIGH = "SELECT_COMPONENT_INVALID_MAX_VALUES"
body("max_values_2_of_1", row(select(max_values=2)), "components.0.components.0.max_values", HIGH)
LOW = "SELECT_COMPONENT_INVALID_MIN_VALUES"
body("min_values_over_max", row(select(min_values=2)), "components.0.components.0.min_values", LOW)
PAIR = [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]
AGAIN = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
body("option_value_twice", row(select(options=PAIR)), "components.0.components.0.options.1.value", AGAIN)
CHOSEN = [{"label": "A", "value": value, "default": True} for value in "ab"]
MANY = "SELECT_COMPONENT_TOO_MANY_DEFAULTS"
body("defaults_2_of_1", row(select(options=CHOSEN)), "components.0.components.0.options", MANY)
DESCRIBED = [{"label": "x" * 101, "value": "a", "description": "x" * 101}]
body("option_label_101", row(select(options=DESCRIBED)), "components.0.components.0.options.0.label", BAD)

# ---- components, version 2 ----
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
body("v2_with_content", {**v2(text()), "content": "x"}, "content", LEGACY)
body("v2_with_embeds", {**v2(text()), "embeds": [{"title": "T"}]}, "embeds", LEGACY)
body("v2_41_at_top", v2(*(text() for _ in range(41))), "components", LONG)
TOTAL = "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"
FULL = {"type": 17, "components": [text() for _ in range(40)]}
body("v2_41_nested", v2(FULL), "components", TOTAL)
body("v2_text_4001", v2(text("x" * 3000), text("x" * 1001)), "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED")
body("v2_without_flag", {"content": "x", "components": [text()]}, "components.0.type", "UNION_TYPE_CHOICES")
NESTED = {"type": 17, "components": [FULL]}
INNER = "components.0.components.0.type"
body("v2_container_in_container", v2(NESTED), INNER, "UNION_TYPE_CHOICES")
body("section_without_accessory", v2({"type": 9, "components": [text()]}), "components.0.accessory", REQUIRED)
THUMB = {"type": 11, "media": {"url": "https://e.org/x.png"}}
body("section_4_texts", v2({"type": 9, "components": [text()] * 4, "accessory": THUMB}), "components.0.components", BAD)
body("gallery_without_media", v2({"type": 12, "items": [{}]}), "components.0.items.0.media", REQUIRED)
FAR = {"type": 13, "file": {"url": "https://e.org/x"}}
body("file_from_elsewhere", v2(FAR), "components.0.file.url", "URL_TYPE_INVALID_SCHEME")
body("separator_spacing", v2({"type": 14, "spacing": 3}), "components.0.spacing", KIND)
MISSING_FILE = v2({"type": 13, "file": {"url": "attachment://none.txt"}})
body("v2_file_not_sent", MISSING_FILE, "components", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND")

# ---- mentions ----
WHOLE = {"parse": ["users"], "users": ["1"]}
EXCLUSIVE = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
body("mentions_exclusive", {"content": "x", "allowed_mentions": WHOLE}, "allowed_mentions", EXCLUSIVE)
UNKNOWN = {"content": "x", "allowed_mentions": {"parse": ["all"]}}
body("mentions_unknown", UNKNOWN, "allowed_mentions.parse.0", KIND)
CROWD = {"content": "x", "allowed_mentions": {"users": [str(n) for n in range(101)]}}
body("mentions_101", CROWD, "allowed_mentions.users", LONG)
NOBODY = {"content": "x", "allowed_mentions": {"roles": ["x"]}}
body("mentions_no_id", NOBODY, "allowed_mentions.roles.0", "NUMBER_TYPE_COERCE")
body("mentions_no_object", {"content": "x", "allowed_mentions": 1}, "allowed_mentions", "MODEL_TYPE_CONVERT")


# ---- what is no fault of one field ----
@refuses(400, 50006)
async def empty(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, {"content": " \n "})


@refuses(400, 50006)
async def buttons_alone(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, {**row(button()), "content": ""})


@refuses(400, 50006)
async def empty_embed(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, {"embeds": [{}]})


@refuses(400, 50006)
async def edited_to_nothing(stage: Stage) -> Answer:
    return await stage.api("PATCH", f"{stage.messages}/{stage.posted().id}", {"content": None})


@refuses(400, 50035, "CONTENT_TYPE_INVALID", "")
async def wrong_content_type(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, data=b"content=x", headers={"Content-Type": "text/plain"})


@refuses(400, 50035, "CONTENT_TYPE_INVALID", "")
async def form_within_form(stage: Stage) -> Answer:
    inner, outer = aiohttp.MultipartWriter("mixed"), aiohttp.MultipartWriter("form-data")
    inner.append("x")
    outer.append(inner).set_content_disposition("form-data", name="files[0]")
    return await stage.api("POST", stage.messages, data=outer)


@refuses(400, 50109)
async def broken_json(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, data=b"{", headers={"Content-Type": "application/json"})


@refuses(400, 50146)
async def attachment_not_sent(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, {"content": "x", "attachments": [{"id": "3", "filename": "x"}]})


@refuses(413, 40005)
async def file_too_large(stage: Stage) -> Answer:
    form = aiohttp.FormData()
    form.add_field("files[0]", io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), filename="x.bin")
    return await stage.api("POST", stage.messages, data=form)


@refuses(400, 50035, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message_reference")
async def reply_to_nothing(stage: Stage) -> Answer:
    return await stage.api("POST", stage.messages, {"content": "x", "message_reference": {"message_id": "1"}})


@refuses(403, 160002)
async def reply_without_history(stage: Stage) -> Answer:
    target = stage.said()
    stage.take(permissions.READ_MESSAGE_HISTORY)
    reference = {"message_id": str(target.id)}
    return await stage.api("POST", stage.messages, {"content": "x", "message_reference": reference})


@refuses(400, 50035, "QUERY_EXCLUSIVE", "around")
async def before_and_after(stage: Stage) -> Answer:
    return await stage.api("GET", f"{stage.messages}?before=2&after=1")


@refuses(400, 50035, "NUMBER_TYPE_MAX", "limit")
async def limit_101(stage: Stage) -> Answer:
    return await stage.api("GET", f"{stage.messages}?limit=101")


@refuses(400, 50035, "NUMBER_TYPE_COERCE", "limit")
async def limit_no_number(stage: Stage) -> Answer:
    return await stage.api("GET", f"{stage.messages}?limit=all")


@refuses(400, 50035, "NUMBER_TYPE_COERCE", "after")
async def after_no_id(stage: Stage) -> Answer:
    return await stage.api("GET", f"{stage.messages}?after=x")


# ---- edits ----
@refuses(403, 50005)
async def edit_of_another(stage: Stage) -> Answer:
    return await stage.api("PATCH", f"{stage.messages}/{stage.said().id}", {"content": "x"})


@refuses(403, 50013)
async def suppress_embeds_of_another(stage: Stage) -> Answer:
    message = stage.said()
    stage.take(permissions.MANAGE_MESSAGES)
    return await stage.api("PATCH", f"{stage.messages}/{message.id}", {"flags": 4})


@refuses(403, 50021)
async def edit_of_a_system_message(stage: Stage) -> Answer:
    await stage.api("POST", f"/channels/{stage.news.id}/threads", {"name": "t", "type": 11})
    notice = stage.sandbox.messages(stage.news)[-1]
    return await stage.api("PATCH", f"{stage.messages}/{notice.id}", {"content": "x"})


@refuses(400, 50035, "MESSAGE_FLAGS_COMPONENTS_V2_CANNOT_BE_REMOVED", "flags")
async def v2_turned_back(stage: Stage) -> Answer:
    _, made = await stage.api("POST", stage.messages, v2(text()))
    return await stage.api("PATCH", f"{stage.messages}/{made['id']}", {"flags": 0, "components": []})


@refuses(400, 50035, LEGACY, "content")
async def v2_given_content(stage: Stage) -> Answer:
    _, made = await stage.api("POST", stage.messages, v2(text()))
    return await stage.api("PATCH", f"{stage.messages}/{made['id']}", {"content": "x"})


@refuses(400, 50035, LEGACY, "flags")
async def v2_over_content(stage: Stage) -> Answer:
    return await stage.api("PATCH", f"{stage.messages}/{stage.posted().id}", v2(text()))


@refuses(400, 50083)
async def edit_in_archived_thread(stage: Stage) -> Answer:
    thread = stage.thread()
    message = stage.posted(channel=thread)
    stage.world.archive_thread(thread)
    return await stage.api("PATCH", f"/channels/{thread.id}/messages/{message.id}", {"content": "x"})


@refuses(400, 50083)
async def delete_in_archived_thread(stage: Stage) -> Answer:
    thread = stage.thread()
    message = stage.posted(channel=thread)
    stage.world.archive_thread(thread)
    return await stage.api("DELETE", f"/channels/{thread.id}/messages/{message.id}")


@refuses(429, 30046)
async def many_edits_of_an_old_message(stage: Stage) -> Answer:
    message = stage.posted()
    stage.clock.advance(3601)
    stage.sandbox.core.limiter.enabled = True
    for _ in range(3):
        status, _ = await stage.api("PATCH", f"{stage.messages}/{message.id}", {"content": "x"})
        assert status == 200
    return await stage.api("PATCH", f"{stage.messages}/{message.id}", {"content": "x"})


# ---- deleting, pinning, reacting ----
@refuses(403, 50013)
async def delete_of_another(stage: Stage) -> Answer:
    message = stage.said()
    stage.take(permissions.MANAGE_MESSAGES)
    return await stage.api("DELETE", f"{stage.messages}/{message.id}")


@refuses(404, 10008)
async def unknown_message(stage: Stage) -> Answer:
    return await stage.api("DELETE", f"{stage.messages}/1")


@refuses(400, 50016)
async def bulk_delete_of_one(stage: Stage) -> Answer:
    return await stage.api("POST", f"{stage.messages}/bulk-delete", {"messages": [str(stage.posted().id)]})


@refuses(400, 50034)
async def bulk_delete_of_old(stage: Stage) -> Answer:
    ids = [str(stage.posted().id), str(stage.posted().id)]
    stage.clock.advance(15 * 86400)
    return await stage.api("POST", f"{stage.messages}/bulk-delete", {"messages": ids})


@refuses(400, 40033)
async def crossposted_twice(stage: Stage) -> Answer:
    channel = stage.world.add_channel(stage.guild, "announcements", 5)
    path = f"/channels/{channel.id}/messages/{stage.posted(channel=channel).id}/crosspost"
    await stage.api("POST", path)
    return await stage.api("POST", path)


@refuses(403, 50013)
async def pin_with_manage_messages_alone(stage: Stage) -> Answer:
    stage.take(permissions.PIN_MESSAGES)
    return await stage.api("PUT", f"{stage.messages}/pins/{stage.posted().id}")


@refuses(400, 30003)
async def pin_number_251(stage: Stage) -> Answer:
    for _ in range(250):
        stage.posted().pinned_at = 1.0
    return await stage.api("PUT", f"{stage.messages}/pins/{stage.posted().id}")


@refuses(404, 10014)
async def unknown_emoji(stage: Stage) -> Answer:
    return await stage.api("PUT", f"{stage.messages}/{stage.posted().id}/reactions/nothing/@me")


@refuses(403, 50013)
async def reaction_without_right(stage: Stage) -> Answer:
    stage.take(permissions.ADD_REACTIONS)
    return await stage.api("PUT", f"{stage.messages}/{stage.posted().id}/reactions/🔥/@me")


@refuses(400, 30010)
async def reaction_number_21(stage: Stage) -> Answer:
    message = stage.posted()
    message.reactions = {chr(0x1F600 + number): [1] for number in range(20)}
    return await stage.api("PUT", f"{stage.messages}/{message.id}/reactions/🔥/@me")
