"""What channels should show, and what is wrong with what they show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from benchmarks.chaosbench.content import Issue, Newsletter, Story
from storage.layouts import Layout

_STORY = re.compile(r"(~~)?Story (\d+)\.(\d+)")
_ISSUE = re.compile(r"(~~)?Issue (\d+)")
_ENTRY = re.compile(r"^- \[(.+)\]\((\S+)\)$", re.MULTILINE)
_CONTENTS = re.compile(r"\A(- )\[(.+)\]\(https://discord\.com/channels/\d+/\d+/\d+\)( · \d+)?\Z")
_LATE = "\n-# Added later"
_LISTED = 25  # items that a header names at most
_SHORT = 18  # so many find room in any header; of more, with their long links, it may name the section alone
_LINE = re.compile(r"\A- \[(Story .+)\]\(\S+\) – (.+)\Z")
_STRUCK = re.compile(r"\A- ~~(Story .+)~~\Z")
_APART_S = 3.0  # two files of a folder that come closer to each other may be seen in any order


@dataclass
class Admins:
    """What a channel's admins chose and did, which changes in the middle of a run."""

    retracted: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])  # issue and story, by /withdraw
    brought_back: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])  # the same, by /repost in place
    without: list[str] = field(default_factory=list[str])  # words that the filter forbade, one at a time, the last now
    old_issues: int = 0  # the last issue that was there when the filter changed: older ones may stand by the old one
    quiet_hours: str = ""

    def verdicts(self, issue: Issue, story: Story) -> set[bool]:
        """Whether the filter lets a story through: both where it was changed and either may have decided."""
        words = self.without if issue.number <= self.old_issues else self.without[-1:]
        return {story.about != word for word in words} or {True}

    def may_begin_late(self, issue: Issue) -> bool:
        """Whether the filter may have left out all of an issue at first, and only what came later is posted."""
        passing = [story for story in issue.stories if True in self.verdicts(issue, story)]
        return bool(self.without) and all(story.was_late for story in passing)

    def shown(self, issue: Issue, posted: Collection[int] | None) -> list[list[Story]]:
        """Return which stories a header may name: those that no admin took back, by each filter that may count; above
        messages of their own (`posted`) those that have one, where either may have decided.
        """
        there = [story for story in issue.stories if (issue.number, story.number) not in self.retracted]
        if posted is not None:
            verdicts = [(story, self.verdicts(issue, story)) for story in there]
            return [[one for one, passes in verdicts if passes == {True} or (True in passes and one.number in posted)]]
        words = self.without if issue.number <= self.old_issues else self.without[-1:]
        return [[story for story in there if story.about != word] for word in words] or [there]


@dataclass(frozen=True)
class Follower:
    """A channel that follows a newsletter."""

    newsletter: Newsletter
    channel: str
    layout: str = "items"
    max_messages: int = 30
    on_removed: str = "mark"
    publishes: bool = False
    admins: Admins = field(default_factory=Admins, compare=False)

    @property
    def is_one_message(self) -> bool:
        """Whether the header alone shows the whole issue there."""
        return Layout(self.layout).is_one_message

    @property
    def shares_messages(self) -> bool:
        """Whether a message there may show several stories."""
        return Layout(self.layout).shares_messages


@dataclass(frozen=True)
class Seen:
    """One message of the bot: which issue, which story (None: the header), what it says, in which channel or thread."""

    issue: int
    story: int | None
    title: str
    text: str
    is_withdrawn: bool
    is_late: bool
    place: str
    id: str


@dataclass
class Verdict:
    """Everything that is wrong, in words."""

    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    disordered: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])
    items: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.disordered or self.wrong)

    def add(self, other: Verdict) -> None:
        """Take another verdict's findings in."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.disordered += other.disordered
        self.wrong += other.wrong
        self.items += other.items

    def lines(self, most: int = 12) -> list[str]:
        """Return the first findings of each kind."""
        kinds = {"lost": self.lost, "doubled": self.doubled, "out of order": self.disordered, "wrong text": self.wrong}
        return [f"{kind}: {line}" for kind, found in kinds.items() for line in found[:most]]


def seen_of(message: dict[str, Any], place: str) -> list[Seen]:
    """Return what a message shows: a header, a story or several; nothing if it is none of Herald's deliveries."""
    if not message["author"].get("bot") or not message["embeds"]:
        return []
    embed: dict[str, Any] = message["embeds"][0]
    title, text = str(embed.get("title", "")), str(embed.get("description", ""))
    is_late = text.endswith(_LATE)
    text = text.removesuffix(_LATE)
    if match := _STORY.match(title):
        story: int | None = int(match[3])
    elif match := _ISSUE.match(title):
        story = None
    else:
        listed = [_entry(line, place, str(message["id"])) for line in text.split("\n")]
        return [replace(one, is_late=is_late) for one in listed if one is not None]
    withdrawn = match[1] is not None
    return [Seen(int(match[2]), story, title.strip("~"), text, withdrawn, is_late, place, str(message["id"]))]


