"""What all tables have in common; `schema.py` has the tables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    FromClause,
    MetaData,
    Table,
    literal_column,
)
from sqlalchemy.sql.schema import SchemaItem

from storage.types import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def in_state(table: FromClause, state: str) -> ColumnElement[bool]:
    """Whether a delivery is in `state`, written so that the partial index of that state serves."""
    return table.c.state == literal_column(f"'{state}'")


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return the check that a column holds one of these values."""
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def table(name: str, *parts: SchemaItem) -> Table:
    """Return a table in which SQLite checks each value's type, too."""
    return Table(name, metadata, *parts, sqlite_strict=True)


def numbered(name: str, *parts: SchemaItem) -> Table:
    """Return a table whose numbers are never used again: they are in messages and in people's hands."""
    return Table(
        name, metadata, Column("id", Id, primary_key=True), *parts, sqlite_strict=True, sqlite_autoincrement=True
    )
