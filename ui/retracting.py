"""The questions of `/repost` and `/withdraw`, and their reports."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from clock import utc_now
from digest.render.markdown import cut, plain_inline
from storage.history import HistoryEvent
from storage.layouts import OnRemoved
from storage.records import Subscription
from storage.reposting import Effect
from ui.counts import counted_channels
from ui.locales import N_, spoken
from ui.resting import quiet_line

_NAMED = 10  # channels named at most


_POST = N_("Post {number} message", "Post {number} messages")
_UPDATE = N_("Update {number} message", "Update {number} messages")
_WITHDRAW = N_("Withdraw {number} message", "Withdraw {number} messages")
_UP_TO_DATE = N_(
    "{number} message will be brought up to date or shown again",
    "{number} messages will be brought up to date or shown again",
)
_POSTED_AGAIN = N_("{number} message will be posted again", "{number} messages will be posted again")
_STRUCK = N_("{number} message will be struck through", "{number} messages will be struck through")
_DELETED = N_("{number} message will be deleted", "{number} messages will be deleted")
_EDITED = N_("{number} message will be edited to show the rest", "{number} messages will be edited to show the rest")
_DROPPED = N_("{number} message will not be posted any more", "{number} messages will not be posted any more")


def repost_question(title: str, place: str, effect: Effect, *, in_place: bool, earlier: HistoryEvent | None) -> str:
    """Return the question, with a note if the same was reposted a moment ago."""
    words, name = spoken(), plain_inline(cut(title, 200))
    if not in_place:
        question = words("Post **{title}** in {channel} again?", title=name, channel=place)
    else:
        parts = _parts((effect.edited, _UP_TO_DATE), (effect.posted, _POSTED_AGAIN))
        question = words("Bring **{title}** in {channel} up to date? {parts}", title=name, channel=place, parts=parts)
    if earlier is None or earlier.at is None:
        return question
    when = discord.utils.format_dt(earlier.at, "R")
    same = words("{person} reposted the same there {when}.", person=somebody(earlier.user_id), when=when)
    return f"{question}\n⚠️ {same}"


def somebody(user_id: int | None) -> str:
    """Return a user's mention, or "Somebody" if it is unknown who it was."""
    return f"<@{user_id}>" if user_id is not None else spoken()("Somebody")


def repost_label(count: int, *, in_place: bool) -> str:
    """Return the label of the button that confirms a repost."""
    return spoken().counted(count, *(_UPDATE if in_place else _POST))


def repeated(event: HistoryEvent, place: str) -> str:
    """Return the report that somebody else reposted the same while the question was open."""
    return spoken()(
        "{person} has just posted the same in {channel}, so nothing was posted twice. Run the command again to post it "
        "once more.",
        person=somebody(event.user_id),
        channel=place,
    )


def reposted(count: int, place: str, subscription: Subscription) -> str:
    """Return the result of a repost."""
    words = spoken()
    text = words.counted(
        count, "{number} message queued for {channel}.", "{number} messages queued for {channel}.", channel=place
    )
    if subscription.paused_at is not None:
        return words.sentences([text, words("It is paused: /resume lets it post.")])
    return "\n".join(filter(None, [text, quiet_line(subscription.options, utc_now(), words)]))


def withdraw_question(title: str, channels: Sequence[str], effects: Sequence[Effect], how: OnRemoved) -> str:
    """Return the question, with what would happen to how many messages."""
    words, more = spoken(), len(channels) - _NAMED
    rest = words.counted(more, "{number} more channel", "{number} more channels")
    where = words.listed([*channels[:_NAMED], *([rest] if more > 0 else [])])
    parts = _parts(
        (sum(one.marked for one in effects), _STRUCK),
        (sum(one.deleted for one in effects), _DELETED),
        (sum(one.edited for one in effects), _EDITED),
        (sum(one.dropped for one in effects), _DROPPED),
    )
    deletes = how is OnRemoved.DELETE
    question = N_("Delete **{title}** in {channels}?") if deletes else N_("Withdraw **{title}** in {channels}?")
    stays = words("It stays withdrawn even if its author edits it; /repost brings it back.")
    asked = words(question, title=plain_inline(cut(title, 200)), channels=where)
    return words.sentences([asked, parts, stays])


def withdraw_label(effects: Sequence[Effect]) -> str:
    """Return the label of the button that confirms a withdrawal."""
    words, count = spoken(), sum(effect.taken_back for effect in effects)
    return words.counted(count, *_WITHDRAW) if count else words("Withdraw")


def withdrawn(effects: Sequence[Effect], channels: Sequence[str]) -> str:
    """Return the result of a withdrawal."""
    words, count = spoken(), sum(effect.taken_back for effect in effects)
    where = channels[0] if len(channels) == 1 else counted_channels(len(channels), words)
    if not count:  # an item that shares its message with others
        return words("It is being withdrawn in {channels}. /repost brings it back.", channels=where)
    return words.counted(
        count,
        "{number} message is being withdrawn in {channels}. /repost brings it back.",
        "{number} messages are being withdrawn in {channels}. /repost brings them back.",
        channels=where,
    )


def _parts(*found: tuple[int, tuple[str, str]]) -> str:
    """Return `2 messages struck through, 1 message edited.`, omitting zero counts."""
    words = spoken()
    told = [words.counted(count, *texts) for count, texts in found if count]
    return words("{parts}.", parts=words.joined(told)) if told else ""