def _entry(line: str, place: str, message_id: str) -> Seen | None:
    """Return a line of a list as the story that it shows."""
    if struck := _STRUCK.match(line):
        title, text = struck[1], ""
    elif shown := _LINE.match(line):
        title, text = shown[1], shown[2]
    else:
        return None
    match = _STORY.match(title)
    if match is None:
        return None
    return Seen(int(match[2]), int(match[3]), title, text, struck is not None, False, place, message_id)


def judge(follower: Follower, messages: Sequence[Seen]) -> Verdict:
    """Compare everything that one follower's channel and its threads show with its newsletter, oldest first."""
    verdict = Verdict()
    found: dict[tuple[int, int | None], list[Seen]] = defaultdict(list)
    posted: dict[int, set[int]] = defaultdict(set)
    for message in messages:
        found[message.issue, message.story].append(message)
        if message.story is not None:
            posted[message.issue].add(message.story)
    known: set[tuple[int, int | None]] = set()
    for issue in follower.newsletter.issues:
        known.add((issue.number, None))
        there = {
            story for (number, story), seen in found.items() if number == issue.number and story is not None and seen
        }
        _judge_header(follower, issue, found[issue.number, None], there, verdict)
        for story in (*issue.stories, *issue.removed):
            known.add((issue.number, story.number))
            if follower.is_one_message:
                continue
            _judge_story(follower, issue, story, found[issue.number, story.number], verdict)
        _judge_places(follower, issue, messages, verdict)
    for key, strangers in found.items():
        if strangers and key not in known:
            verdict.wrong.append(f"{_name(follower, *key)}: nobody wrote it")
    _judge_issues(follower, messages, verdict)
    return verdict


def _name(follower: Follower, issue: int, story: int | None) -> str:
    return f"#{follower.channel} " + (f"issue {issue}" if story is None else f"story {issue}.{story}")


def _judge_header(
    follower: Follower, issue: Issue, found: Sequence[Seen], there: Collection[int], verdict: Verdict
) -> None:
    """Judge the message of an issue; `there` are the stories that have a message."""
    is_shown = issue.is_live and not issue.is_backlog and not issue.is_draft
    name = _name(follower, issue.number, None)
    without = _without_entries if follower.is_one_message else _without_contents
    choices = follower.admins.shown(issue, None if follower.is_one_message else there)
    if not all(choices):
        return  # nothing is left below it there: whether it stands is not promised
    counted = [f"**{len(one)} item{'' if len(one) == 1 else 's'}**" for one in choices]
    at = next((at for at, count in enumerate(counted) if found and count in found[0].text), 0)
    text = f"{issue.summary}\n\n{counted[at]}"
    found = [without(name, choices[at], message, verdict, is_shown=is_shown) for message in found]
    if issue.is_backlog and issue.is_live:
        verdict.wrong += [f"{name}: posted, but it was there before" for _ in found]
    else:
        _judge_one(follower, name, found, (issue.title, text) if is_shown else None, verdict)


def _without_contents(name: str, stories: Sequence[Story], message: Seen, verdict: Verdict, *, is_shown: bool) -> Seen:
    """Return a header's message without its table of contents, which is looked at here."""
    text, _, contents = message.text.partition("**\n")
    if not contents:
        return message
    entries = [_CONTENTS.sub(r"\1\2\3", line) for line in contents.split("\n")]
    wanted, section = ["", "**News**", *(f"- {story.title}" for story in stories)], [f"- News · {len(stories)}"]
    if len(stories) > _LISTED or (len(stories) > _SHORT and entries == section):
        wanted = section
    if is_shown and not message.is_withdrawn and entries != wanted:
        verdict.wrong.append(f"{name}: names {entries} instead of {wanted}")
    return replace(message, text=f"{text}**")


def _without_entries(name: str, stories: Sequence[Story], message: Seen, verdict: Verdict, *, is_shown: bool) -> Seen:
    """Return a digest's message without its list of stories, which are looked at here."""
    entries = _ENTRY.findall(message.text)
    wanted = [(story.title, story.link) for story in stories]
    if is_shown and not message.is_withdrawn and entries != wanted:
        verdict.wrong.append(f"{name}: lists {entries} instead of {wanted}")
    return replace(message, text=message.text.split("\n**News**")[0])


