"""Places that the bot may not enter, and what Discord refuses about channels, threads, webhooks, guilds and people."""

from __future__ import annotations

import io
from typing import Any

from refusals import Answer, Cases, Stage

from sandbox.world import permissions

cases = Cases()
refuses, body = cases.refuses, cases.body
SAY = {"content": "x"}
BAD, REQUIRED, KIND = "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED", "BASE_TYPE_CHOICES"


# ---- who asks, and for what ----
@refuses(401, 0)
async def wrong_token(stage: Stage) -> Answer:
    return await stage.api("GET", "/users/@me", headers={"Authorization": "Bot other"})


@refuses(404, 0)
async def unknown_route(stage: Stage) -> Answer:
    return await stage.api("GET", "/nothing")


@refuses(405, 0)
async def wrong_method(stage: Stage) -> Answer:
    return await stage.api("PUT", "/users/@me")


@refuses(400, 50035, "NUMBER_TYPE_COERCE", "channel_id")
async def channel_no_id(stage: Stage) -> Answer:
    return await stage.api("GET", "/channels/news")


@refuses(429, 0)
async def too_fast(stage: Stage) -> Answer:
    stage.sandbox.core.limiter.enabled = True
    for _ in range(5):
        assert (await stage.api("POST", stage.messages, SAY))[0] == 200
    return await stage.api("POST", stage.messages, SAY)


@refuses(429, 0)
async def too_fast_in_all(stage: Stage) -> Answer:
    stage.sandbox.core.limiter.enabled = True
    stage.sandbox.core.limiter.global_limit = 1
    assert (await stage.api("GET", "/users/@me"))[0] == 200
    return await stage.api("GET", "/gateway/bot")


# ---- channels ----
@refuses(404, 10003)
async def unknown_channel(stage: Stage) -> Answer:
    return await stage.api("POST", "/channels/1/messages", SAY)


@refuses(403, 50001)
async def hidden_channel(stage: Stage) -> Answer:
    stage.take(permissions.VIEW_CHANNEL)
    return await stage.api("GET", f"/channels/{stage.news.id}")


@refuses(403, 50013)
async def read_only_channel(stage: Stage) -> Answer:
    stage.take(permissions.SEND_MESSAGES)
    return await stage.api("POST", stage.messages, SAY)


@refuses(403, 50013)
async def embed_without_right(stage: Stage) -> Answer:
    stage.take(permissions.EMBED_LINKS)
    return await stage.api("POST", stage.messages, {"embeds": [{"title": "T"}]})


@refuses(403, 50013)
async def embed_by_edit_without_right(stage: Stage) -> Answer:
    message = stage.posted()
    stage.take(permissions.EMBED_LINKS)
    return await stage.api("PATCH", f"{stage.messages}/{message.id}", {"embeds": [{"title": "T"}]})


@refuses(403, 50013)
async def file_without_right(stage: Stage) -> Answer:
    stage.take(permissions.ATTACH_FILES)
    return await stage.api("POST", stage.messages, data={"files[0]": io.BytesIO(b"x")})


@refuses(403, 50001)
async def one_message_without_history(stage: Stage) -> Answer:
    message = stage.said()
    stage.take(permissions.READ_MESSAGE_HISTORY)
    return await stage.api("GET", f"{stage.messages}/{message.id}")


@refuses(400, 40058)
async def message_in_forum(stage: Stage) -> Answer:
    return await stage.api("POST", f"/channels/{stage.forum.id}/messages", SAY)


@refuses(400, 50024)
async def messages_of_forum(stage: Stage) -> Answer:
    return await stage.api("GET", f"/channels/{stage.forum.id}/messages")


@refuses(400, 50008)
async def message_in_category(stage: Stage) -> Answer:
    category = stage.world.add_channel(stage.guild, "All", 4)
    return await stage.api("POST", f"/channels/{category.id}/messages", SAY)


@refuses(403, 50013)
async def change_channel(stage: Stage) -> Answer:
    return await stage.api("PATCH", f"/channels/{stage.news.id}", {"name": "x"})


@refuses(403, 50013)
async def delete_channel(stage: Stage) -> Answer:
    return await stage.api("DELETE", f"/channels/{stage.news.id}")


@refuses(400, 50003)
async def change_direct_channel(stage: Stage) -> Answer:
    channel = stage.world.direct_channel(stage.world.owner)
    return await stage.api("PATCH", f"/channels/{channel.id}", {"name": "x"})


