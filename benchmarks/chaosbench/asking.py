"""`/why`, asked at the end of a run about messages and about what was not posted; is each answer true?"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from app.explaining import Explainer, Explanation
from benchmarks.chaosbench.content import Issue, Story
from benchmarks.chaosbench.oracle import Follower, Seen
from benchmarks.chaosbench.running import Run
from cogs.explaining import UNKNOWN_TO_DATABASE
from storage.archive import Archive
from storage.history import History
from storage.outbox import Outbox
from storage.scope import Scope
from storage.sqlite import SqliteDatabase
from storage.subscriptions import Subscriptions
from ui.why import channel_story, summary
from ui.why_issue import issue_story, mentioned

if TYPE_CHECKING:
    from app.services import Services


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something to ask about: one of Herald's messages, or what is in a source; and what a true answer says."""

    about: str
    follower: Follower
    message_id: int = 0  # 0: it was not posted
    issue: Issue | None = None
    story: Story | None = None
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    may_be_unknown: bool = False  # posted after the backup, of a story that was gone when that was put back


async def untrue_answers(run: Run, chance: random.Random, count: int) -> tuple[int, list[str]]:
    """Ask `count` questions, half of them about messages and half about what was not posted; return how many were
    asked, and the answers that are not true.
    """
    about_messages, about_others = await _of_messages(run), list(_of_others(run))
    questions = [*_some(chance, about_messages, count - count // 2), *_some(chance, about_others, count // 2)]
    database = await SqliteDatabase.open(run.nursery.database, exclusive=False)
    try:
        stores = SimpleNamespace(
            archive=Archive(database),
            outbox=Outbox(database),
            history=History(database),
            subscriptions=Subscriptions(database),
        )
        wrong: list[str] = []
        for question in questions:
            told = await _told(run, question, stores)
            if question.may_be_unknown and told == UNKNOWN_TO_DATABASE:
                continue
            missing = [text for text in question.said if text not in told]
            false = [text for text in question.unsaid if text in told]
            if missing or false:
                wrong.append(f"/why {question.about}: lacks {missing}, has {false}: {told}")
    finally:
        await database.close()
    return len(questions), wrong


def _some(chance: random.Random, questions: Sequence[Question], count: int) -> list[Question]:
    """Return `count` of them, of each kind of answer, those that are rare among them."""
    by_kind: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Question]] = {}
    for one in questions:
        key = (tuple(text.split(" in <#")[0].split(" **")[0] for text in one.said), one.unsaid)
        by_kind.setdefault(key, []).append(one)
    for group in by_kind.values():
        chance.shuffle(group)
    found: list[Question] = []
    while any(by_kind.values()) and len(found) < count:
        found += [group.pop() for group in by_kind.values() if group]
    return found[:count]


async def _told(run: Run, question: Question, stores: SimpleNamespace) -> str:
    """Return the answer as an admin gets it."""
    story = await _story(run, question, stores)
    if story is None:
        return UNKNOWN_TO_DATABASE
    tell = channel_story if question.story is not None or question.message_id else summary
    channel_id = int(run.world.channels[question.follower.channel])
    told = [tell(account, mentioned) for account in story.accounts if account.channel_id == channel_id]
    return " ".join([*told, issue_story(story.record, story.events, mentioned)])


async def _story(run: Run, question: Question, stores: SimpleNamespace) -> Explanation | None:
    explainer, archive = Explainer(cast("Services", stores)), cast("Archive", stores.archive)
    if question.message_id:
        delivery = await cast("Outbox", stores.outbox).by_message(question.message_id)
        return await explainer.message(delivery) if delivery is not None else None
    assert question.issue is not None
    numbers = _numbers(run.nursery.database, question)
    record = await archive.issue(Scope.everything(), numbers[0]) if numbers is not None else None
    if numbers is None or record is None:
        return None
    guild_id = await _guild(run, question.follower)
    if question.story is None:
        return await explainer.issue(record, guild_id, lambda _: True)
    item = await archive.item(Scope.everything(), numbers[1])
    return await explainer.item(record, item, guild_id, lambda _: True) if item is not None else None


