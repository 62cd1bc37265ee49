"""How the tables change: Alembic's revisions in `versions/`, run when a database is opened.

To add one: copy the shape of the newest file in `versions/`, with the next number as its revision
("0004") and the one before as `down_revision`; there is one line of revisions, never a fork. Write
an `upgrade` alone: who must go back puts the backup back that is made before every migration. Use
`op.create_table`, `op.batch_alter_table` and the like with the types of `storage/types.py`; what
only SQLite knows (virtual tables, triggers) goes through `op.execute`, one statement a call. Tables
that are not in `schema.py`, such as those of the full-text index, are left alone. A released
revision is never edited.
"""
