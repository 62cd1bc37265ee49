"""Column types that behave the same in every database and fit SQLite's STRICT tables.

STRICT supports only INTEGER, REAL, TEXT and BLOB. Times are fixed-width text in SQLite, so that text order is
chronological.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_compact = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":")
).encode  # `json.dumps` would create an encoder each time

Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite uses an INTEGER PRIMARY KEY as the rowid


def time_text(moment: dt.datetime) -> str:
    """Return a time in SQLite's format."""
    # `isoformat` pads years to four digits, which text order requires
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class UtcTime(TypeDecorator[dt.datetime]):
    """An aware datetime in UTC."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text in SQLite, the database's own type elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Convert to UTC; reject a naive time, which is ambiguous."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return time_text(value) if dialect.name == "sqlite" else value.astimezone(dt.UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Convert back to an aware datetime."""
        del dialect
        if value is None:
            return None
        if isinstance(value, dt.datetime):  # PostgreSQL's driver drops the zone of the minimum and the maximum
            return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return dt.datetime.fromisoformat(value)


class Day(TypeDecorator[dt.date]):
    """A calendar day."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text in SQLite, the database's own type elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: dt.date | None, dialect: Dialect) -> Any:
        """Convert to `2023-09-07` for SQLite."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.date | None:
        """Convert back to a date."""
        del dialect
        return dt.date.fromisoformat(value) if isinstance(value, str) else value


class Flag(TypeDecorator[bool]):
    """A boolean, 1 or 0 in SQLite."""

    impl = Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use a number in SQLite, the database's own type elsewhere."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """Convert to a number for SQLite."""
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Convert back to a bool."""
        del dialect
        return None if value is None else bool(value)


class Json(TypeDecorator[Any]):
    """A JSON value that SQLite's JSON functions can read; not escaped to ASCII."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text in SQLite, JSONB in PostgreSQL."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Convert to compact JSON text."""
        if value is None or dialect.name != "sqlite":
            return value
        return _compact(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Convert back to Python values."""
        return json.loads(value) if isinstance(value, str) and dialect.name == "sqlite" else value
