"""The publish gate: decides whether an issue may be posted now. Pure: time is an argument, nothing is read or written.

An imported issue is not published yet: a draft waits, an issue with a future date waits for that date, a file that was
just changed waits until it has not changed for a while, and an old issue is filed without posting.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config.settings import NewsletterConfig
from digest.model import MANY_ISSUES, Issue
from digest.order import undated_place
from errors import S_
from storage.held import Held

_PLACE_TO_FILL_IN = re.compile(r"\bYYYY\b|\bISSUE_?NUMBER\b|#(?:XX+|NN+)\b|\{\{[^{}]*\}\}")
_OLD, _DAYS, _HOURS = S_("older than {age}"), S_("{number} days"), S_("{number} hours")
_LARGE = S_("it has {number} items, more than max_items ({limit})")
_NO_ITEMS, _FUTURE, _UNSETTLED = S_("no items"), S_("dated in the future"), S_("changed a moment ago")
_UNFILLED = S_('its title still has a place to fill in, "{place}"')
_UNDATED = S_("it has no date, and the issues beside it have one")
EXPIRED = S_("past its expiry date")
SIDE_PAGE = S_("a page beside dated issues, not one of them")


class Verdict(enum.Enum):
    """What to do with an issue that was never posted."""

    POST = "post"
    FILE = "file"  # searchable, but never posted automatically
    WAIT = "wait"
    HOLD = "hold"  # an admin decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A newsletter's limits; None means no limit.

    `max_new_messages` and `max_removed` count messages in one channel; `max_removed` also items, as a list has many.
    """

    settle: dt.timedelta = dt.timedelta(minutes=10)
    max_age: dt.timedelta | None = dt.timedelta(days=30)
    max_new_issues: int | None = 5
    max_new_messages: int | None = 250
    max_items: int | None = 200
    max_removed: int | None = 10
    time_zone: str = "UTC"


def rules_of(newsletter: NewsletterConfig) -> Rules:
    """Return the rules set in the configuration of `newsletter`."""
    return Rules(
        settle=newsletter.settle,
        max_age=newsletter.max_age,
        max_new_issues=newsletter.max_new_issues,
        max_new_messages=newsletter.max_new_messages,
        max_items=newsletter.max_items,
        max_removed=newsletter.max_removed,
        time_zone=newsletter.time_zone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict and its reason as text; `until` is when to decide again (None: when the file changes)."""

    verdict: Verdict
    reason: str = ""
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An issue as the gate sees it.

    `changed_at` is when its file last changed and `seen_at` when Herald first saw that version; the earlier one counts,
    because a commit's clock may be ahead. `is_side_page` means that its file is next to issues without being one,
    `lacks_date` that it has no date although the issues beside it have: see `digest.side_pages`.
    """

    issue: Issue
    seen_at: dt.datetime
    changed_at: dt.datetime | None = None
    is_side_page: bool = False
    lacks_date: bool = False


def published_at(issue: Issue, time_zone: str) -> dt.datetime | None:
    """Return the time from which an issue counts as published; None if it has neither time nor date.

    Times without a zone, and the start of a date, are in the newsletter's time zone.
    """
    zone = ZoneInfo(time_zone)
    if issue.published_at is not None:
        moment = issue.published_at
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if issue.date is not None:
        return dt.datetime.combine(issue.date, dt.time(), zone)
    return None


def is_expired(issue: Issue, rules: Rules, now: dt.datetime) -> bool:
    """Whether the issue is past its expiry date and its site no longer shows it. Posted messages stay."""
    moment = issue.expires_at
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(rules.time_zone))
    return moment is not None and moment <= now


def decide(candidate: Candidate, rules: Rules, now: dt.datetime) -> Decision:
    """Decide on one issue, regardless of others."""
    if reason := _kept_back(candidate, rules, now):
        return Decision(verdict=Verdict.WAIT, reason=reason)
    moment = published_at(candidate.issue, rules.time_zone)
    if moment is not None and rules.max_age is not None and now - moment > rules.max_age:
        return Decision(verdict=Verdict.FILE, reason=_OLD.format(age=_days(rules.max_age)))
    if (waiting := _not_yet(candidate, moment, rules, now)) is not None:
        return waiting
    reason = _odd(candidate.issue, rules) or (_UNDATED if candidate.lacks_date else "")
    return Decision(verdict=Verdict.HOLD, reason=reason) if reason else Decision(verdict=Verdict.POST)


