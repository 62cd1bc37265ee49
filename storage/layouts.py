"""The choices of a subscription; their values are used in the configuration, in Discord and in the database."""

from __future__ import annotations

from enum import StrEnum


class Layout(StrEnum):
    """How an issue's items are posted. Delivery code distinguishes layouts by the properties below.

    CONTRIBUTING.md ("How to add a layout") lists the other places where a new layout must be added.
    """

    AUTO = "auto"  # as items, but in long issues one-liners share messages and the excess goes into a thread
    ITEMS = "items"  # a message per item below the header, in the channel
    THREAD = "thread"  # a message per item in a thread below the header
    FORUM = "forum"  # a message per item in a forum post that begins with the header
    DIGEST = "digest"  # one message that lists all items

    @property
    def opens_thread(self) -> bool:
        """Whether the header opens a thread or forum post for the items."""
        return self in {Layout.THREAD, Layout.FORUM}

    @property
    def has_thread_below_header(self) -> bool:
        """Whether the header is in the channel with the thread below it, rather than inside the forum post."""
        return self is Layout.THREAD

    @property
    def is_one_message(self) -> bool:
        """Whether the header shows the whole issue."""
        return self is Layout.DIGEST

    @property
    def shares_messages(self) -> bool:
        """Whether one-liners of a long issue share messages."""
        return self is Layout.AUTO

    @property
    def needs_forum(self) -> bool:
        """Whether it posts only in forums."""
        return self is Layout.FORUM

    @property
    def in_forum(self) -> Layout:
        """The effective layout in a forum, where `auto` means `forum`."""
        return Layout.FORUM if self is Layout.AUTO else self


# the same property, for queries
THREADED = tuple(layout.value for layout in Layout if layout.opens_thread)
HEADER_INSIDE = tuple(layout.value for layout in Layout if layout.opens_thread and not layout.has_thread_below_header)


class Origin(StrEnum):
    """How a subscription was created."""

    CONFIG = "config"
    DISCORD = "discord"
    REPOST = "repost"  # received a repost once, does not follow

    @property
    def follows(self) -> bool:
        """Whether new issues are posted there."""
        return self is not Origin.REPOST


class Introduction(StrEnum):
    """Where an issue's introduction is shown."""

    HEADER = "header"  # in the header, cut to the available space
    MESSAGE = "message"  # in a separate message below the header; a digest keeps it in the header


class OnRemoved(StrEnum):
    """What happens to the message of an item that its author removed."""

    MARK = "mark"
    DELETE = "delete"
    KEEP = "keep"
