"""Database rows as values for the rest of Herald."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from digest.model import Issue, Item
from storage.layouts import Layout, OnRemoved, Origin
from storage.options import Options


class Gate(enum.StrEnum):
    """Whether an issue was posted, or what keeps it from it."""

    WAITING = "waiting"  # a draft, dated in the future, not settled: `gate_reason` says what
    HELD = "held"  # too many at once: an admin decides
    FILED = "filed"  # kept and found by searches, never posted by itself
    RELEASED = "released"  # its deliveries were planned

    @property
    def is_published(self) -> bool:
        """Whether searches find it and members may see it."""
        return self in {Gate.FILED, Gate.RELEASED}


class State(enum.StrEnum):
    """Where a delivery is in its life; docs/delivery.md has the table."""

    PENDING = "pending"
    SENDING = "sending"  # a request may have left: only reading back tells what became of it
    SENT = "sent"
    FAILED = "failed"  # parked: Discord refuses this message
    SKIPPED = "skipped"  # not wanted any more before it was posted


class Action(enum.StrEnum):
    """What a delivery does next, or did last."""

    POST = "post"
    EDIT = "edit"
    WITHDRAW = "withdraw"  # mark the message as withdrawn
    DELETE = "delete"


class Wanted(enum.StrEnum):
    """What a reader of the channel should see of a delivery's item."""

    SHOWN = "shown"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


# what a reader should see of an item that its author removed
WHEN_REMOVED = {
    OnRemoved.MARK: Wanted.WITHDRAWN,
    OnRemoved.DELETE: Wanted.DELETED,
    OnRemoved.KEEP: Wanted.SHOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """An issue with its place in the archive. From `Archive.issue` alone does `issue` come with its items."""

    id: int
    newsletter: str
    issue: Issue
    item_count: int
    sorted_at: dt.datetime  # its moment of publication; of an undated one its place before all others
    first_seen_at: dt.datetime
    seen_at: dt.datetime  # when Herald first saw this version
    changed_at: dt.datetime | None  # when its file last changed, as the source says
    removed_at: dt.datetime | None
    gate: Gate
    gate_reason: str
    gate_until: dt.datetime | None  # when a waiting issue is decided on again; None: when it changes
    released_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item with its place; `position` counts from 0 in the issue's order."""

    id: int
    issue_id: int
    position: int
    item: Item
    first_seen_at: dt.datetime
    removed_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIssue:
    """What storing an issue changed. All ids are those of the database.

    `changed` are items that a reader sees differently; `deliveries` counts the messages that are now
    to be posted, edited or withdrawn because of it. With `copy_of` it was not stored: it is the issue `id` of that
    path over again.
    """

    id: int
    path: str
    part: str
    copy_of: str = ""
    is_new: bool = False
    is_changed: bool = False  # a reader sees a difference, in the issue's head or in an item
    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    deliveries: int = 0
    kept_back: str = ""  # why the new version of a posted issue is not taken in: the stored one stays


@dataclass(frozen=True, slots=True)
class ToPublish:
    """How many messages of a subscription are still to be handed on to followers, and when the next one may be.

    `next_at` None: at once.
    """

    count: int
    next_at: dt.datetime | None = None


NOTHING_TO_PUBLISH = ToPublish(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """A file that could not be taken in; `line` 0 means the file as a whole."""

    newsletter: str
    path: str
    line: int
    reason: str
    since_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much the archive holds, without what was removed."""

    issues: int
    items: int
    waiting: int
    held: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion while somebody types: the thing's id, or its name where the name is its identity."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A channel that follows a newsletter."""

    id: int
    newsletter: str
    channel_id: int
    guild_id: int | None  # None until the channel was seen
    origin: Origin
    options: Options
    backfill: int
    created_at: dt.datetime
    backfilled_at: dt.datetime | None  # None: its first issues are still to be chosen
    paused_at: dt.datetime | None
    waiting_since: dt.datetime | None
    waiting_reason: str | None  # in plain words, for its admins
    quiet_until: dt.datetime | None  # nothing new is posted before: quiet hours, or so many messages an hour
    removed_at: dt.datetime | None

    @property
    def layout(self) -> Layout:
        """Where an issue's items go."""
        return self.options.layout

    @property
    def max_messages(self) -> int:
        """With layout auto: the number of items from which on one-liners share messages."""
        return self.options.max_messages

    @property
    def role_id(self) -> int | None:
        """The role that is mentioned above each issue."""
        return self.options.role

    @property
    def on_removed(self) -> OnRemoved:
        """What becomes of the message of an item that its author removed."""
        return self.options.on_removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message that is owed to a channel, or was posted there; `item_id` None is the issue's header.

    With `is_list` it shows several items, of which `item_id` is the first (`Outbox.listed` names all).

    `thread_id` is the thread that the message goes to or is in; None: the channel itself. With a
    layout that `opens_thread` the header's delivery opens it.
    """

    id: int
    subscription_id: int
    newsletter: str
    channel_id: int
    guild_id: int | None
    options: Options  # of its subscription, as they are now
    issue_id: int
    item_id: int | None
    is_list: bool
    in_thread: bool  # with layout auto: it goes into the thread below the header
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
    content_hash: str | None  # of what was last sent; None: unknown
    is_late: bool  # a later one of its issue was posted before it
    attempts: int
    error: str
    not_before: dt.datetime | None
    planned_at: dt.datetime
    sending_at: dt.datetime | None
    last_message_id: int | None
    done_at: dt.datetime | None

    @property
    def layout(self) -> Layout:
        """Where the items of its issue go."""
        return self.options.layout

    @property
    def role_id(self) -> int | None:
        """The role that is mentioned above its issue."""
        return self.options.role

    @property
    def opens_thread(self) -> bool:
        """Whether it is the header whose message opens the thread that the items go into."""
        return self.item_id is None and self.layout.opens_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """What `/status` tells about one subscription's deliveries."""

    subscription: Subscription
    pending: int
    sending: int
    sent: int
    failed: int
    oldest_pending_at: dt.datetime | None
    last_done_at: dt.datetime | None
