"""Summary of a newsletter's first import, so that its operator can check what was recognised as issues."""

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
_ISSUE_FOLDER = re.compile(r"(?!(?:19|20)\d\d\Z)[^\W\d]*[-_. ]?\d[\d._-]*")  # `12`, `issue-12`, not a year or `3-news`
_FEW_ITEMS = 2.0  # items per file below which a file may be a story of an issue
_FOLDERS = 5  # folders with several files from which on they may be issues
_NEWEST = 12  # newest issues, which future ones will resemble; older ones may differ


def taken_in(
    records: Sequence[IssueRecord],
    newsletter: NewsletterConfig,
    others: Collection[str] = (),
    site: str = "",
    several: Mapping[str, int] | None = None,
    *,
    now: dt.datetime,
) -> Iterator[str]:
    """Yield lines: the number of issues and the newest, their folders, what is not an issue, and suggested settings.

    `others` are files that may be issues of a type not in `include`, `site` is the URL in the site generator's
    configuration, `several` has the number of items the files of `newest_alone` would have if split.
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
    """Return the newest issues that have one item each; none if `split` sets how to read them."""
    split = newsletter.split
    if (split.one_story, split.item_level, split.issue_level) != (None, None, None):
        return []
    newest = _issues(records, _withheld(records, newsletter, now))[-_NEWEST:]
    return [record.issue.path for record in newest if record.item_count == 1]


def _is_page(record: IssueRecord) -> bool:
    return record.gate is Gate.WAITING and record.gate_reason == SIDE_PAGE


def _withheld(records: Sequence[IssueRecord], newsletter: NewsletterConfig, now: dt.datetime) -> dict[int, str]:
    """Return why records are withheld, by id."""
    rules = rules_of(newsletter)
    withheld = {record.id: record.issue.withheld for record in records if record.issue.withheld}
    return withheld | {record.id: EXPIRED for record in records if is_expired(record.issue, rules, now)}


def _issues(records: Sequence[IssueRecord], withheld: Collection[int]) -> list[IssueRecord]:
    """Return the records of issues, newest last."""
    issues = (record for record in records if record.id not in withheld and not _is_page(record))
    return sorted(issues, key=lambda one: one.sorted_at)


def _better_pattern(issues: Sequence[IssueRecord], newsletter: NewsletterConfig) -> str | None:
    """Return a line that suggests better patterns than the current ones; None without a suggestion."""
    paths = [record.issue.path for record in issues]
    has_few_items = sum(record.item_count for record in issues) < _FEW_ITEMS * len(issues)
    # parts of an issue have no dates
    is_undated = 2 * sum(is_dated(record.issue) for record in issues) < len(issues)
    if (has_few_items or is_undated) and (pattern := _folders_of_parts(paths)):
        return f'if the files of a folder are one issue together, write issue_folders: ["{pattern}"]'
    return None if is_chosen(newsletter) else narrower(paths)


def _newest(issues: Sequence[IssueRecord], newsletter: NewsletterConfig) -> Iterator[str]:
    """Yield the number of issues, the newest one with items, future ones, and the newest one's URL if guessed."""
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
    """Whether a first import left an issue waiting for its date."""
    issue = record.issue
    is_waiting = record.gate is Gate.WAITING and issue.date is not None and issue.expires_at is None
    return is_waiting and not holds_many(issue)


def _doubtful(issues: Sequence[IssueRecord]) -> Iterator[str]:
    """Yield files that may have many issues, or else issues without a date; and issues without items."""
    held = [(one.issue.path, notice) for one in issues for notice in one.issue.notices if notice.rule == MANY_ISSUES]
    yield from _of_many(held)
    undated = [] if held else [record for record in issues if not is_dated(record.issue)]
    if undated:
        yield f"{_some(undated)} without a date: sorted by number, and not found by date"
    if empty := [record for record in reversed(issues) if not record.item_count]:
        yield f"{_some(empty)} without items: nothing of them is posted; bot.py split --explain FILE tells why"


def _of_many(held: Sequence[tuple[str, Notice]]) -> Iterator[str]:
    """Yield files with many issues: for each suggested setting the newest file, and the number of others."""
    alike: dict[str, tuple[str, int]] = {}
    for path, notice in reversed(held):
        setting = notice.message.rpartition(": set ")[2]
        told, count = alike.get(setting, (f"{path}: {notice.message}", 0))
        alike[setting] = told, count + 1
    for told, count in alike.values():
        others = count - 1
        yield told if not others else f"{told}; so it is with {others:,} other {'file' if others == 1 else 'files'}"


def _told_as_one(issues: Sequence[IssueRecord], several: Mapping[str, int]) -> Iterator[str]:
    """Yield a line if many of the newest issues are read as one story but may have several."""
    newest = issues[-_NEWEST:]
    doubtful = [one.issue.path for one in reversed(newest) if several.get(one.issue.path, 0) > 1]
    if len(doubtful) > 1 and 3 * len(doubtful) >= len(newest):
        yield (
            f"{len(doubtful)} of the {len(newest)} newest issues, such as {doubtful[0]}, are read as one story each; "
            f"if they hold several ({several[doubtful[0]]} in that one), write split: {{one_story: false}}"
        )


def _kept_back(records: Iterable[IssueRecord], why: Mapping[int, str]) -> Iterator[str]:
    """Yield the reasons files are withheld, most frequent first, each with its newest file."""
    reasons: defaultdict[str, list[IssueRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda one: one.sorted_at, reverse=True):
        reasons[why[record.id]].append(record)
    for reason, alike in sorted(reasons.items(), key=lambda one: -len(one[1]))[:_MOST_REASONS]:
        yield f"{_some(alike)} kept back: {reason}"


def _some(records: Sequence[IssueRecord]) -> str:
    noun = "file" if len(records) == 1 else "files"
    return f"{len(records):,} {noun}, such as {records[0].issue.path},"


def _places(paths: Sequence[str]) -> Iterator[str]:
    """Yield the folders of the issues if there are several; folders that differ in numbers count as one."""
    together = Siblings(paths).together(paths)
    counts = Counter(f"{folder_of(path)}/" if "/" in path else "./" for path in together)
    if len(counts) < 2:
        return
    told = [f"{count:,} in {folder}" for folder, count in counts.most_common(_MOST_FOLDERS)]
    if more := len(counts) - len(told):
        told.append(f"{more:,} more {'folder' if more == 1 else 'folders'}")
    yield f"issues: {', '.join(told)}"


def _folders_of_parts(paths: Iterable[str]) -> str:
    """Return a pattern of folders whose files seem to be parts of one issue, "" without such."""
    folders = Counter(folder for path in paths if (folder := _issue_folder(path)))
    several = [folder.split("/") for folder, count in folders.items() if count > 1]
    depths = Counter(len(parts) for parts in several)
    if len(several) < _FOLDERS or len(several) * 2 < len(folders):
        return ""
    depth = depths.most_common(1)[0][0]
    columns = zip(*(parts for parts in several if len(parts) == depth), strict=True)
    return "/".join(column[0] if len(set(column)) == 1 else "*" for column in columns)


def _issue_folder(path: str) -> str:
    """Return the deepest folder above a file that is named like an issue, "" without one."""
    parts = path.split("/")[:-1]
    place = next((place for place in reversed(range(len(parts))) if _ISSUE_FOLDER.fullmatch(parts[place])), None)
    return "" if place is None else "/".join(parts[: place + 1])
