"""A summary of what a newsletter's first import took for issues, so that its operator can check it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from config.settings import NewsletterConfig
from digest.model import MANY_ISSUES, Notice
from digest.order import is_dated
from pipeline.choosing import folder_of, narrower, other_kinds
from pipeline.gate import EXPIRED, SIDE_PAGE, holds_many, is_chosen, is_expired, rules_of
from pipeline.siblings import Siblings
from storage.records import Gate, IssueRecord

_MOST_FOLDERS = 6
_MOST_REASONS = 4
_ISSUE_FOLDER = re.compile(r"(?!(?:19|20)\d\d\Z)[^\W\d]*[-_. ]?\d[\d._-]*")  # `12`, `issue-12`, no year, no `3-news`
_FEW_ITEMS = 2.0  # a file, where one is a story of an issue rather than an issue
_FOLDERS = 5  # of several files each, from which on they may be issues
_NEWEST = 12  # issues, which are like those to come; older ones may be of another make


def taken_in(
    records: Sequence[IssueRecord],
    newsletter: NewsletterConfig,
    others: Collection[str] = (),
    site: str = "",
    several: Mapping[str, int] | None = None,
    *,
    now: dt.datetime,
) -> Iterator[str]:
    """Yield lines: how many issues and the newest, where they are, what is none, and which setting may be missing.

    `others` are files of the source that may hold issues and are of another kind than `include` names, `site` is the
    address that its generator's configuration has, `several` how many items `newest_alone` would be otherwise.
    """
    pages = list(filter(_is_page, records))
    withheld = _withheld(records, newsletter, now)
    issues = _issues(records, withheld)
    yield from _newest(issues, newsletter)
    if site:
        yield f'its site may be {site}: write site_url: "{site}", so that messages lead there'
    yield from _places([record.issue.path for record in issues])
    yield from _doubtful(issues)
    yield from _told_as_one(issues, several or {})
    if pages:
        yield f"{_some(pages)} taken for pages beside the issues; name the issues in include if that is wrong"
    yield from _kept_back([record for record in records if record.id in withheld], withheld)
    if not (issues and is_chosen(newsletter)):
        yield from other_kinds(others, [record.issue.path for record in issues])
    if (line := _better_pattern(issues, newsletter)) is not None:
        yield line


def newest_alone(records: Sequence[IssueRecord], newsletter: NewsletterConfig, *, now: dt.datetime) -> list[str]:
    """Return which of the newest issues are one item each; none if the settings say how they are to be read."""
    split = newsletter.split
    if (split.one_story, split.item_level, split.issue_level) != (None, None, None):
        return []
    newest = _issues(records, _withheld(records, newsletter, now))[-_NEWEST:]
    return [record.issue.path for record in newest if record.item_count == 1]


def _is_page(record: IssueRecord) -> bool:
    return record.gate is Gate.WAITING and record.gate_reason == SIDE_PAGE


def _withheld(records: Sequence[IssueRecord], newsletter: NewsletterConfig, now: dt.datetime) -> dict[int, str]:
    """Return what keeps records back, by their ids."""
    rules = rules_of(newsletter)
    withheld = {record.id: record.issue.withheld for record in records if record.issue.withheld}
    return withheld | {record.id: EXPIRED for record in records if is_expired(record.issue, rules, now)}


def _issues(records: Sequence[IssueRecord], withheld: Collection[int]) -> list[IssueRecord]:
    """Return the records of issues, the newest last."""
    issues = (record for record in records if record.id not in withheld and not _is_page(record))
    return sorted(issues, key=lambda one: one.sorted_at)


def _better_pattern(issues: Sequence[IssueRecord], newsletter: NewsletterConfig) -> str | None:
    """Return which pattern may describe the issues better than today's `include`, None if nothing suggests one."""
    paths = [record.issue.path for record in issues]
    has_few_items = sum(record.item_count for record in issues) < _FEW_ITEMS * len(issues)
    # a part of an issue has no date of its own
    is_undated = 2 * sum(is_dated(record.issue) for record in issues) < len(issues)
    if (has_few_items or is_undated) and (pattern := _folders_of_parts(paths)):
        return f'if the files of a folder are one issue together, write issue_folders: ["{pattern}"]'
    return None if is_chosen(newsletter) else narrower(paths)


def _newest(issues: Sequence[IssueRecord], newsletter: NewsletterConfig) -> Iterator[str]:
    """Yield how many issues there are and which of those that hold something is the newest, and its address where that
    is guessed.
    """
    if not issues:
        return
    to_come = [one for one in issues if _is_to_come(one)]
    newest = next((one for one in reversed(issues) if one.item_count and one not in to_come), issues[-1]).issue
    day = newest.date.isoformat() if newest.date else "no date"
    count = "1 issue" if len(issues) == 1 else f"{len(issues):,} issues"
    yield f"{count}, the newest: {newest.title} ({day}), {newest.path}"
    if to_come:
        yield f"{_some(to_come)} dated in the future: posted once that day has come"
    if newest.url and newsletter.site_url and not newsletter.permalink:
        yield f"its address is taken to be {newest.url}: open it, and write permalink if it is another"


