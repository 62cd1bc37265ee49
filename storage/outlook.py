"""What is due in a channel, in one query; usually it is only the next post."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, exists, select

from storage import claiming, headers, publishing
from storage.claiming import CHANNEL
from storage.schema import found_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a step of a channel must handle."""

    is_unsettled: bool  # a request has an unknown outcome
    may_publish: bool  # a message is to be published, unless it must wait
    has_stale_header: bool
    has_found: bool  # there are messages that the ledger does not know


QUERY = select(
    claiming.is_unsettled.label("is_unsettled"),
    exists().where(publishing.may_be_due).label("may_publish"),
    exists().where(headers.may_be_stale).label("has_stale_header"),
    exists().where(found_messages.c.channel_id == CHANNEL).label("has_found"),
)


def of_row(row: RowMapping) -> Outlook:
    """Convert a row of `QUERY`."""
    return Outlook(**{str(name): bool(value) for name, value in row.items()})
