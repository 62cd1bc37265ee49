"""A subscription in the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.base import Settings, Words
from config.values import (
    ChannelId,
    Colour,
    Entries,
    HeaderText,
    Int,
    QuietHours,
    RoleId,
    Sites,
    TimeZone,
)
from storage.layouts import Introduction, Layout, OnRemoved
from storage.options import BODY, LONGEST_BODY, MOST_AN_HOUR, NAMES, Options


class SubscriptionConfig(Settings):
    """A channel that follows a newsletter."""

    newsletter: str = Field(min_length=1, description="The newsletter's name.")
    channel: ChannelId = Field(description="The channel's id.")
    layout: Layout = Field(
        default=Layout.AUTO,
        description="auto, items, thread, forum or digest: where an issue's items go; in a forum channel auto is "
        "forum, and nothing else works.",
    )
    max_messages: Annotated[Int, Field(ge=1, le=100)] = Field(
        default=30,
        description="With layout auto: in longer issues short items share a message, what is still more goes into a "
        "thread; 1 to 100.",
    )
    introduction: Introduction = Field(
        default=Introduction.HEADER,
        description="header or message: whether the editor's introduction is in an issue's header or in its own "
        "message below it.",
    )
    backfill: Annotated[Int, Field(ge=0, le=100)] = Field(
        default=0, description="How many of the newest issues to post when the channel starts to follow; 0 to 100."
    )
    role: RoleId | None = Field(default=None, description="The id of a role to mention above each issue.")
    on_removed: OnRemoved = Field(
        default=OnRemoved.MARK,
        description="mark, delete or keep: what happens to the message of an item that its author removed.",
    )
    sections: Words = Field(default=(), description="Only items below one of these headings; empty means all.")
    exclude_sections: Words = Field(default=(), description="No items below one of these headings.")
    tags: Words = Field(default=(), description="Only issues with one of these tags; empty means all.")
    words_any: Entries = Field(
        default=(), description='Only items with one of these words or phrases; "kube*" finds words that begin with it.'
    )
    words_all: Entries = Field(default=(), description="Only items with all of these words or phrases.")
    words_none: Entries = Field(default=(), description="No items with one of these words or phrases.")
    sites: Sites = Field(
        default=(), description="Only items with a link to one of these sites or their subdomains, such as example.org."
    )
    colour: Colour = Field(default=None, description="The colour bar of its messages; otherwise the newsletter's.")
    body: Annotated[Int, Field(ge=0, le=LONGEST_BODY)] = Field(
        default=BODY,
        description="How many characters of a story are shown before it is cut, each Chinese, Japanese or Korean one "
        f"counted twice; 0 shows only the title; 0 to {LONGEST_BODY}.",
    )
    pictures: bool = Field(default=True, description="Show the pictures of items and issues.")
    buttons: bool = Field(default=True, description="Put links on buttons; otherwise they are below the text.")
    header: HeaderText = Field(
        default="",
        description="Text above each issue; {newsletter}, {title}, {date}, {items} and {url} are filled in.",
    )
    quiet_hours: QuietHours = Field(
        default=None,
        description="Hours in which nothing is posted, such as 22:00-07:00; it follows when they end.",
    )
    time_zone: TimeZone = Field(default="UTC", description="The time zone of quiet_hours.")
    silent: bool = Field(default=False, description="Post without notifying anybody.")
    messages_per_hour: Annotated[Int, Field(ge=1, le=MOST_AN_HOUR)] | None = Field(
        default=None, description=f"The most new messages per hour, the rest later; 1 to {MOST_AN_HOUR}."
    )

    publish: bool = Field(
        default=False,
        description="In an announcement channel: publish the messages to the channels that follow it; Discord allows "
        "ten an hour, so an issue's header goes first and the rest later.",
    )

    @property
    def options(self) -> Options:
        """Return the subscription's options as stored in the database."""
        return Options(**{name: getattr(self, name) for name in NAMES if name in type(self).model_fields})
