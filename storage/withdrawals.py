"""Withdrawals by admins in one channel, which survive changes by the author until the part is reposted.

A row concerns an issue's header (and thus all items added later), one item, or the items added later to a section.
`below` is set when a part was reposted as new messages: messages of earlier generations stay withdrawn, those of that
generation and later ones are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.filtering import folded
from storage.layouts import OnRemoved
from storage.schema import withdrawals


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A row; with `item_id` and `section` None it concerns the header."""

    subscription_id: int
    item_id: int | None
    section: str | None
    how: OnRemoved  # MARK or DELETE only
    below: int | None

    @property
    def is_of_header(self) -> bool:
        """Whether it withdraws the whole issue rather than a part."""
        return self.item_id is None and self.section is None

    def holds_in(self, generation: int | None) -> bool:
        """Whether it concerns messages of this generation, None meaning the next one."""
        return self.below is None or (generation is not None and generation < self.below)


def _around(rows: Iterable[Withdrawal], section: Sequence[str]) -> list[Withdrawal]:
    """Return the rows about an item's whole issue or its sections."""
    above = {folded(one) for one in section}
    return [row for row in rows if row.is_of_header or (row.section is not None and folded(row.section) in above)]


class Withdrawals:
    """The withdrawals of an issue, by subscription."""

    def __init__(self, rows: Iterable[Withdrawal] = ()) -> None:
        self._rows: dict[int, list[Withdrawal]] = {}
        for row in rows:
            self._rows.setdefault(row.subscription_id, []).append(row)

    def __bool__(self) -> bool:
        """Whether anything is withdrawn in any subscription."""
        return bool(self._rows)

    @property
    def subscription_ids(self) -> Collection[int]:
        """Return the subscriptions with withdrawals."""
        return self._rows.keys()

    def has(self, subscription_id: int) -> bool:
        """Whether anything is withdrawn in a subscription."""
        return subscription_id in self._rows

    def of(self, subscription_id: int, item_id: int | None, generation: int | None) -> OnRemoved | None:
        """Return how the message of an item, or of the header (None), was withdrawn; None if it was not."""
        for row in self._rows.get(subscription_id, ()):
            is_it = row.item_id == item_id if item_id is not None else row.is_of_header
            if is_it and row.holds_in(generation):
                return row.how
        return None

    def hides(
        self, subscription_id: int, item_id: int, section: Sequence[str], generation: int | None = None
    ) -> OnRemoved | None:
        """Return how an item is withdrawn in this generation, None meaning the next one.

        An item without a row of its own is withdrawn if its whole issue or one of its sections is.
        """
        mine = self._rows.get(subscription_id, ())
        own = [row for row in mine if row.item_id == item_id]
        holding = (row.how for row in own or _around(mine, section) if row.holds_in(generation))
        return next(holding, None)


async def read_withdrawals(connection: AsyncConnection, issue_id: int) -> Withdrawals:
    """Return all withdrawals of an issue."""
    found = await connection.execute(select(withdrawals).where(withdrawals.c.issue_id == issue_id))
    return Withdrawals(
        Withdrawal(
            subscription_id=row["subscription_id"],
            item_id=row["item_id"],
            section=row["section"],
            how=OnRemoved(row["how"]),
            below=row["below"],
        )
        for row in found.mappings()
    )


async def take_back(
    connection: AsyncConnection,
    subscription_id: int,
    issue_id: int,
    how: OnRemoved,
    *,
    item_ids: Collection[int],
    section: str | None = None,
    is_whole: bool = False,
) -> None:
    """Record that items are withdrawn in a subscription.

    `is_whole` includes the header and all items added later, `section` the items added later to that section.
    """
    await lift(connection, subscription_id, issue_id, item_ids=item_ids, section=section, is_whole=is_whole)
    kept: Mapping[str, Any] = {
        "subscription_id": subscription_id,
        "issue_id": issue_id,
        "how": how.value,
        "below": None,
    }
    rows: list[dict[str, Any]] = [{**kept, "item_id": one, "section": None} for one in sorted(item_ids)]
    rows += [{**kept, "item_id": None, "section": None}] if is_whole else []
    rows += [{**kept, "item_id": None, "section": section}] if section is not None else []
    await connection.execute(insert(withdrawals), rows)


async def lift(
    connection: AsyncConnection,
    subscription_id: int,
    issue_id: int,
    *,
    item_ids: Collection[int],
    section: str | None = None,
    is_whole: bool = False,
    from_generation: int | None = None,
) -> None:
    """Lift the withdrawal of items in a subscription; with `from_generation`, only for that generation and later."""
    mine = (withdrawals.c.subscription_id == subscription_id) & (withdrawals.c.issue_id == issue_id)
    concerned: ColumnElement[bool] = withdrawals.c.item_id.in_(list(item_ids))
    if section is not None:
        concerned |= withdrawals.c.section == section
    if is_whole:
        concerned |= withdrawals.c.item_id.is_(None)
    if from_generation is None:
        await connection.execute(delete(withdrawals).where(mine, concerned))
    else:
        open_ones = mine & concerned & withdrawals.c.below.is_(None)
        await connection.execute(update(withdrawals).where(open_ones).values(below=from_generation))
