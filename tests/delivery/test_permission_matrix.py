"""Every permission taken away once for each kind of channel and each layout: named, or not needed.

The bot is asked about a part of this table in `tests/bot/test_lacking_permissions.py`; here stands all of it.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import discord
import pytest

from delivery.checkup import role_note
from delivery.dispatcher import Blocked
from delivery.places import Places, has_threads
from delivery.refusals import thread_note, unreadable
from storage.layouts import Layout

PLAIN = {"view_channel": "View Channel", "send_messages": "Send Messages", "embed_links": "Embed Links"}
INSIDE = {"send_messages_in_threads": "Send Messages in Threads"}
IN_THREAD = {"view_channel": "View Channel", "embed_links": "Embed Links", **INSIDE}
BELOW = {"create_public_threads": "Create Public Threads", **INSIDE}
POSTS = PLAIN | {"send_messages": "Create Posts", "send_messages_in_threads": "Send Messages in Posts"}
IN_VOICE = PLAIN | {"connect": "Connect"}
IN_CHANNEL = (Layout.AUTO, Layout.ITEMS, Layout.DIGEST)
# kind of channel, layouts that it takes, what these need
KINDS: dict[str, tuple[type[Any], tuple[Layout, ...], dict[str, str]]] = {
    "text": (discord.TextChannel, (*IN_CHANNEL, Layout.THREAD), PLAIN),
    "announcement": (discord.TextChannel, (*IN_CHANNEL, Layout.THREAD), PLAIN),
    "forum": (discord.ForumChannel, (Layout.FORUM,), POSTS),
    "thread": (discord.Thread, IN_CHANNEL, IN_THREAD),
    "voice": (discord.VoiceChannel, IN_CHANNEL, IN_VOICE),
    "stage": (discord.StageChannel, IN_CHANNEL, IN_VOICE),
}
PAIRS = [(kind, layout) for kind, (_, layouts, _) in KINDS.items() for layout in layouts]
# discord.py calls one by its older name where it lists them
EVERY = ["view_channel" if name == "read_messages" else name for name, _ in discord.Permissions.all()]


def place_without(kind: str, *names: str) -> Any:
    """A channel of this kind in which Herald may do all but this."""
    found = Mock(spec=KINDS[kind][0])
    found.name, found.guild.me = "den", Mock(spec=discord.Member)
    found.guild.me.is_timed_out.return_value = False
    allowed = discord.Permissions.all()
    allowed.update(**dict.fromkeys(names, False))
    found.permissions_for.return_value = allowed
    if kind == "forum":
        found.flags.require_tag = False
    if kind == "thread":
        found.locked = False
    return found


def told(place: Any, layout: Layout) -> str:
    """Return all that is said of a channel: what keeps it from being posted to, and what works less well."""
    try:
        Places.check(place, layout)
    except Blocked as reason:
        return str(reason)
    notes = (
        unreadable(place, place.guild.me),
        thread_note(place, place.guild.me, shares_messages=layout.shares_messages),
    )
    return " ".join(note for note in notes if note)


@pytest.mark.parametrize(("kind", "layout"), PAIRS, ids=str)
def test_each_permission_that_is_needed_is_named_and_no_other(kind: str, layout: Layout) -> None:
    needed = dict(KINDS[kind][2])
    if layout is Layout.THREAD or (layout is Layout.AUTO and has_threads(place_without(kind))):
        needed |= BELOW
    assert told(place_without(kind), layout) == ""
    for permission in EVERY:
        said = told(place_without(kind, permission), layout)
        if label := needed.get(permission):
            assert label in said, (permission, said)
            assert "#den" in said
        elif permission == "read_message_history":
            assert "#den" in said, said
        else:
            assert said == "", (permission, said)


@pytest.mark.parametrize(("kind", "layout"), PAIRS, ids=str)
def test_all_that_lacks_is_named_at_once(kind: str, layout: Layout) -> None:
    needed = KINDS[kind][2] | (BELOW if layout is Layout.THREAD else {})
    said = told(place_without(kind, *needed), layout)
    assert all(label in said for label in needed.values()), said


@pytest.mark.parametrize("kind", KINDS)
def test_a_layout_that_a_channel_does_not_take_is_refused_by_name(kind: str) -> None:
    is_forum = kind == "forum"
    for layout in Layout:
        if layout.needs_forum is not is_forum:
            assert "#den" in told(place_without(kind), layout)


def test_a_locked_thread_and_a_tag_that_only_moderators_give_ask_for_manage_threads() -> None:
    thread, forum = place_without("thread", "manage_threads"), place_without("forum", "manage_threads")
    thread.locked, forum.flags.require_tag = True, True
    forum.available_tags = [Mock(moderated=True)]
    assert "#den" in told(thread, Layout.ITEMS)
    assert "Manage Threads" in told(forum, Layout.FORUM)
    forum.available_tags = []
    assert "asks for a tag and has none" in told(forum, Layout.FORUM)
    forum.available_tags = [Mock(moderated=False)]
    assert told(forum, Layout.FORUM) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_role_that_nobody_may_mention_is_a_note_in_every_kind_of_channel(kind: str) -> None:
    for may_mention_all, mentionable in ((False, False), (False, True), (True, False)):
        place = place_without(kind, *([] if may_mention_all else ["mention_everyone"]))
        role = place.guild.get_role.return_value = Mock(spec=discord.Role, mentionable=mentionable)
        role.name, role.is_default.return_value = "readers", False
        said = role_note(place, 5) or ""
        assert ("@readers" in said and "#den" in said) is not (may_mention_all or mentionable)
