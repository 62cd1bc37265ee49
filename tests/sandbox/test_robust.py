"""Whatever is sent, the server answers; nothing grows without bound."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sandbox_harness import Http

from sandbox.errors import ApiError, Form
from sandbox.rules import commands
from sandbox.rules import messages as checks_messages
from sandbox.server import Sandbox
from sandbox.values import Clock
from sandbox.world import messages
from sandbox.world.compose import Upload
from sandbox.world.messages import MessageDraft, Messages
from sandbox.world.model_message import FLAG_COMPONENTS_V2
from sandbox.world.state import World

KEYS = [
    *("content", "embeds", "components", "flags", "nonce", "allowed_mentions", "attachments", "message_reference"),
    *("title", "description", "fields", "name", "value", "footer", "text", "author", "url", "image", "timestamp"),
    *("type", "style", "label", "custom_id", "options", "accessory", "media", "items", "parse", "users", "id"),
    *("choices", "autocomplete", "min_value", "max_value", "required", "default_member_permissions"),
]
LEAVES = st.none() | st.booleans() | st.integers(-5, 20) | st.text(max_size=5) | st.sampled_from(["https://e.org", "a"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)
BODIES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)


@settings(max_examples=400, deadline=None)
@given(BODIES, st.booleans())
@example({"options": [{"name": []}, {"name": {}}]}, False)
@example({"options": [{"choices": [{"name": [], "value": []}, {"name": [], "value": {}}]}]}, False)
@example({"components": [{"type": 1, "components": [{"type": 3, "options": [{"value": []}, {"value": {}}]}]}]}, False)
def test_no_body_breaks_the_checks(body: dict[str, Any], v2: bool) -> None:
    checks_messages.check(Form(), body, v2=v2)
    commands.check(Form(), body)


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_no_accepted_body_breaks_the_message(body: dict[str, Any]) -> None:
    """A body without faults makes a message, or is refused for what it lacks as a whole."""
    form = Form()
    flags = checks_messages.flags_of(body)
    checks_messages.check(form, body, v2=bool(flags & FLAG_COMPONENTS_V2))
    world = World(Clock())
    channel = world.add_channel(world.add_guild("G"), "c")
    draft = MessageDraft(channel, world.bot, body, flags=checks_messages.settable(flags, ephemeral=True))
    with contextlib.suppress(ApiError):  # anything else is a fault of ours
        form.check()
        assert Messages(world).create(draft).to_json()["channel_id"] == str(channel.id)


async def test_deep_json_is_refused(http: Http, sandbox: Sandbox) -> None:
    data = b"[" * 100_000 + b"]" * 100_000
    path = f"/channels/{sandbox.channel('news').id}/messages"
    status, answer = await http.api("POST", path, data=data, headers={"Content-Type": "application/json"})
    assert (status, answer["code"]) == (400, 50109)


async def test_messages_and_files_are_bounded(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_MESSAGES", 10)
    monkeypatch.setattr(messages, "MAX_FILE_BYTES", 100)
    monkeypatch.setattr(messages, "MAX_NONCES", 5)
    news, core = sandbox.channel("news"), sandbox.core
    for number in range(20):
        uploads = [Upload(0, "x.txt", b"x" * 30, "text/plain")]
        core.messages.create(MessageDraft(news, core.world.bot, {"nonce": str(number)}, uploads))
    assert len(core.messages.all(news.id)) == 10
    assert core.messages._file_bytes <= 100
    assert len(core.messages.nonces._seen) == 5


async def test_a_broken_request_leaves_the_server_alive(sandbox: Sandbox, http: Http) -> None:
    for path in ("/channels/99999999999999999999999/messages", "/channels/-1/messages", "/guilds/%00/channels"):
        status, _ = await http.api("GET", path)
        assert 400 <= status < 500
    assert (await http.api("GET", "/users/@me"))[0] == 200
