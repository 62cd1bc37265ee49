"""The types of settings, with their error messages for invalid values."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from sources.address import is_branch_name
from sources.patterns import pattern_fault, patterns_fault
from storage.options import (
    LONGEST_WORD,
    MOST_WORDS,
    Hours,
    parse_header,
    parse_hours,
    parse_site,
    parse_words,
)

_DURATION = re.compile(r"(\d{1,9})\s*([smhdw])\Z")
_UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# Discord's ids are 64-bit numbers with an unused highest bit. They contain the milliseconds since 2015, so even the
# oldest have at least 15 digits ("Snowflakes" in Discord's documentation).
_SNOWFLAKE_MIN, _SNOWFLAKE_MAX = 10**14, 2**63 - 1
UNLIMITED = "unlimited"
EVERYONE = "everyone"
_TOKEN_WORD = re.compile(r"\A\s*bot\s+", re.IGNORECASE)


def shown(value: object) -> str:
    """Return a setting's value for display in an error message."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


_WITHOUT_LIMIT = {"none", "never", "no", "off", "false", "infinite", "forever", "-1", "0"}


def parse_duration(value: Any) -> Any:
    """Parse `90s`, `5m`, `2h`, `30d` or `2w` to a timedelta; return a timedelta unchanged."""
    if isinstance(value, dt.timedelta):
        return value
    if match := _DURATION.match(str(value)) if isinstance(value, str) else None:
        seconds = int(match[1]) * _UNIT_S[match[2]]
        if seconds <= dt.timedelta.max.total_seconds():
            return dt.timedelta(seconds=seconds)
    unlimited = "; where a limit can be lifted, write unlimited" if str(value).casefold() in _WITHOUT_LIMIT else ""
    raise ValueError(f"{shown(value)} is not a duration: write 90s, 5m, 2h or 30d{unlimited}")


def _parse_newsletter_id(value: Any) -> Any:
    if isinstance(value, str) and value and not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", value):
        raise ValueError(f"{shown(value)} is not an id: write small letters, digits and hyphens, such as tech-beats")
    return value


def _parse_colour(value: Any) -> Any:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"#?[0-9A-Fa-f]{6}", value):
        raise ValueError(f'{shown(value)} is not a colour: write "#5865F2", in quotes')
    return int(value.removeprefix("#"), 16)


def _parse_limit(value: Any) -> Any:
    return None if value == UNLIMITED else _no_bool(value)


def _parse_age(value: Any) -> Any:
    return None if value in (UNLIMITED, None) else parse_duration(value)


def _between(low: str, high: str) -> BeforeValidator:
    lowest, highest = parse_duration(low), parse_duration(high)

    def check(value: Any) -> Any:
        duration = parse_duration(value)
        if not lowest <= duration <= highest:
            raise ValueError(f"{shown(value)} is out of range: write a duration from {low} to {high}")
        return duration

    return BeforeValidator(check)


def _at_least(low: str) -> BeforeValidator:
    lowest = parse_duration(low)

    def check(value: Any) -> Any:
        duration = _parse_age(value)
        if duration is not None and duration < lowest:
            raise ValueError(f"{shown(value)} is too short: write a duration of {low} or more, or unlimited")
        return duration

    return BeforeValidator(check)


def _snowflake(kind: str, how: str) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        # In quotes, as some editors and templates write all values.
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
            value = int(value)
        if type(value) is not int or not _SNOWFLAKE_MIN <= value <= _SNOWFLAKE_MAX:
            raise ValueError(
                f"{shown(value)} is not the id of a {kind}: in Discord switch on developer mode, then {how}"
            )
        return value

    return check


_server_id = _snowflake("server", "right-click the server, Copy Server ID, or write everyone")


def _parse_servers(value: Any) -> Any:
    if isinstance(value, str) and value.strip() == EVERYONE:
        return EVERYONE
    if value is None or value == "":
        return ()
    if not isinstance(value, (list, tuple)):
        value = [value]
    return tuple(_server_id(each) for each in cast("list[Any]", value))


def _no_bool(value: Any) -> Any:
    # In Python true is the number 1, but the author did not mean a number.
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is not a number")  # noqa: TRY004 -- pydantic collects ValueErrors
    return value


def _parse_time_zone(value: Any) -> Any:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, TypeError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{shown(value)} is not a time zone: write a name such as Europe/Berlin or UTC") from error
    return value


def _parse_pattern(value: Any) -> Any:
    if isinstance(value, str) and (fault := pattern_fault(value)):
        raise ValueError(f"{shown(value)} {fault}")
    return value


