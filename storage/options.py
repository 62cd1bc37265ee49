"""The options of a subscription as a typed value, whether from Discord, config.yaml or the database."""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

from digest.model import Issue, Item
from errors import S_
from storage.filtering import Filter
from storage.layouts import Introduction, Layout, OnRemoved

BODY, LONGEST_BODY = 800, 3_000  # characters to which an item's body is cut: default and maximum
MOST_WORDS, LONGEST_WORD = 25, 100  # maximum entries, and characters per entry, of a filter list
LONGEST_HEADER = 500
MOST_AN_HOUR = 1_000
PLACEHOLDERS = ("newsletter", "title", "date", "items", "url")
_TIME = r"\s*(\d{1,2})(?:[:.](\d{2}))?\s*([ap]m)?\s*"
_HOURS = re.compile(f"{_TIME}(?:-|–|—|~|〜|～|to|bis){_TIME}\\Z", re.IGNORECASE)
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})\Z")
_SITE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}\Z")


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily period in local time; it may span midnight."""

    begin: dt.time
    end: dt.time

    def __str__(self) -> str:
        """Return `22:00-07:00`."""
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def end_at(self, now: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """Return the end of the period that contains `now`; None if `now` is outside.

        Changes of daylight saving time do not split a period: an end that occurs twice in the night counts once, and an
        end that the clock skips is the moment of the change.
        """
        today = now.astimezone(zone).date()
        for day in (today - dt.timedelta(days=1), today):
            last = day if self.begin < self.end else day + dt.timedelta(days=1)
            begin = dt.datetime.combine(day, self.begin, zone).astimezone(dt.UTC)
            end = dt.datetime.combine(last, self.end, zone).astimezone(dt.UTC)
            if begin <= now < end:
                return end
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings of a subscription.

    `colour` None means the newsletter's colour. `body` is the maximum number of characters of an item's body, wide ones
    counting twice; 0 shows the title only. `header` is shown above each issue and can contain `PLACEHOLDERS`.
    `messages_per_hour` None means unlimited. `publish` publishes the messages of an announcement channel to the
    channels that follow it.
    """

    layout: Layout = Layout.AUTO
    max_messages: int = 30  # layout auto: items above which one-liners share messages
    introduction: Introduction = Introduction.HEADER
    role: int | None = None
    on_removed: OnRemoved = OnRemoved.MARK
    sections: tuple[str, ...] = ()
    exclude_sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    words_any: tuple[str, ...] = ()
    words_all: tuple[str, ...] = ()
    words_none: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    colour: int | None = None
    body: int = BODY
    pictures: bool = True
    buttons: bool = True
    header: str = ""
    quiet_hours: Hours | None = None
    time_zone: str = "UTC"
    silent: bool = False
    messages_per_hour: int | None = None
    publish: bool = False

    @property
    def filter(self) -> Filter:
        """Return the filter for issues and items."""
        return Filter(
            sections=self.sections,
            exclude_sections=self.exclude_sections,
            tags=self.tags,
            words_any=self.words_any,
            words_all=self.words_all,
            words_none=self.words_none,
            sites=self.sites,
        )

    @property
    def is_introduced_apart(self) -> bool:
        """Whether the introduction is a separate message, which one-message layouts do not have."""
        return self.introduction is Introduction.MESSAGE and not self.layout.is_one_message

    def quiet_until(self, now: dt.datetime) -> dt.datetime | None:
        """Return the end of the quiet hours that contain `now`; None outside of quiet hours."""
        return self.quiet_hours.end_at(now, ZoneInfo(self.time_zone)) if self.quiet_hours is not None else None

    def wants_issue(self, issue: Issue) -> bool:
        """Whether the issue passes the filter."""
        return self.filter.issue(issue).passes

    def wants_item(self, item: Item) -> bool:
        """Whether an item passes the filter, given that its issue does."""
        return self.filter.item(item).passes


DEFAULT = Options()
NAMES = tuple(field.name for field in fields(Options))


def changes(before: Options, after: Options) -> list[str]:
    """Return the names of the options that differ."""
    return [name for name in NAMES if getattr(before, name) != getattr(after, name)]


def stored(options: Options) -> dict[str, Any]:
    """Return the options that differ from the defaults, as JSON values."""
    return {name: _plain(getattr(options, name)) for name in NAMES if getattr(options, name) != getattr(DEFAULT, name)}


def _plain(value: Any) -> Any:
    if isinstance(value, Hours):
        return str(value)
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value


def read(values: Mapping[str, Any]) -> Options:
    """Return the options from the output of `stored`; unknown names are ignored."""
    readers: dict[str, Callable[[Any], Any]] = {
        "layout": Layout,
        "introduction": Introduction,
        "on_removed": OnRemoved,
        "quiet_hours": parse_hours,
    }
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name in NAMES:
            is_list = isinstance(value, list)
            known[name] = tuple(cast("list[str]", value)) if is_list else readers.get(name, _same)(value)
    return Options(**known)


def _same(value: Any) -> Any:
    return value