async def _changed(stage: Stage, **parts: Any) -> Answer:
    stage.give(permissions.MANAGE_CHANNELS | permissions.MANAGE_ROLES)
    return await stage.api("PATCH", f"/channels/{stage.news.id}", parts)


@refuses(400, 50035, BAD, "name")
async def channel_name_101(stage: Stage) -> Answer:
    return await _changed(stage, name="x" * 101)


@refuses(400, 50035, "CHANNEL_PARENT_INVALID", "parent_id")
async def channel_in_no_category(stage: Stage) -> Answer:
    return await _changed(stage, parent_id="1")


@refuses(400, 50035, "NUMBER_TYPE_COERCE", "permission_overwrites.0")
async def overwrite_without_id(stage: Stage) -> Answer:
    return await _changed(stage, permission_overwrites=[{"type": 0}])


@refuses(403, 50013)
async def overwrite_beyond_own_rights(stage: Stage) -> Answer:
    stage.give(permissions.MANAGE_ROLES)
    path = f"/channels/{stage.news.id}/permissions/{stage.guild.id}"
    return await stage.api("PUT", path, {"type": 0, "allow": str(permissions.MANAGE_GUILD)})


@refuses(403, 50013)
async def overwrite_without_right(stage: Stage) -> Answer:
    return await stage.api("PUT", f"/channels/{stage.news.id}/permissions/{stage.guild.id}", {"type": 0})


@refuses(404, 10009)
async def unknown_overwrite(stage: Stage) -> Answer:
    stage.give(permissions.MANAGE_ROLES)
    return await stage.api("DELETE", f"/channels/{stage.news.id}/permissions/1")


@refuses(403, 50013)
async def create_channel(stage: Stage) -> Answer:
    return await stage.api("POST", f"/guilds/{stage.guild.id}/channels", {"name": "x"})


@refuses(400, 50035, KIND, "type")
async def create_channel_of_no_kind(stage: Stage) -> Answer:
    stage.give(permissions.MANAGE_CHANNELS)
    return await stage.api("POST", f"/guilds/{stage.guild.id}/channels", {"name": "x", "type": 99})


@refuses(400, 30013)
async def channel_number_501(stage: Stage) -> Answer:
    stage.give(permissions.MANAGE_CHANNELS)
    for number in range(500 - len(stage.guild.channels)):
        stage.world.add_channel(stage.guild, str(number))
    return await stage.api("POST", f"/guilds/{stage.guild.id}/channels", {"name": "x"})


# ---- threads and posts ----
@refuses(403, 160005)
async def message_in_locked_thread(stage: Stage) -> Answer:
    return await stage.api("POST", f"/channels/{stage.thread(locked=True).id}/messages", SAY)


@refuses(403, 50013)
async def message_in_thread_without_right(stage: Stage) -> Answer:
    thread = stage.thread()
    stage.take(permissions.SEND_MESSAGES_IN_THREADS)
    return await stage.api("POST", f"/channels/{thread.id}/messages", SAY)


@refuses(403, 50013)
async def thread_without_right(stage: Stage) -> Answer:
    stage.take(permissions.CREATE_PUBLIC_THREADS)
    return await stage.api("POST", f"{stage.messages}/{stage.posted().id}/threads", {"name": "t"})


@refuses(400, 50035, BAD, "name")
async def thread_name_101(stage: Stage) -> Answer:
    return await stage.api("POST", f"{stage.messages}/{stage.posted().id}/threads", {"name": "x" * 101})


@refuses(400, 50035, REQUIRED, "name")
async def thread_without_name(stage: Stage) -> Answer:
    return await stage.api("POST", f"/channels/{stage.news.id}/threads", {"type": 11})


@refuses(400, 50035, KIND, "auto_archive_duration")
async def thread_duration(stage: Stage) -> Answer:
    return await stage.api(
        "POST", f"/channels/{stage.news.id}/threads", {"name": "t", "type": 11, "auto_archive_duration": 61}
    )


@refuses(400, 160004)
async def second_thread_of_a_message(stage: Stage) -> Answer:
    path = f"{stage.messages}/{stage.posted().id}/threads"
    assert (await stage.api("POST", path, {"name": "t"}))[0] == 201
    return await stage.api("POST", path, {"name": "t"})


