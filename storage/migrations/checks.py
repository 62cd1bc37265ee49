"""For revisions: another CHECK for a table that is there already."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text


def replace_check(table: str, column: str, old: str, new: str) -> None:
    """Replace the condition `old` of the constraint `ck_<table>_<column>` by `new`, both written as `schema.py` does.

    SQLite cannot change a CHECK: there the table is made anew from its own definition, with its rows, indexes and
    triggers, and its numbers go on where they were.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, sa.text(new))
        return
    query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql IS NOT NULL")
    found = {
        kind: connection.execute(query, {"table": table, "type": kind}).scalars().all()
        for kind in ("table", "index", "trigger")
    }
    [definition] = found["table"]
    if old not in definition:
        raise RuntimeError(f"the table {table} has no condition {old}")
    last = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :table"), {"table": table})
    # a table that was made anew before has its name in quotes
    made = re.sub(rf'\ACREATE TABLE "?{table}"?', f"CREATE TABLE {table}_new", definition.replace(old, new))
    rebuild = (
        made,
        f"INSERT INTO {table}_new SELECT * FROM {table}",  # noqa: S608 -- a name of our own
        f"DROP TABLE {table}",
        f"ALTER TABLE {table}_new RENAME TO {table}",
        *found["index"],
        *found["trigger"],
    )
    for statement in rebuild:
        connection.exec_driver_sql(statement)
    if last is not None:  # no number is given twice, not even that of a row that is gone
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table})
        values = {"table": table, "last": last}
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"), values)
