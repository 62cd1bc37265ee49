"""Database rows as value objects for the rest of Herald."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from digest.model import Issue, Item
from storage.layouts import Layout, OnRemoved, Origin
from storage.options import Options


class Gate(enum.StrEnum):
    """Whether an issue is posted, or why not."""

    WAITING = "waiting"  # a draft, future-dated or not yet settled; see `gate_reason`
    HELD = "held"  # suspicious, such as too many at once; an admin decides
    FILED = "filed"  # archived and searchable, not posted automatically
    RELEASED = "released"  # its deliveries have been planned

    @property
    def is_published(self) -> bool:
        """Whether the issue is searchable and visible to members."""
        return self in {Gate.FILED, Gate.RELEASED}


class State(enum.StrEnum):
    """The state of a delivery; docs/delivery.md has the table."""

    PENDING = "pending"
    SENDING = "sending"  # a request may have been sent; only reading the channel shows its outcome
    SENT = "sent"
    FAILED = "failed"  # parked, because Discord rejects the message
    SKIPPED = "skipped"  # no longer wanted before it was posted


class Action(enum.StrEnum):
    """The next action of a delivery, or its last one."""

    POST = "post"
    EDIT = "edit"
    WITHDRAW = "withdraw"  # mark the message as withdrawn
    DELETE = "delete"


class Wanted(enum.StrEnum):
    """What the channel should show of a delivery's item."""

    SHOWN = "shown"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


# what the channel should show of an item that its author removed
WHEN_REMOVED = {
    OnRemoved.MARK: Wanted.WITHDRAWN,
    OnRemoved.DELETE: Wanted.DELETED,
    OnRemoved.KEEP: Wanted.SHOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """An issue with its archive metadata; it includes its items only where a method says so, as `Archive.issue`."""

    id: int
    newsletter: str
    issue: Issue
    item_count: int
    sorted_at: dt.datetime  # when it was published; undated issues sort before all others
    first_seen_at: dt.datetime
    seen_at: dt.datetime  # when Herald first saw this version
    changed_at: dt.datetime | None  # when its file last changed, according to its source
    removed_at: dt.datetime | None
    gate: Gate
    gate_reason: str
    gate_until: dt.datetime | None  # when the gate of a waiting issue is reviewed; None: once it changes
    released_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item with its archive metadata; `position` counts from 0 within the issue."""

    id: int
    issue_id: int
    position: int
    item: Item
    first_seen_at: dt.datetime
    removed_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIssue:
    """The result of storing an issue. All ids are database ids.

    `changed` are the items with visible changes; `deliveries` is the number of messages to post, edit or withdraw as a
    result. With `copy_of` the issue was not stored, because it duplicates the issue `id` at that path.
    """

    id: int
    path: str
    part: str
    copy_of: str = ""
    is_new: bool = False
    is_changed: bool = False  # whether the issue's head or any item changed visibly
    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    deliveries: int = 0
    kept_back: str = ""  # why the new version of a posted issue was not stored


@dataclass(frozen=True, slots=True)
class ToPublish:
    """The number of a subscription's messages still to be published to following channels, and when the next is due.

    `next_at` None means immediately.
    """

    count: int
    next_at: dt.datetime | None = None


NOTHING_TO_PUBLISH = ToPublish(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """A file that could not be imported; `line` 0 means the whole file."""

    newsletter: str
    path: str
    line: int
    reason: str
    since_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers of issues and items in the archive, without removed ones."""

    issues: int
    items: int
    waiting: int
    held: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An autocomplete suggestion; `value` is an id, or a name that serves as one."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A channel that follows a newsletter."""

    id: int
    newsletter: str
    channel_id: int
    guild_id: int | None  # None until the channel has been seen
    origin: Origin
    options: Options
    backfill: int
    created_at: dt.datetime
    backfilled_at: dt.datetime | None  # None: the backfill is still to be planned
    paused_at: dt.datetime | None
    waiting_since: dt.datetime | None
    waiting_reason: str | None  # in plain words, for its admins
    quiet_until: dt.datetime | None  # no new posts before then, because of quiet hours or the hourly limit
    removed_at: dt.datetime | None

    @property
    def layout(self) -> Layout:
        """How an issue's items are posted."""
        return self.options.layout

    @property
    def max_messages(self) -> int:
        """For layout auto: the number of items above which one-liners share messages."""
        return self.options.max_messages

    @property
    def role_id(self) -> int | None:
        """The role mentioned above each issue."""
        return self.options.role

    @property
    def on_removed(self) -> OnRemoved:
        """What happens to the message of an item that its author removed."""
        return self.options.on_removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message that is planned for a channel, or was posted there; `item_id` None means the issue's header.

    With `is_list` it shows several items, of which `item_id` is the first (`Outbox.listed` returns all).

    `thread_id` is the message's thread, present or future; None means the channel itself. With a layout that
    `opens_thread`, the header's delivery opens it.
    """

    id: int
    subscription_id: int
    newsletter: str
    channel_id: int
    guild_id: int | None
    options: Options  # the subscription's current options
    issue_id: int
    item_id: int | None
    is_list: bool
    in_thread: bool  # layout auto: in the thread below the header
    generation: int
    position: int
    action: Action
    state: State
    wanted: Wanted
    done: Wanted | None
    nonce: str
    mark: str
    message_id: int | None
    thread_id: int | None
    content_hash: str | None  # of the last content sent; None: unknown
    is_late: bool  # posted after a later message of its issue
    attempts: int
    error: str
    not_before: dt.datetime | None
    planned_at: dt.datetime
    sending_at: dt.datetime | None
    last_message_id: int | None
    done_at: dt.datetime | None

    @property
    def layout(self) -> Layout:
        """How the items of its issue are posted."""
        return self.options.layout

    @property
    def role_id(self) -> int | None:
        """The role mentioned above its issue."""
        return self.options.role

    @property
    def opens_thread(self) -> bool:
        """Whether it is the header whose message opens the thread for the items."""
        return self.item_id is None and self.layout.opens_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """The numbers that `/status` shows of a subscription's deliveries."""

    subscription: Subscription
    pending: int
    sending: int
    sent: int
    failed: int
    oldest_pending_at: dt.datetime | None
    last_done_at: dt.datetime | None