@refuses(400, 50024)
async def thread_in_thread(stage: Stage) -> Answer:
    return await stage.api("POST", f"/channels/{stage.thread().id}/threads", {"name": "t", "type": 11})


@refuses(400, 160006)
async def thread_number_1001(stage: Stage) -> Answer:
    for _ in range(1000):
        stage.thread()
    return await stage.api("POST", f"/channels/{stage.news.id}/threads", {"name": "t", "type": 11})


@refuses(403, 50013)
async def lock_without_right(stage: Stage) -> Answer:
    return await stage.api("PATCH", f"/channels/{stage.thread().id}", {"locked": True})


@refuses(400, 50083)
async def rename_archived_thread(stage: Stage) -> Answer:
    return await stage.api("PATCH", f"/channels/{stage.thread(archived=True).id}", {"name": "x"})


@refuses(400, 50083)
async def join_archived_thread(stage: Stage) -> Answer:
    return await stage.api("PUT", f"/channels/{stage.thread(archived=True).id}/thread-members/@me")


def post(**parts: Any) -> dict[str, Any]:
    return {"name": "A post", "message": SAY, **parts}


FORUM = "/channels/{forum}/threads"
body("post_name_101", post(name="x" * 101), "name", BAD, path=FORUM)
body("post_without_message", {"name": "x"}, "message", REQUIRED, path=FORUM)
body("post_content_2001", post(message={"content": "x" * 2001}), "message.content", "BASE_TYPE_MAX_LENGTH", path=FORUM)
body("post_unknown_tag", post(applied_tags=["1"]), "applied_tags.0", "INVALID_FORUM_TAG", path=FORUM)
TAGS_6 = [str(number) for number in range(6)]
body("post_6_tags", post(applied_tags=TAGS_6), "applied_tags", "BASE_TYPE_MAX_LENGTH", path=FORUM)


@refuses(400, 50006)
async def post_without_content(stage: Stage) -> Answer:
    answer = await stage.api("POST", f"/channels/{stage.forum.id}/threads", post(message={}))
    assert not stage.guild.threads
    return answer


@refuses(400, 40067)
async def post_without_its_tag(stage: Stage) -> Answer:
    return await stage.api("POST", f"/channels/{stage.tagged.id}/threads", post())


@refuses(400, 40066)
async def post_with_moderated_tags_alone(stage: Stage) -> Answer:
    stage.tagged.tags[0].moderated = True
    return await stage.api("POST", f"/channels/{stage.tagged.id}/threads", post())


@refuses(403, 50013)
async def post_with_a_moderators_tag(stage: Stage) -> Answer:
    stage.forum.tags[0].moderated = True
    tags = [str(stage.forum.tags[0].id)]
    return await stage.api("POST", f"/channels/{stage.forum.id}/threads", post(applied_tags=tags))


@refuses(403, 50013)
async def post_without_right(stage: Stage) -> Answer:
    stage.take(permissions.SEND_MESSAGES, stage.forum)
    return await stage.api("POST", f"/channels/{stage.forum.id}/threads", post())


@refuses(403, 50013)
async def archived_threads_without_history(stage: Stage) -> Answer:
    stage.take(permissions.READ_MESSAGE_HISTORY)
    return await stage.api("GET", f"/channels/{stage.news.id}/threads/archived/public")


@refuses(400, 50035, "DATE_TIME_TYPE_PARSE", "before")
async def archived_threads_before_no_time(stage: Stage) -> Answer:
    return await stage.api("GET", f"/channels/{stage.news.id}/threads/archived/public?before=x")


# ---- webhooks ----
@refuses(403, 50013)
async def webhook_without_right(stage: Stage) -> Answer:
    return await stage.api("POST", f"/channels/{stage.news.id}/webhooks", {"name": "x"})


async def _webhook(stage: Stage, name: str = "Hook", channel: int = 0) -> Answer:
    stage.give(permissions.MANAGE_WEBHOOKS)
    return await stage.api("POST", f"/channels/{channel or stage.news.id}/webhooks", {"name": name})


@refuses(400, 50035, "USERNAME_INVALID_CONTAINS", "name")
async def webhook_named_discord(stage: Stage) -> Answer:
    return await _webhook(stage, "My Discord hook")


@refuses(400, 50024)
async def webhook_of_a_thread(stage: Stage) -> Answer:
    return await _webhook(stage, channel=stage.thread().id)