def _odd(issue: Issue, rules: Rules) -> str:
    """Return why an admin should review an issue before it is posted, or ""."""
    if many := holds_many(issue):
        return many
    if place := _PLACE_TO_FILL_IN.search(issue.title):
        return _UNFILLED.format(place=place[0])
    is_large = rules.max_items is not None and len(issue.items) > rules.max_items
    return _LARGE.format(number=f"{len(issue.items):,}", limit=f"{rules.max_items:,}") if is_large else ""


def holds_many(issue: Issue) -> str:
    """Return the advice for a file with many issues that is read as one, or ""."""
    return next((notice.message for notice in issue.notices if notice.rule == MANY_ISSUES), "")


def _not_yet(candidate: Candidate, moment: dt.datetime | None, rules: Rules, now: dt.datetime) -> Decision | None:
    """Return the WAIT decision of an issue without items, with a future `moment` or a recent change; else None."""
    if not candidate.issue.items:
        return Decision(verdict=Verdict.WAIT, reason=_NO_ITEMS)
    if moment is not None and moment > now:
        return Decision(verdict=Verdict.WAIT, reason=_FUTURE, until=moment)
    still_since = min(candidate.changed_at or candidate.seen_at, candidate.seen_at)
    settled = still_since + rules.settle
    return Decision(verdict=Verdict.WAIT, reason=_UNSETTLED, until=settled) if settled > now else None


def _kept_back(candidate: Candidate, rules: Rules, now: dt.datetime) -> str:
    """Return why the issue's site does not show it as an issue, or ""."""
    if candidate.issue.withheld:
        return candidate.issue.withheld
    if is_expired(candidate.issue, rules, now):
        return EXPIRED
    return SIDE_PAGE if candidate.is_side_page else ""


def is_chosen(newsletter: NewsletterConfig) -> bool:
    """Whether the operator has set `include`."""
    return "include" in newsletter.model_fields_set


def is_flood(ready: Held, rules: Rules) -> bool:
    """Whether issues that are ready together exceed the limits, so that an admin must decide."""
    too_many_issues = rules.max_new_issues is not None and ready.issues > rules.max_new_issues
    return too_many_issues or (rules.max_new_messages is not None and ready.busiest > rules.max_new_messages)


def is_bulk_removal(gone: Held, rules: Rules) -> bool:
    """Whether removals exceed `max_removed` in messages or items, or more than a third of all, so an admin must decide.

    The third does not apply to the removal of a single issue.
    """
    if rules.max_removed is None or not gone.messages:
        return False
    is_a_third = gone.posted > 1 and 3 * gone.posted > gone.standing
    return max(gone.busiest, gone.busiest_items) > rules.max_removed or is_a_third


def is_filed_at_first(issue: Issue, rules: Rules, now: dt.datetime) -> bool:
    """Whether a newsletter's first import files this issue without posting: everything its site shows now.

    A file with many issues is not filed: an admin decides on it.
    """
    if issue.withheld or holds_many(issue) or is_expired(issue, rules, now):
        return False
    moment = published_at(issue, rules.time_zone)
    return moment is None or moment <= now


def newest(candidates: Sequence[Candidate], count: int, rules: Rules, now: dt.datetime) -> list[int]:
    """Return the indexes of the newest `count` published issues, oldest first, as a backfill posts them.

    Undated issues precede all others, in the natural order of their names. Ties are ordered by path.
    """
    published = [
        (
            published_at(candidate.issue, rules.time_zone) or undated_place(candidate.issue),
            candidate.issue.path,
            candidate.issue.part,
            index,
        )
        for index, candidate in enumerate(candidates)
        if candidate.issue.items and is_filed_at_first(candidate.issue, rules, now)
    ]
    return [index for *_, index in sorted(published)[-count:]] if count > 0 else []


def _days(duration: dt.timedelta) -> str:
    if duration >= dt.timedelta(days=2):
        return _DAYS.format(number=duration.days)
    return _HOURS.format(number=f"{duration.total_seconds() / 3600:g}")