def _numbers(database: Path, question: Question) -> tuple[int, int] | None:
    """Return the ids of what is asked about."""
    assert question.issue is not None
    of_issue = "SELECT id, 0 FROM issues WHERE newsletter = ? AND title = ? ORDER BY removed_at IS NOT NULL LIMIT 1"
    of_item = (
        "SELECT s.id, i.id FROM items i JOIN issues s ON s.id = i.issue_id WHERE s.newsletter = ? AND i.title = ? "
        "ORDER BY i.removed_at IS NOT NULL, s.removed_at IS NOT NULL LIMIT 1"
    )
    title = question.issue.title if question.story is None else question.story.title
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        row = connection.execute(
            of_issue if question.story is None else of_item, (question.follower.newsletter.name, title)
        ).fetchone()
    return (int(row[0]), int(row[1])) if row is not None else None


async def _guild(run: Run, follower: Follower) -> int:
    with closing(sqlite3.connect(f"file:{run.nursery.database}?mode=ro", uri=True, timeout=5)) as connection:
        row = connection.execute(
            "SELECT guild_id FROM subscriptions WHERE channel_id = ? AND removed_at IS NULL",
            (int(run.world.channels[follower.channel]),),
        ).fetchone()
    return int(row[0]) if row is not None and row[0] is not None else 0


# what a true answer says


async def _of_messages(run: Run) -> list[Question]:
    found: list[Question] = []
    for follower in run.followers:
        for seen in await run.world.seen(follower):
            issue = next((one for one in follower.newsletter.issues if one.number == seen.issue), None)
            if issue is not None and not issue.is_backlog:
                found.append(_of_message(follower, issue, seen))
    return found


def _of_message(follower: Follower, issue: Issue, seen: Seen) -> Question:
    """Return what is known of a message: where it is, that it is withdrawn, and by whom."""
    name = follower.newsletter.name
    said = ("Posted in <#", f"because **{name}** is followed there")
    unsaid: tuple[str, ...] = ("Not posted", "Discord refused", "will be posted in")
    stories = (*issue.stories, *issue.removed)
    story = next((one for one in stories if one.number == seen.story), None)
    is_list = follower.shares_messages  # only its place is known of each story
    brought_back = {number for at, number in follower.admins.brought_back if at == issue.number}
    if not (brought_back if is_list else seen.story in brought_back):
        unsaid += ("reposted it.",)
    if seen.is_withdrawn and story is not None and not is_list:
        by_admin = (issue.number, story.number) in follower.admins.retracted
        is_taken_out = story in issue.removed
        if by_admin and not is_taken_out and issue.is_live:
            said += ("Marked as withdrawn", "withdrew it.")
        elif not by_admin and is_taken_out and issue.is_live:
            said += ("Marked as withdrawn", "because its author took it out of the issue.")
        else:
            said += ("Marked as withdrawn",)
    elif not seen.is_withdrawn:
        unsaid += ("Deleted on <t:",)
    if not seen.is_withdrawn and story is not None and not is_list and (story.version, story.take) == (1, 1):
        unsaid += () if story.came_back or not issue.is_live else ("because its author changed it",)
    about = f"#{follower.channel} message {seen.id} ({seen.title})"
    is_gone = not issue.is_live or (seen.story is not None and story not in issue.stories)
    return Question(
        about=about, follower=follower, message_id=int(seen.id), said=said, unsaid=unsaid, may_be_unknown=is_gone
    )


def _of_others(run: Run) -> Iterator[Question]:
    """Yield what was not posted: it was there before, is a draft, or the filter leaves it out."""
    for follower in run.followers:
        name = follower.newsletter.name
        if name == "Bulk":
            continue
        for issue in follower.newsletter.written:
            stories: tuple[Story | None, ...] = (*issue.stories, None)
            for story in stories:
                said = _not_posted(follower, issue, story)
                if said:
                    about = f"#{follower.channel} {name} {issue.title}" + (f" {story.title}" if story else "")
                    unsaid = ("Posted in <#",) if story is not None else ()
                    yield Question(about=about, follower=follower, issue=issue, story=story, said=said, unsaid=unsaid)


def _not_posted(follower: Follower, issue: Issue, story: Story | None) -> tuple[str, ...]:
    if issue.is_backlog:
        return ("Not posted in <#", "It was there before Herald first read")
    if issue.is_draft:
        return ("Not posted in <#", "so far.", "It is not published yet: a draft.")
    if story is None or follower.admins.verdicts(issue, story) != {False} or story.was_late or story.take > 1:
        return ()
    return ("Not posted in <#", "it takes no items with the word")