def _is_to_come(record: IssueRecord) -> bool:
    """Whether a first import left an issue waiting for its day."""
    issue = record.issue
    is_waiting = record.gate is Gate.WAITING and issue.date is not None and issue.expires_at is None
    return is_waiting and not holds_many(issue)


def _doubtful(issues: Sequence[IssueRecord]) -> Iterator[str]:
    """Yield which files may hold many issues; if there are none, which issues have no date; and which have no items."""
    held = [(one.issue.path, notice) for one in issues for notice in one.issue.notices if notice.rule == MANY_ISSUES]
    yield from _of_many(held)
    undated = [] if held else [record for record in issues if not is_dated(record.issue)]
    if undated:
        yield f"{_some(undated)} without a date: sorted by number, and not found by date"
    if empty := [record for record in reversed(issues) if not record.item_count]:
        yield f"{_some(empty)} without items: nothing of them is posted; bot.py split --explain FILE tells why"


def _of_many(held: Sequence[tuple[str, Notice]]) -> Iterator[str]:
    """Yield which files hold many issues: for each setting that says so the newest of them, and how many more."""
    alike: dict[str, tuple[str, int]] = {}
    for path, notice in reversed(held):
        setting = notice.message.rpartition(": set ")[2]
        told, count = alike.get(setting, (f"{path}: {notice.message}", 0))
        alike[setting] = told, count + 1
    for told, count in alike.values():
        others = count - 1
        yield told if not others else f"{told}; so it is with {others:,} other {'file' if others == 1 else 'files'}"


def _told_as_one(issues: Sequence[IssueRecord], several: Mapping[str, int]) -> Iterator[str]:
    """Yield whether many of the newest issues are one story each that may be letters of several stories."""
    newest = issues[-_NEWEST:]
    doubtful = [one.issue.path for one in reversed(newest) if several.get(one.issue.path, 0) > 1]
    if len(doubtful) > 1 and 3 * len(doubtful) >= len(newest):
        yield (
            f"{len(doubtful)} of the {len(newest)} newest issues, such as {doubtful[0]}, are read as one story each; "
            f"if they hold several ({several[doubtful[0]]} in that one), write split: {{one_story: false}}"
        )


def _kept_back(records: Iterable[IssueRecord], why: Mapping[int, str]) -> Iterator[str]:
    """Yield what keeps files back, the most files first, each with the newest of them: it may be missed."""
    reasons: defaultdict[str, list[IssueRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda one: one.sorted_at, reverse=True):
        reasons[why[record.id]].append(record)
    for reason, alike in sorted(reasons.items(), key=lambda one: -len(one[1]))[:_MOST_REASONS]:
        yield f"{_some(alike)} kept back: {reason}"


def _some(records: Sequence[IssueRecord]) -> str:
    noun = "file" if len(records) == 1 else "files"
    return f"{len(records):,} {noun}, such as {records[0].issue.path},"


def _places(paths: Sequence[str]) -> Iterator[str]:
    """Yield where the issues are, if that is more than one place; numbers in folders' names do not part them."""
    together = Siblings(paths).together(paths)
    counts = Counter(f"{folder_of(path)}/" if "/" in path else "./" for path in together)
    if len(counts) < 2:
        return
    told = [f"{count:,} in {folder}" for folder, count in counts.most_common(_MOST_FOLDERS)]
    if more := len(counts) - len(told):
        told.append(f"{more:,} more {'folder' if more == 1 else 'folders'}")
    yield f"issues: {', '.join(told)}"


def _folders_of_parts(paths: Iterable[str]) -> str:
    """Return a pattern of the folders whose files are rather parts of an issue, "" if files are issues."""
    folders = Counter(folder for path in paths if (folder := _issue_folder(path)))
    several = [folder.split("/") for folder, count in folders.items() if count > 1]
    depths = Counter(len(parts) for parts in several)
    if len(several) < _FOLDERS or len(several) * 2 < len(folders):
        return ""
    depth = depths.most_common(1)[0][0]
    columns = zip(*(parts for parts in several if len(parts) == depth), strict=True)
    return "/".join(column[0] if len(set(column)) == 1 else "*" for column in columns)


def _issue_folder(path: str) -> str:
    """Return the deepest folder above a file that is called like one issue, "" for none."""
    parts = path.split("/")[:-1]
    place = next((place for place in reversed(range(len(parts))) if _ISSUE_FOLDER.fullmatch(parts[place])), None)
    return "" if place is None else "/".join(parts[: place + 1])
