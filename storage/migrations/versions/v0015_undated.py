"""Issues without a date are sorted by their names' numbers, before all that have one."""

from __future__ import annotations

import datetime as dt
import re

from alembic import op

revision = "0015"
down_revision = "0014"

_MOST = (620_546, 86_399, 999_999)  # days before 1700, seconds of a day, microseconds of a second


def upgrade() -> None:
    """Give them their places; the index follows when it is rebuilt."""
    connection = op.get_bind()
    query = "SELECT id, path, part, title FROM issues WHERE date IS NULL AND published_at IS NULL"
    for number, path, part, title in connection.exec_driver_sql(query).all():
        sorted_at = _place(str(path), str(part), str(title))
        connection.exec_driver_sql("UPDATE issues SET sorted_at = ? WHERE id = ?", (sorted_at, number))


def _place(path: str, part: str, title: str) -> str:
    stem = re.sub(r"(?<=[^/])\.[^./]*$", "", path)
    numbers = [int(found) for found in re.findall(r"\d{1,9}", f"{stem} {part}") or re.findall(r"\d{1,9}", title)]
    days, seconds, rest = (min(number, most) for number, most in zip([*numbers, 0, 0, 0][:3], _MOST, strict=True))
    moment = dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=days, seconds=seconds, microseconds=rest)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