def _check_patterns(values: tuple[str, ...]) -> tuple[str, ...]:
    if fault := patterns_fault(values):
        raise ValueError(f"it {fault}")
    return values


def _parse_network(value: Any) -> Any:
    try:
        ipaddress.ip_network(str(value).strip(), strict=False)
    except ValueError as error:
        raise ValueError(f"{shown(value)} is not an address or a network: write 127.0.0.1 or 10.0.0.0/8") from error
    return str(value).strip()


def _parse_branch(value: Any) -> Any:
    if isinstance(value, str) and value and not is_branch_name(value):
        raise ValueError(f"{shown(value)} is not a branch name: write it as `git branch` shows it")
    return value


def _parse_site(value: Any) -> Any:
    if isinstance(value, str) and value and not re.match(r"https?://[^\s/]+[^\s]*\Z", value, re.IGNORECASE):
        raise ValueError(f"{shown(value)} is not the address of a site: write it as https://example.org")
    return value


def _parse_secret(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise ValueError("must be text: put it in quotes, or better into the environment")  # noqa: TRY004 -- as above
    # A secret that was pasted or read from a file often ends with a line break.
    text = value.strip()
    if any(letter.isspace() or ord(letter) < 32 for letter in text):
        raise ValueError("holds a space or a line break: a secret is one line without spaces")
    return SecretStr(text) if text else None


def _parse_token(value: Any) -> Any:
    """Return a bot's token without the quotes of an env file and without the header's prefix "Bot"."""
    if isinstance(value, str):
        value = _TOKEN_WORD.sub("", value.strip().strip("\"'"), count=1)
    return _parse_secret(value)


def _parse_hours(value: Any) -> Any:
    return value if value is None or isinstance(value, Hours) else parse_hours(str(value))


def _parse_entries(value: Any) -> Any:
    """Return the entries of a list; reject an entry that Discord's form would split in two."""
    if not isinstance(value, (list, tuple)):
        return value  # pydantic's own message is fine
    found = [str(each) for each in cast("list[Any]", value)]
    if wrong := next((each for each in found if len(parse_words(each)) != 1), None):
        raise ValueError(f"{shown(wrong)} is not one word or phrase: write each as an entry of its own")
    return tuple(dict.fromkeys(" ".join(each.split()) for each in found))


def _parse_sites(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return value
    return tuple(dict.fromkeys(parse_site(str(each)) for each in cast("list[Any]", value)))


def _parse_header(value: Any) -> Any:
    return parse_header(value) if isinstance(value, str) else value


Duration = Annotated[dt.timedelta, BeforeValidator(parse_duration)]
Poll = Annotated[dt.timedelta, _between("1s", "7d")]
Settle = Annotated[dt.timedelta, _between("0s", "30d")]
Grace = Annotated[dt.timedelta, _between("0s", "365d")]
Age = Annotated[dt.timedelta | None, BeforeValidator(_parse_age)]
Retention = Annotated[dt.timedelta | None, _at_least("14d")]
Int = Annotated[int, BeforeValidator(_no_bool)]
NewsletterId = Annotated[str, BeforeValidator(_parse_newsletter_id)]
Limit = Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_parse_limit)]
ChannelId = Annotated[int, BeforeValidator(_snowflake("channel", "right-click the channel, Copy Channel ID"))]
RoleId = Annotated[
    int, BeforeValidator(_snowflake("role", "right-click the role in the server's settings, Copy Role ID"))
]
Servers = Annotated[tuple[int, ...] | Literal["everyone"], BeforeValidator(_parse_servers)]
Colour = Annotated[int | None, BeforeValidator(_parse_colour)]
TimeZone = Annotated[str, BeforeValidator(_parse_time_zone)]
_Entry = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD)]
Entries = Annotated[tuple[_Entry, ...], BeforeValidator(_parse_entries), Field(max_length=MOST_WORDS)]
Sites = Annotated[tuple[_Entry, ...], BeforeValidator(_parse_sites), Field(max_length=MOST_WORDS)]
QuietHours = Annotated[Hours | None, BeforeValidator(_parse_hours)]
HeaderText = Annotated[str, BeforeValidator(_parse_header)]
_Pattern = Annotated[str, BeforeValidator(_parse_pattern)]
Patterns = Annotated[tuple[_Pattern, ...], AfterValidator(_check_patterns)]
Network = Annotated[str, BeforeValidator(_parse_network)]
Branch = Annotated[str, BeforeValidator(_parse_branch)]
SiteUrl = Annotated[str, BeforeValidator(_parse_site)]
Secret = Annotated[SecretStr | None, BeforeValidator(_parse_secret)]
Token = Annotated[SecretStr | None, BeforeValidator(_parse_token)]