def _judge_story(follower: Follower, issue: Issue, story: Story, found: Sequence[Seen], verdict: Verdict) -> None:
    is_shown = issue.is_live and not issue.is_backlog and not issue.is_draft and story in issue.stories
    name = _name(follower, issue.number, story.number)
    if issue.is_backlog and issue.is_live:
        verdict.wrong += [f"{name}: posted, but it was there before" for _ in found]
        return
    if (issue.number, story.number) in follower.admins.retracted:
        _judge_retracted(name, found, verdict)
        return
    passes = follower.admins.verdicts(issue, story)
    if passes == {False}:
        verdict.wrong += [f"{name}: posted, but the filter leaves it out" for _ in found]
        return
    if len(passes) > 1 and not found:
        return  # the old filter left it out, or the new one does
    _judge_one(follower, name, found, (story.title, story.text) if is_shown else None, verdict)
    if is_shown and follower.on_removed != "delete" and not story.was_late and any(each.is_late for each in found):
        verdict.disordered.append(f"{name}: marked as late, but it was there from the beginning")


def _judge_retracted(name: str, found: Sequence[Seen], verdict: Verdict) -> None:
    """One message, marked: it stands as the admin left it, whatever its author does."""
    if len(found) > 1:
        verdict.doubled.append(f"{name}: {len(found)} times, messages {', '.join(each.id for each in found)}")
    elif not found:
        verdict.lost.append(f"{name}: an admin withdrew it, and its message is gone")
    elif not found[0].is_withdrawn:
        verdict.wrong.append(f"{name}: an admin withdrew it, but it is shown")


def _judge_one(
    follower: Follower, name: str, found: Sequence[Seen], wanted: tuple[str, str] | None, verdict: Verdict
) -> None:
    """One message and its last text, or none if `wanted` is None: withdrawn, deleted or kept as agreed."""
    if len(found) > 1:
        verdict.doubled.append(f"{name}: {len(found)} times, messages {', '.join(each.id for each in found)}")
        return
    message = found[0] if found else None
    if wanted is None:
        if message is not None and follower.on_removed == "mark" and not message.is_withdrawn:
            verdict.wrong.append(f"{name}: taken back, but still shown")
        if message is not None and follower.on_removed == "delete":
            verdict.wrong.append(f"{name}: taken back, but not deleted")
        return
    verdict.items += 1
    if message is None:
        verdict.lost.append(name)
    elif message.is_withdrawn:
        verdict.wrong.append(f"{name}: shown as withdrawn, but it is there")
    elif (message.title, message.text) != wanted:
        verdict.wrong.append(f'{name}: "{message.title}", "{message.text}" instead of "{wanted[0]}", "{wanted[1]}"')


def _judge_places(follower: Follower, issue: Issue, messages: Iterable[Seen], verdict: Verdict) -> None:
    """Check that the header comes first, then the stories in their order, all of an issue in one place."""
    mine = [message for message in messages if message.issue == issue.number]
    stories = [message for message in mine if message.story is not None]
    if len({message.place for message in stories}) > 1 + follower.shares_messages:
        verdict.disordered.append(f"{_name(follower, issue.number, None)}: its stories are in several threads")
    headers = [message for message in mine if message.story is None]
    if follower.on_removed == "delete":
        headers = []  # a header that came back is younger than what was never taken back
    if headers and stories and int(headers[0].id) > min(int(message.id) for message in stories):
        verdict.disordered.append(f"{_name(follower, issue.number, None)}: its header is not the first")
    if issue.was_moved_in:
        return
    places = {story.number: index for index, story in enumerate(issue.stories) if not story.came_back}
    order = [
        places[message.story]
        for message in stories
        if message.story in places and not message.is_late and not message.is_withdrawn
    ]
    if order != sorted(order):
        shown = ", ".join(f"{message.story}{' (late)' if message.is_late else ''}" for message in stories)
        wanted = ", ".join(str(story.number) for story in issue.stories)
        verdict.disordered.append(f"{_name(follower, issue.number, None)}: stories {wanted} come as {shown}")


def _judge_issues(follower: Follower, messages: Iterable[Seen], verdict: Verdict) -> None:
    """Issues in the order in which they were published."""
    if follower.on_removed == "delete":
        return
    in_order = [
        one for one in follower.newsletter.issues if not one.was_moved_in and not follower.admins.may_begin_late(one)
    ]
    issues = {issue.number: issue for issue in in_order}
    shown = [issues[message.issue] for message in messages if message.story is None and message.issue in issues]
    for before, after in pairwise(shown):
        apart_s = before.published_s - after.published_s
        if apart_s > (0 if follower.newsletter.is_git else _APART_S):
            verdict.disordered.append(f"#{follower.channel}: issue {after.number} after issue {before.number}")