_NO_HOURS = S_('"{text}" is not a time range: write it as 22:00-07:00')
_NO_LENGTH = S_('"{text}" starts and ends at the same time: write it as 22:00-07:00')
_NO_ZONE = S_('"{text}" is not a time zone: write a name such as {example}')
_NO_COLOUR = S_('"{text}" is not a colour: write it as #5865F2')
_NO_SITE = S_('"{text}" is not a site: write it as example.org')
_LONG_HEADER = S_("The text above an issue is too long: keep it below {limit} characters")
_OPEN_BRACE = S_("A brace is not closed: write placeholders as {known}, and double a literal brace")
_NO_PLACEHOLDER = S_("{name} is not a placeholder: use one of {known}")
_TOO_MANY = S_("{number} entries are too many: write at most {limit}")
_LONG_WORD = S_('"{text}…" is too long: keep each entry below {limit} characters')


# Parsers of user input, shared by the configuration and Discord. Their ValueError explains the expected format.


def parse_hours(text: str) -> Hours | None:
    """Parse hours such as `22:00-07:00`, `22-7` or `10pm-7am`; None for an empty text."""
    if not text.strip():
        return None
    match = _HOURS.match(text)
    if match is None:
        raise ValueError(_NO_HOURS.format(text=text.strip()))
    try:
        hours = Hours(_time_of(*match.groups()[:3]), _time_of(*match.groups()[3:]))
    except ValueError as error:
        raise ValueError(_NO_HOURS.format(text=text.strip())) from error
    if hours.begin == hours.end:
        raise ValueError(_NO_LENGTH.format(text=text.strip()))
    return hours


def _time_of(hour: str, minute: str | None, half: str | None) -> dt.time:
    """Parse a time of day. Raises ValueError if it is invalid."""
    number = int(hour)
    if half is not None:
        if not 1 <= number <= 12:
            raise ValueError(hour)
        number = number % 12 + 12 * (half.casefold() == "pm")
    return dt.time(number, int(minute or 0))


def parse_time_zone(text: str) -> str:
    """Return the canonical name of a time zone, regardless of case. Raises ValueError if it is unknown."""
    try:
        return ZoneInfo(_as_known(text.strip())).key
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(_NO_ZONE.format(text=text, example=_zone_like(text))) from error


def _as_known(name: str) -> str:
    """Return the canonical name of a time zone, or the unique zone of a city; otherwise the name unchanged."""
    wanted = name.replace(" ", "_").casefold()
    zones = available_timezones()
    if name in zones:
        return name
    named = [zone for zone in zones if zone.casefold() == wanted]
    found = named or [zone for zone in zones if zone.casefold().endswith(f"/{wanted}")]
    return found[0] if len(found) == 1 else name


def _zone_like(text: str) -> str:
    """Return the time zone of a city, or else an example."""
    city = text.strip().replace(" ", "_").casefold()
    found = (zone for zone in sorted(available_timezones()) if zone.casefold().endswith(f"/{city}"))
    return next(found, "Europe/Berlin")


def parse_colour(text: str) -> int | None:
    """Parse a colour such as `#5865F2`; None for an empty text."""
    if not text.strip():
        return None
    match = _COLOUR.match(text.strip())
    if match is None:
        raise ValueError(_NO_COLOUR.format(text=text.strip()))
    return int(match[1], 16)


def parse_site(text: str) -> str:
    """Return the host of a site or URL, such as `example.org`."""
    host = re.sub(r"\Ahttps?://", "", text.strip().casefold()).split("/", 1)[0].removeprefix("www.")
    if not _SITE.match(host):
        raise ValueError(_NO_SITE.format(text=text.strip()))
    return host


def parse_header(text: str) -> str:
    """Return the text above each issue, stripped. Raises ValueError if it is too long or has invalid placeholders."""
    text = text.strip()
    if len(text) > LONGEST_HEADER:
        raise ValueError(_LONG_HEADER.format(limit=LONGEST_HEADER))
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    try:
        found = [part[1:] for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise ValueError(_OPEN_BRACE.format(known=known)) from error
    for name, spec, conversion in found:
        if name not in PLACEHOLDERS or spec or conversion:
            raise ValueError(_NO_PLACEHOLDER.format(name=f"{{{name}}}", known=known))
    return text


def parse_words(text: str) -> tuple[str, ...]:
    """Parse a list separated by commas or lines, without duplicates."""
    found = [" ".join(part.split()) for part in re.split(r"[,;\n，、；]", text)]
    words = tuple(dict.fromkeys(word for word in found if word.strip("* ")))
    if len(words) > MOST_WORDS:
        raise ValueError(_TOO_MANY.format(number=len(words), limit=MOST_WORDS))
    if long := next((word for word in words if len(word) > LONGEST_WORD), None):
        raise ValueError(_LONG_WORD.format(text=long[:40], limit=LONGEST_WORD))
    return words


def filled(header: str, **values: str) -> str:
    """Return the text above an issue with its placeholders filled in."""
    return string.Formatter().vformat(header, (), values)
