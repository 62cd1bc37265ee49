"""The tables. `migrations/versions/` create the same schema; tests compare the two.

The search tables (`index.py`) are not listed here; they reference `items` by foreign key. Partial indexes give their
condition for SQLite only, because naming PostgreSQL would import its dialect at each start; the migrations give both.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Text, false, text

from storage import tables
from storage.layouts import Introduction, Layout, OnRemoved, Origin
from storage.member_tables import catchup_members, opened_items, troubles
from storage.tables import numbered, one_of, table
from storage.types import Day, Flag, Id, Json, UtcTime

metadata = tables.metadata  # of the tables below and in other modules
ELSEWHERE = (catchup_members, opened_items, troubles)
GATE_STATES = ("waiting", "held", "filed", "released")
DELIVERY_STATES = ("pending", "sending", "sent", "failed", "skipped")
ACTIONS = ("post", "edit", "withdraw", "delete")
WANTED = ("shown", "withdrawn", "deleted")
HELD, KEPT = "held", "kept"  # a removal waits for a decision; decided against

settings = table(
    "settings",
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

newsletters = table(
    "newsletters",
    Column("name", Text, primary_key=True),
    Column("revision", Text),  # the last revision of the source that was imported completely
    Column("key", Text),  # its configured `id`, which survives renaming; NULL: never seen with an `id`
    Column("source", Text),  # its last source, without secrets
    Column("orphaned_at", UtcTime),  # when it disappeared from the configuration
)

faults = table(
    "faults",
    Column("newsletter", Text, ForeignKey("newsletters.name"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since_at", UtcTime, nullable=False),
)

issues = numbered(
    "issues",
    Column("newsletter", Text, ForeignKey("newsletters.name"), nullable=False),
    Column("path", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_folded", Text, nullable=False),  # for autocomplete
    Column("date", Day),
    Column("published_at", Text),  # as written by the author, with or without a time zone
    Column("sorted_at", UtcTime, nullable=False),  # when it was published; undated issues sort before all others
    Column("tags", Json, nullable=False),
    Column("summary", Text, nullable=False),
    Column("url", Text),
    Column("image", Text),
    Column("draft", Flag, nullable=False),
    Column("withheld", Text, nullable=False, server_default=""),  # why its front matter forbids publishing it
    Column("expires_at", Text),  # as written by the author, with or without a time zone
    Column("digest", Text, nullable=False),  # hash of the whole issue, to detect changes
    Column("first_seen_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),  # when Herald first saw this version
    Column("changed_at", UtcTime),  # when the file last changed, according to its source
    Column("removed_at", UtcTime),
    Column("missing", Text),  # its file is gone: "held" until an admin decides, or "kept"; NULL: it exists
    Column("gate", Text, nullable=False),
    Column("gate_reason", Text, nullable=False),
    Column("gate_until", UtcTime),  # when the gate of a waiting issue is reviewed; NULL: once it changes
    Column("released_at", UtcTime),
    Column("intro", Text, nullable=False),
    Column("introduction", Text, nullable=False, server_default=""),  # the same as Discord Markdown
    Column("language", Text, nullable=False, server_default=""),
    Column("notices", Json, nullable=False),
    Column("left_out", Json, nullable=False),
    Column("frame", Text, nullable=False, server_default=""),  # marks of lines that recurred when it was read
    one_of("gate", GATE_STATES),
)
_LIVE_ISSUE = issues.c.removed_at.is_(None)
Index(
    "uq_issues_place",
    issues.c.newsletter,
    issues.c.path,
    issues.c.part,
    unique=True,
    sqlite_where=_LIVE_ISSUE,
)
Index("ix_issues_sorted_at", issues.c.sorted_at)
Index("ix_issues_titles", issues.c.title_folded, issues.c.sorted_at, issues.c.newsletter, sqlite_where=_LIVE_ISSUE)
Index("ix_issues_newsletter_sorted_at", issues.c.newsletter, issues.c.sorted_at)
Index(
    "ix_issues_gate",
    issues.c.gate,
    issues.c.gate_until,
    sqlite_where=text("gate IN ('waiting', 'held')"),
)
Index(
    "ix_issues_removed",
    issues.c.newsletter,
    issues.c.path,
    sqlite_where=issues.c.removed_at.is_not(None),
)

items = numbered(
    "items",
    Column("issue_id", Id, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),  # from 0, within the issue
    Column("key", Text, nullable=False),  # the item's own id, unique within its issue
    Column("title", Text, nullable=False),
    Column("title_folded", Text, nullable=False),
    Column("section", Json, nullable=False),
    Column("links", Json, nullable=False),
    Column("image", Text),
    Column("anchor", Text, nullable=False),
    Column("first_line", Integer, nullable=False),
    Column("last_line", Integer, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("text", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("uq_items_key", "issue_id", "key", unique=True),
    Index("ix_items_title_folded", "title_folded"),
)
_REMOVED_ITEM = items.c.removed_at.is_not(None)
Index("ix_items_removed", items.c.issue_id, sqlite_where=_REMOVED_ITEM)
Index(
    "ix_issues_newsletter_gate",
    issues.c.newsletter,
    issues.c.gate,
    issues.c.id,
    sqlite_where=_LIVE_ISSUE,
)

subscriptions = numbered(
    "subscriptions",
    Column("newsletter", Text, nullable=False),  # can be followed before it is configured
    Column("channel_id", Id, nullable=False),
    Column("guild_id", Id),  # NULL until the channel was seen
    Column("origin", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("max_messages", Integer, nullable=False, server_default="30"),  # with layout auto
    Column("introduction", Text, nullable=False, server_default="header"),
    Column("backfill", Integer, nullable=False),
    Column("role_id", Id),
    Column("on_removed", Text, nullable=False),
    Column("sections", Json, nullable=False),
    Column("exclude_sections", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("options", Json, nullable=False, server_default="{}"),  # all other options that differ from their default
    Column("created_at", UtcTime, nullable=False),
    Column("backfilled_at", UtcTime),
    Column("paused_at", UtcTime),
    Column("waiting_since", UtcTime),
    Column("waiting_reason", Text),
    Column("quiet_until", UtcTime),  # no new posts before then
    Column("removed_at", UtcTime),
    one_of("origin", Origin),
    one_of("layout", Layout),
    one_of("on_removed", OnRemoved),
    one_of("introduction", Introduction),
    Index("uq_subscriptions_channel_id_newsletter", "channel_id", "newsletter", unique=True),
    Index("ix_subscriptions_newsletter", "newsletter"),
    Index("ix_subscriptions_guild_id", "guild_id", "newsletter"),
)

# Unsaved choices in an open /setup panel.
setup_drafts = numbered(
    "setup_drafts",
    Column("user_id", Id, nullable=False),
    Column("guild_id", Id, nullable=False),
    Column("newsletter", Text, nullable=False),  # "" until chosen
    Column("channel_id", Id),
    Column("backfill", Integer, nullable=False),
    Column("options", Json, nullable=False),
    Column("based_on", Json),  # the options of the subscription being changed; NULL: a new one
    Column("changed_at", UtcTime, nullable=False),
    Index("uq_setup_drafts_user_id_guild_id", "user_id", "guild_id", unique=True),
)

deliveries = numbered(
    "deliveries",
    Column("subscription_id", Id, ForeignKey("subscriptions.id"), nullable=False),
    Column("channel_id", Id, nullable=False),  # copied from the subscription for the index
    Column("issue_id", Id, ForeignKey("issues.id"), nullable=False),
    Column("item_id", Id, ForeignKey("items.id")),  # NULL: the issue's header; for a list, its first item
    Column("is_list", Flag, nullable=False, server_default=false()),  # shows the items in `delivery_items`
    Column("in_thread", Flag, nullable=False, server_default=false()),  # layout auto: in the thread below the header
    Column("generation", Integer, nullable=False),
    Column("rank", Id, nullable=False),  # deliveries are posted in the order of planning
    Column("position", Integer, nullable=False),  # within its rank; the header has -1
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("wanted_version", Integer, nullable=False),  # incremented by every visible change
    Column("claimed_version", Integer, nullable=False),
    Column("done", Text),  # what the channel shows; NULL: never posted
    Column("done_version", Integer, nullable=False),
    Column("held", Text),  # its withdrawal: "held" until an admin decides, or "kept"
    Column("content_hash", Text),  # of the last content sent, computed by ui/; NULL: unknown
    Column("message_id", Id),
    Column("thread_id", Id),  # the message's thread, if any; for a header, the thread it opened
    Column("is_late", Flag, nullable=False),
    Column("refresh_at", UtcTime),  # for a header: when to fill in the links to its item messages
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("not_before", UtcTime),
    Column("planned_at", UtcTime, nullable=False),
    Column("sending_at", UtcTime),
    Column("last_message_id", Id),  # the channel's last known message when the request was sent
    Column("done_at", UtcTime),
    Column("publish_at", UtcTime),  # announcement channels: when to publish it to following channels
    Column("published_at", UtcTime),
    one_of("action", ACTIONS),
    one_of("state", DELIVERY_STATES),
    one_of("wanted", WANTED),
)
Index(
    "uq_deliveries_header",
    deliveries.c.subscription_id,
    deliveries.c.issue_id,
    deliveries.c.generation,
    unique=True,
    sqlite_where=deliveries.c.item_id.is_(None),
)
Index(
    "uq_deliveries_item",
    deliveries.c.subscription_id,
    deliveries.c.item_id,
    deliveries.c.generation,
    unique=True,
    sqlite_where=deliveries.c.item_id.is_not(None),
)
Index(
    "ix_issues_missing",
    issues.c.newsletter,
    sqlite_where=issues.c.missing.is_not(None),
)
_STALE = deliveries.c.refresh_at.is_not(None)
Index("ix_deliveries_stale", deliveries.c.channel_id, sqlite_where=_STALE)
for _name in ("publish_at", "published_at"):
    _is_set = text(f"{_name} IS NOT NULL")
    Index(
        f"ix_deliveries_{_name}",
        deliveries.c.channel_id,
        deliveries.c[_name],
        sqlite_where=_is_set,
    )
_HELD = deliveries.c.held.is_not(None)
Index("ix_deliveries_held", deliveries.c.issue_id, sqlite_where=_HELD)
delivery_items = table(
    "delivery_items",
    Column("delivery_id", Id, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("held", Text),  # its withdrawal: "held" until an admin decides, or "kept"
    Index("ix_delivery_items_item_id", "item_id"),
)
Index("ix_delivery_items_held", delivery_items.c.delivery_id, sqlite_where=delivery_items.c.held.is_not(None))
_OPEN = text("state IN ('pending', 'sending')")
for _state, _columns in {
    "pending": (deliveries.c.channel_id, deliveries.c.rank, deliveries.c.position),  # the queue of each channel
    "sending": (deliveries.c.channel_id,),
    "failed": (deliveries.c.channel_id,),
}.items():
    _is_in = text(f"state = '{_state}'")
    Index(f"ix_deliveries_{_state}", *_columns, sqlite_where=_is_in)
_POSTED = deliveries.c.message_id.is_not(None)
Index("ix_deliveries_posted", deliveries.c.channel_id, deliveries.c.id, sqlite_where=_POSTED)
Index("ix_deliveries_issue_id", deliveries.c.issue_id, deliveries.c.subscription_id)
Index("ix_deliveries_item_id", deliveries.c.item_id)
Index("ix_deliveries_message_id", deliveries.c.message_id)

Index("ix_issues_released_at", issues.c.released_at, sqlite_where=_LIVE_ISSUE)

withdrawals = table(
    "withdrawals",
    Column("id", Id, primary_key=True),
    Column("subscription_id", Id, ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False),
    Column("issue_id", Id, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("item_id", Id, ForeignKey("items.id", ondelete="CASCADE")),  # NULL: the header, or a section
    Column("section", Text),  # for items to come below this heading
    Column("how", Text, nullable=False),
    Column("below", Integer),  # only messages of generations below this one; NULL: all
    one_of("how", ("mark", "delete")),
    Index("ix_withdrawals_issue_id", "issue_id", "subscription_id"),
)

# The decision log (`history.py`). It has no foreign keys because it outlives the rows it mentions.
events = table(
    "events",
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("newsletter", Text, nullable=False),  # "": the issue's newsletter
    Column("issue_id", Id),
    Column("items", Json, nullable=False),  # ids of the items concerned
    Column("subscription_id", Id),
    Column("delivery_id", Id),
    Column("channel_id", Id),
    Column("guild_id", Id),
    Column("user_id", Id),  # the user who initiated it; NULL: automatic
    Column("detail", Text, nullable=False),
    Index("ix_events_at", "at"),
)
Index(
    "ix_events_issue_id",
    events.c.issue_id,
    events.c.subscription_id,
    sqlite_where=events.c.issue_id.is_not(None),
)
_OF_FOLLOWER = events.c.issue_id.is_(None)
Index("ix_events_follower", events.c.subscription_id, sqlite_where=_OF_FOLLOWER)
_BY_PERSON = events.c.user_id.is_not(None)
Index("ix_events_person", events.c.guild_id, events.c.id, sqlite_where=_BY_PERSON)

# Herald's messages in channels that are missing from the ledger, for example after restoring a backup.
found_messages = table(
    "found_messages",
    Column("message_id", Id, primary_key=True, autoincrement=False),
    Column("channel_id", Id, nullable=False),  # the subscribed channel; `thread_id` is the message's thread in it
    Column("thread_id", Id),  # for a header: the thread it opened
    Column("header_id", Id),  # the message of its header; NULL: it is a header itself, or unknown
    Column("kind", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("footer", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("found_at", UtcTime, nullable=False),
    Index("ix_found_messages_channel_id", "channel_id"),
)

alert_members = table(
    "alert_members",
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("closed_at", UtcTime),  # since when Discord rejects direct messages to this member
    Column("language", Text, nullable=False, server_default=""),  # of their last /alert add; "": unknown
)

# Servers that removed Herald and members who left a server; their data is kept for a grace period.
left_servers = table(
    "left_servers",
    Column("guild_id", Id, primary_key=True, autoincrement=False),
    Column("left_at", UtcTime, nullable=False),
)

left_members = table(
    "left_members",
    Column("guild_id", Id, primary_key=True, autoincrement=False),
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("left_at", UtcTime, nullable=False),
)

alerts = numbered(
    "alerts",
    Column("user_id", Id, nullable=False),
    Column("guild_id", Id),  # the server where it was added
    Column("query", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("uq_alerts_user_id_guild_id_query", "user_id", "guild_id", "query", unique=True),
)

# The released issues that alerts were matched against, and when last, so that items added later are matched too.
alert_issues = table(
    "alert_issues",
    Column("issue_id", Id, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("matched_at", UtcTime, nullable=False),
)

alert_deliveries = numbered(
    "alert_deliveries",
    Column("user_id", Id, nullable=False),
    Column("issue_id", Id, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("guild_id", Id),
    Column("matches", Json, nullable=False),  # [query, [item id, ...]] for each matching alert
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("not_before", UtcTime),
    Column("planned_at", UtcTime, nullable=False),
    Column("channel_id", Id),  # where the request was sent
    Column("sending_at", UtcTime),
    Column("message_id", Id),
    Column("done_at", UtcTime),
    Column("round", Integer, nullable=False, server_default="0"),  # 0 at the release, higher for items added later
    one_of("state", DELIVERY_STATES),
    Index("uq_alert_deliveries_user_id_issue_id", "user_id", "issue_id", "round", unique=True),
)
Index("ix_alert_deliveries_open", alert_deliveries.c.not_before, sqlite_where=_OPEN)
