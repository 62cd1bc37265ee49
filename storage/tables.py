"""Helpers to define tables; `schema.py` has the tables."""

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
    """Return the condition that a delivery is in `state`, written so that the state's partial index is used."""
    return table.c.state == literal_column(f"'{state}'")


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return a check constraint that a column has one of these values."""
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def table(name: str, *parts: SchemaItem) -> Table:
    """Return a table, STRICT in SQLite."""
    return Table(name, metadata, *parts, sqlite_strict=True)


def numbered(name: str, *parts: SchemaItem) -> Table:
    """Return a table whose ids are never reused, because they appear in messages and are known to people."""
    return Table(
        name, metadata, Column("id", Id, primary_key=True), *parts, sqlite_strict=True, sqlite_autoincrement=True
    )
