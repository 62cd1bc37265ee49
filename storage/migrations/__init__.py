"""How the tables change: Alembic's revisions in `versions/`, run when a database is opened.

To add one: copy the shape of the newest file in `versions/`, with the next number as its revision
("0004") and the one before as `down_revision`; there is one line of revisions, never a fork. Write
an `upgrade` alone: who must go back puts the backup back that is made before every migration. Use
`op.create_table`, `op.add_column` and the like with the types of `storage/types.py`, which run on
SQLite and on PostgreSQL; a default of 0 or 1 is `sa.false()` or `sa.true()` for a `Flag`. What only
one of them knows (virtual tables, triggers) is below `op.get_bind().dialect.name`, one
statement a call. Tables that are not in `schema.py`, such as those of the full-text index, are left
alone. A released revision is never edited.
"""
