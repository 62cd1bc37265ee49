"""The judge of the chaos runs: what it has to find, it finds, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.chaos import CHANNELS, followers_of
from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.oracle import Follower, Seen, Verdict, judge
from storage.layouts import Layout


def test_a_run_has_a_channel_of_each_layout(tmp_path: Path) -> None:
    followers = followers_of([Newsletter(name, tmp_path / name, random.Random(1), is_git=False) for name in "abcde"])
    assert {each.layout for each in followers} == set(Layout)
    assert {each.channel for each in followers} < {name.partition(":")[0].partition("@")[0] for name in CHANNELS}


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    newsletter = Newsletter("News", tmp_path / "news", random.Random(1), is_git=False)
    newsletter.new_issue(3)
    newsletter.new_issue(2)
    return Follower(newsletter, "news")


def shown(follower: Follower) -> list[Seen]:
    """The channel as it should be."""
    found: list[Seen] = []
    for issue in follower.newsletter.issues:
        count = f"**{len(issue.stories)} items**"
        parts = [(None, issue.title, f"{issue.summary}\n\n{count}")]
        parts += [(story.number, story.title, story.text) for story in issue.stories]
        for story, title, text in parts:
            found.append(Seen(issue.number, story, title, text, False, False, "1", str(100 + len(found))))
    return found


def kinds(verdict: Verdict) -> list[str]:
    found = {"lost": verdict.lost, "doubled": verdict.doubled, "disordered": verdict.disordered, "wrong": verdict.wrong}
    return [name for name, lines in found.items() if lines]


def test_a_channel_as_it_should_be_is_clean(follower: Follower) -> None:
    verdict = judge(follower, shown(follower))
    assert (kinds(verdict), verdict.items) == ([], 7)


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (lambda seen: seen[:2] + seen[3:], ["lost"]),
        (lambda seen: seen[1:], ["lost"]),
        (lambda seen: [*seen, replace(seen[3], id="900")], ["doubled"]),
        (lambda seen: [seen[0], replace(seen[2], id="101"), replace(seen[1], id="102"), *seen[3:]], ["disordered"]),
        (lambda seen: [replace(seen[0], id="900"), *seen[1:]], ["disordered"]),
        (lambda seen: [replace(seen[0], text="An older summary."), *seen[1:]], ["wrong"]),
        (lambda seen: [*seen[:3], replace(seen[3], is_withdrawn=True), *seen[4:]], ["wrong"]),
        (lambda seen: [*seen, replace(seen[0], issue=9, id="900")], ["wrong"]),
    ],
)
def test_what_is_wrong_is_found(
    follower: Follower, harm: Callable[[list[Seen]], list[Seen]], expected: list[str]
) -> None:
    harmed = sorted(harm(shown(follower)), key=lambda each: int(each.id))
    assert kinds(judge(follower, harmed)) == expected


@pytest.mark.parametrize(("on_removed", "is_withdrawn", "is_right"), [
    ("mark", True, True), ("mark", False, False), ("keep", False, True), ("delete", True, False),
])  # fmt: skip
def test_what_was_taken_back_is_shown_as_agreed(
    follower: Follower, on_removed: str, is_withdrawn: bool, is_right: bool
) -> None:
    before = shown(follower)
    issue = follower.newsletter.issues[1]
    issue.removed.append(issue.stories.pop())
    after = [
        replace(one, text=one.text.replace("2 items", "1 item")) if one.issue == 2 and one.story is None else one
        for one in before[:-1]
    ]
    last = replace(before[-1], is_withdrawn=is_withdrawn)
    verdict = judge(replace(follower, on_removed=on_removed), [*after, last])
    assert verdict.is_clean is is_right


def test_what_an_admin_took_back_is_known(follower: Follower) -> None:
    """It stands struck through, its header does not name it; shown, gone or doubled it is found."""
    follower.admins.retracted.add((1, 2))
    seen = shown(follower)
    seen[0] = replace(seen[0], text=seen[0].text.replace("3 items", "2 items"))
    at = next(index for index, one in enumerate(seen) if (one.issue, one.story) == (1, 2))
    right = [*seen[:at], replace(seen[at], is_withdrawn=True), *seen[at + 1 :]]
    assert kinds(judge(follower, right)) == []
    assert kinds(judge(follower, seen)) == ["wrong"]
    assert kinds(judge(follower, [*seen[:at], *seen[at + 1 :]])) == ["lost"]
    assert kinds(judge(follower, [*right, replace(right[at], id="900")])) == ["doubled"]


def test_what_a_filter_leaves_out_is_known_also_where_it_was_changed(follower: Follower) -> None:
    word = follower.newsletter.issues[0].stories[0].about
    follower.admins.without.append(word)
    seen = shown(follower)
    mine = [one for one in seen if one.story != 1]
    for index, one in enumerate(mine):
        if one.story is None:
            before = 3 if one.issue == 1 else 2
            count = f"**{before - 1} item{'' if before == 2 else 's'}**"
            mine[index] = replace(one, text=one.text.replace(f"**{before} items**", count))
    assert kinds(judge(follower, mine)) == []
    assert kinds(judge(follower, seen)) == ["wrong"]  # posted although it is left out
    assert kinds(judge(follower, mine[:-1])) == ["lost"]  # not posted although it passes
    follower.admins.without.append(follower.newsletter.issues[0].stories[1].about)
    follower.admins.old_issues = 2
    assert kinds(judge(follower, mine)) == []  # both issues were there before: the old filter counts as well
    old = [replace(one, text="An older text.") if (one.issue, one.story) == (1, 2) else one for one in mine]
    assert kinds(judge(follower, old)) == ["wrong"]  # what the old filter let through is corrected forever
    follower.admins.old_issues = 1
    assert kinds(judge(follower, mine)) == ["lost", "wrong"]


def test_an_issue_of_which_the_filter_left_out_all_at_first_comes_when_a_story_passes(follower: Follower) -> None:
    first = follower.newsletter.issues[0]
    follower.admins.without.append(first.stories[0].about)
    del first.stories[2]
    first.published_s -= 10.0
    mine = [one for one in shown(follower) if one.story != 1]
    mine = [replace(one, text=one.text.replace("2 items", "1 item")) for one in mine]
    later = sorted([replace(one, id=str(int(one.id) + 800 * (one.issue == 1))) for one in mine], key=lambda one: one.id)
    assert kinds(judge(follower, later)) == ["disordered"]
    first.stories[1].was_late = True
    assert kinds(judge(follower, later)) == []
