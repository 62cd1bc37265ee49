"""Problems reported to the admins, kept until they are resolved so that a restart does not repeat them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select, union

from storage.database import Database
from storage.dialects import insert_into
from storage.member_tables import troubles
from storage.records import State
from storage.schema import deliveries
from storage.tables import in_state

_UNDONE = (State.PENDING.value, State.SENDING.value, State.FAILED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A problem that needs a person. `key` identifies its subject, `reason` its cause; `text` is shown to the admins.

    The ids are those of the report; `message_id` is None if it could not be reported.
    """

    key: str
    reason: str
    text: str
    since_at: dt.datetime
    channel_id: int | None = None
    message_id: int | None = None


def trouble_key(kind: str, *parts: object) -> str:
    """Return a problem's key from its kind and subject."""
    return ":".join((kind, *map(str, parts)))


def short_key(text: str) -> str:
    """Return a hash of a long text, for use in a key."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


class Troubles:
    """The unresolved problems."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def is_shared(self) -> bool:
        """Whether other processes report problems too."""
        return self._db.is_shared

    async def all(self) -> list[Trouble]:
        """Return all problems, oldest first."""
        async with self._db.reading() as connection:
            rows = await connection.execute(select(troubles).order_by(troubles.c.since_at, troubles.c.key))
            return [Trouble(**row) for row in rows.mappings()]

    async def keep(self, found: Iterable[Trouble]) -> None:
        """Save problems, replacing those with the same key."""
        async with self._db.transaction() as connection:
            for one in found:
                values = asdict(one)
                written = insert_into(connection, troubles).values(values)
                changed = {name: value for name, value in values.items() if name != "key"}
                await connection.execute(written.on_conflict_do_update(index_elements=["key"], set_=changed))

    async def end(self, keys: Collection[str]) -> None:
        """Delete resolved problems."""
        async with self._db.transaction() as connection:
            await connection.execute(delete(troubles).where(troubles.c.key.in_(sorted(keys))))

    async def refusals(self) -> Sequence[tuple[int, str]]:
        """Return pairs of a channel and a reason why a message is not posted there now."""
        # a query per state, each using that state's partial index
        queries = (
            select(deliveries.c.channel_id, deliveries.c.error).where(
                in_state(deliveries, state), deliveries.c.error != ""
            )
            for state in _UNDONE
        )
        async with self._db.reading() as connection:
            rows = await connection.execute(union(*queries))
            return [(int(row.channel_id), str(row.error)) for row in rows]