@refuses(400, 30007)
async def webhook_number_16(stage: Stage) -> Answer:
    for _ in range(15):
        assert (await _webhook(stage))[0] == 200
    return await _webhook(stage)


@refuses(404, 10015)
async def unknown_webhook(stage: Stage) -> Answer:
    return await stage.api("POST", "/webhooks/1/token", SAY)


@refuses(401, 50027)
async def webhook_token(stage: Stage) -> Answer:
    _, hook = await _webhook(stage)
    return await stage.api("POST", f"/webhooks/{hook['id']}/other", SAY)


async def _by_webhook(stage: Stage, body: Any, channel: int = 0, query: str = "") -> Answer:
    _, hook = await _webhook(stage, channel=channel)
    return await stage.api("POST", f"/webhooks/{hook['id']}/{hook['token']}{query}", body)


@refuses(400, 50006)
async def empty_by_webhook(stage: Stage) -> Answer:
    return await _by_webhook(stage, {})


@refuses(400, 220001)
async def webhook_in_forum(stage: Stage) -> Answer:
    return await _by_webhook(stage, SAY, stage.forum.id)


@refuses(400, 220003)
async def webhook_makes_thread_in_text(stage: Stage) -> Answer:
    return await _by_webhook(stage, {**SAY, "thread_name": "t"})


@refuses(404, 10003)
async def webhook_in_a_strange_thread(stage: Stage) -> Answer:
    thread = stage.world.add_thread(stage.forum, "t", stage.world.owner)
    return await _by_webhook(stage, SAY, query=f"?thread_id={thread.id}")


@refuses(400, 50083)
async def webhook_in_locked_thread(stage: Stage) -> Answer:
    return await _by_webhook(stage, SAY, query=f"?thread_id={stage.thread(archived=True, locked=True).id}")


@refuses(404, 10008)
async def webhook_edits_anothers(stage: Stage) -> Answer:
    _, hook = await _webhook(stage)
    return await stage.api("PATCH", f"/webhooks/{hook['id']}/{hook['token']}/messages/{stage.said().id}", SAY)


# ---- guilds and people ----
@refuses(404, 10004)
async def unknown_guild(stage: Stage) -> Answer:
    return await stage.api("GET", "/guilds/1")


@refuses(403, 50001)
async def guild_without_the_bot(stage: Stage) -> Answer:
    stage.world.remove_bot(stage.guild)
    return await stage.api("GET", f"/guilds/{stage.guild.id}/channels")


@refuses(404, 10007)
async def unknown_member(stage: Stage) -> Answer:
    stranger = stage.world.add_user("stranger")
    return await stage.api("GET", f"/guilds/{stage.guild.id}/members/{stranger.id}")


@refuses(404, 10013)
async def unknown_user(stage: Stage) -> Answer:
    return await stage.api("GET", "/users/1")


@refuses(403, 50001)
async def members_without_intent(stage: Stage) -> Answer:
    return await stage.api("GET", f"/guilds/{stage.guild.id}/members")


@refuses(400, 50033)
async def message_to_nobody(stage: Stage) -> Answer:
    return await stage.api("POST", "/users/@me/channels", {"recipient_id": "1"})


@refuses(400, 50035, REQUIRED, "recipient_id")
async def direct_channel_without_recipient(stage: Stage) -> Answer:
    return await stage.api("POST", "/users/@me/channels", {})


@refuses(403, 50007)
async def closed_direct_messages(stage: Stage) -> Answer:
    stage.world.owner.accepts_dms = False
    _, channel = await stage.api("POST", "/users/@me/channels", {"recipient_id": str(stage.world.owner.id)})
    return await stage.api("POST", f"/channels/{channel['id']}/messages", SAY)


@refuses(404, 10011)
async def unknown_role(stage: Stage) -> Answer:
    return await stage.api("PUT", f"/guilds/{stage.guild.id}/members/{stage.world.owner.id}/roles/1")


@refuses(403, 50013)
async def role_without_right(stage: Stage) -> Answer:
    role = stage.world.add_role(stage.guild, "Fans")
    return await stage.api("PUT", f"/guilds/{stage.guild.id}/members/{stage.world.owner.id}/roles/{role.id}")


body("nick_33", {"nick": "x" * 33}, "nick", "BASE_TYPE_MAX_LENGTH", method="PATCH", path="/guilds/{guild}/members/@me")
body("username_1", {"username": "x"}, "username", BAD, method="PATCH", path="/users/@me")
