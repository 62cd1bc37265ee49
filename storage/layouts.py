"""What a subscription may choose, as words that are in the configuration, in Discord and in the database."""

from __future__ import annotations

from enum import StrEnum


class Layout(StrEnum):
    """Where an issue's items go. A new layout says here how it differs; whoever delivers asks these properties.

    CONTRIBUTING.md ("How to add a layout") has the other places that a new one is entered in.
    """

    AUTO = "auto"  # as items, but in a long issue one-liners share messages, and what is still too much goes below it
    ITEMS = "items"  # a message each, below the header, in the channel itself
    THREAD = "thread"  # a message each in a thread below the header
    FORUM = "forum"  # a message each in a forum post, whose first message is the header
    DIGEST = "digest"  # one message that lists them

    @property
    def opens_thread(self) -> bool:
        """Whether the header opens a thread, or a forum post, for the items."""
        return self in {Layout.THREAD, Layout.FORUM}

    @property
    def has_thread_below_header(self) -> bool:
        """Whether the header is in the channel itself with the thread below it, and not inside what it opens."""
        return self is Layout.THREAD

    @property
    def is_one_message(self) -> bool:
        """Whether the header alone shows the whole issue."""
        return self is Layout.DIGEST

    @property
    def shares_messages(self) -> bool:
        """Whether the one-liners of a long issue share messages."""
        return self is Layout.AUTO

    @property
    def needs_forum(self) -> bool:
        """Whether it posts into forums, and into nothing else."""
        return self is Layout.FORUM

    @property
    def in_forum(self) -> Layout:
        """The layout as a forum takes it: there `auto` is the forum's own."""
        return Layout.FORUM if self is Layout.AUTO else self


# the same for queries
THREADED = tuple(layout.value for layout in Layout if layout.opens_thread)
HEADER_INSIDE = tuple(layout.value for layout in Layout if layout.opens_thread and not layout.has_thread_below_header)


class Origin(StrEnum):
    """Where a subscription comes from."""

    CONFIG = "config"
    DISCORD = "discord"
    REPOST = "repost"  # got something once, follows nothing

    @property
    def follows(self) -> bool:
        """Whether new issues are posted there."""
        return self is not Origin.REPOST


class Introduction(StrEnum):
    """Where the editor's own words of an issue stand."""

    HEADER = "header"  # as much of them as there is room for
    MESSAGE = "message"  # in a message of their own below it; a digest, which is one message, keeps them in its header


class OnRemoved(StrEnum):
    """What becomes of the message of an item that its author removed."""

    MARK = "mark"
    DELETE = "delete"
    KEEP = "keep"
