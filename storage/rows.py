"""Lossless conversion between rows and records."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from sqlalchemy import RowMapping, Select, select

from digest.head.visibility import DRAFT
from digest.introduction import is_introduction
from digest.model import Issue, Item, LeftOut, Link, Notice
from digest.order import undated_place
from storage.identity import Identity, mark_of, nonce_of
from storage.layouts import Origin
from storage.options import Options, read, stored
from storage.records import Action, Delivery, Gate, IssueRecord, ItemRecord, State, Subscription, Wanted
from storage.schema import deliveries, subscriptions

_FOLDED = 200  # characters of a title that are stored for autocomplete
Values = dict[str, Any]


def clean(text: str) -> str:
    """Return `text` without lone surrogates and U+0000, which not every database can store."""
    text = text.replace("\0", "\ufffd")
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def folded(text: str) -> str:
    """Return text for comparison in autocomplete: without case and accents, with single spaces."""
    plain = text[: 2 * _FOLDED].casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", text[: 2 * _FOLDED]).casefold()
        plain = "".join([letter for letter in decomposed if not unicodedata.combining(letter)])
    return " ".join(plain.split())[:_FOLDED]


def cleaned(issue: Issue) -> tuple[Issue, str]:
    """Return the issue in storable form, and a digest that is equal only for identical issues.

    The same object is returned if nothing has to be cleaned.
    """
    text = repr(issue)
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=16).hexdigest()
    is_unclean = "\\ud" in text or "\\x00" in text  # repr() escapes both
    return (_cleaned(issue) if is_unclean else issue), digest


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(part) for part in cast("tuple[Any, ...]", value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _cleaned(getattr(value, part.name)) for part in fields(value)})
    return value


def _by_name(value: Notice | LeftOut) -> Values:
    """Return the fields of a flat dataclass, without the copies that `asdict` makes."""
    return {name: getattr(value, name) for name in value.__match_args__}


def _left_out(values: Values) -> LeftOut:
    first, last = values["lines"]
    return LeftOut((first, last), values["text"], values["rule"])


def sorting_time(issue: Issue) -> dt.datetime:
    """Return the time an issue is sorted by: its publication, in UTC if no time zone is given.

    Undated issues sort before all others.
    """
    moment = issue.published_at
    if moment is None:
        return dt.datetime.combine(issue.date, dt.time(), dt.UTC) if issue.date else undated_place(issue)
    try:
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except OverflowError:  # the minimum or maximum date, in another time zone
        return moment.replace(tzinfo=dt.UTC)


def issue_values(issue: Issue, digest: str) -> Values:
    """Return the columns of an issue's content."""
    return {
        "path": issue.path,
        "part": issue.part,
        "title": issue.title,
        "title_folded": folded(issue.title),
        "date": issue.date,
        "published_at": issue.published_at.isoformat() if issue.published_at else None,
        "sorted_at": sorting_time(issue),
        "tags": list(issue.tags),
        "summary": issue.summary,
        "url": issue.url,
        "image": issue.image,
        "draft": issue.draft,
        "withheld": issue.withheld,
        "expires_at": issue.expires_at.isoformat() if issue.expires_at else None,
        "digest": digest,
        "intro": issue.intro,
        "introduction": issue.introduction,
        "language": issue.language,
        "notices": list(map(_by_name, issue.notices)),
        "left_out": list(map(_by_name, issue.left_out)),
        "frame": " ".join(issue.frame),
    }


def item_values(item: Item) -> Values:
    """Return the columns of an item's content."""
    return {
        "key": item.id,
        "title": item.title,
        "title_folded": "" if is_introduction(item) else folded(item.title),  # introductions are not suggested
        "section": list(item.section),
        "links": [[link.text, link.url] for link in item.links],
        "image": item.image,
        "anchor": item.anchor,
        "first_line": item.lines[0],
        "last_line": item.lines[1],
        "text": item.text,
        "body": item.body,
    }


def item_of(row: RowMapping | Mapping[str, Any]) -> Item:
    """Return the item of a row of `items`."""
    return Item(
        id=row["key"],
        title=row["title"],
        section=tuple(row["section"]),
        text=row["text"],
        body=row["body"],
        links=tuple(Link(text, url) for text, url in row["links"]),
        image=row["image"],
        anchor=row["anchor"],
        lines=(row["first_line"], row["last_line"]),
    )


def item_record(row: RowMapping | Mapping[str, Any]) -> ItemRecord:
    """Return the record of a row of `items`."""
    return ItemRecord(
        id=row["id"],
        issue_id=row["issue_id"],
        position=row["position"],
        item=item_of(row),
        first_seen_at=row["first_seen_at"],
        removed_at=row["removed_at"],
    )


def issue_of(row: RowMapping, items: tuple[Item, ...] = ()) -> Issue:
    """Return the issue of a row of `issues`."""
    moment = row["published_at"]
    return Issue(
        path=row["path"],
        part=row["part"],
        title=row["title"],
        date=row["date"],
        published_at=dt.datetime.fromisoformat(moment) if moment else None,
        tags=tuple(row["tags"]),
        summary=row["summary"],
        url=row["url"],
        image=row["image"],
        withheld=row["withheld"] or (DRAFT if row["draft"] else ""),  # older versions stored no reason
        expires_at=dt.datetime.fromisoformat(row["expires_at"]) if row["expires_at"] else None,
        intro=row["intro"],
        introduction=row["introduction"],
        language=row["language"],
        items=items,
        notices=tuple(Notice(**notice) for notice in row["notices"]),
        left_out=tuple(_left_out(part) for part in row["left_out"]),
        frame=tuple(row["frame"].split()),
    )


def issue_record(row: RowMapping, items: tuple[Item, ...] = ()) -> IssueRecord:
    """Return the record of a row of `issues` with its `item_count`."""
    return IssueRecord(
        id=row["id"],
        newsletter=row["newsletter"],
        issue=issue_of(row, items),
        item_count=row["item_count"],
        sorted_at=row["sorted_at"],
        first_seen_at=row["first_seen_at"],
        seen_at=row["seen_at"],
        changed_at=row["changed_at"],
        removed_at=row["removed_at"],
        gate=Gate(row["gate"]),
        gate_reason=row["gate_reason"],
        gate_until=row["gate_until"],
        released_at=row["released_at"],
    )


def with_items(record: IssueRecord, items: tuple[Item, ...]) -> IssueRecord:
    """Return the record with items in its issue."""
    return replace(record, issue=replace(record.issue, items=items), item_count=len(items))


def subscription_of(row: RowMapping) -> Subscription:
    """Return the record of a row of `subscriptions`."""
    return Subscription(
        id=row["id"],
        newsletter=row["newsletter"],
        channel_id=row["channel_id"],
        guild_id=row["guild_id"],
        origin=Origin(row["origin"]),
        options=options_of(row),
        backfill=row["backfill"],
        created_at=row["created_at"],
        backfilled_at=row["backfilled_at"],
        paused_at=row["paused_at"],
        waiting_since=row["waiting_since"],
        waiting_reason=row["waiting_reason"],
        quiet_until=row["quiet_until"],
        removed_at=row["removed_at"],
    )


# Options with a column of their own: the layout for queries, the others for older versions of Herald.
_COLUMNS = {
    "layout": "layout",
    "max_messages": "max_messages",
    "introduction": "introduction",
    "role_id": "role",
    "on_removed": "on_removed",
    "sections": "sections",
    "exclude_sections": "exclude_sections",
    "tags": "tags",
}


def options_of(row: RowMapping | Mapping[str, Any]) -> Options:
    """Return the options of a row of `subscriptions`."""
    return read(dict(row["options"]) | {name: row[column] for column, name in _COLUMNS.items()})


def option_values(options: Options) -> Values:
    """Return the columns of a subscription's options."""
    plain = stored(options)
    columns: Values = {}
    for column, name in _COLUMNS.items():
        value = getattr(options, name)
        columns[column] = list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value
        plain.pop(name, None)
    return columns | {"options": plain}


def joined() -> Select[Any]:
    """Return a query of deliveries joined with the columns of their subscription for `delivery_of`."""
    return select(
        deliveries,
        subscriptions.c.newsletter,
        subscriptions.c.guild_id,
        subscriptions.c.options,
        *(subscriptions.c[column] for column in _COLUMNS),
    ).join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)


def delivery_of(row: RowMapping | Mapping[str, Any], instance: str) -> Delivery:
    """Return the record of a row of `joined()`."""
    identity = Identity(row["id"], row["generation"])
    return Delivery(
        id=row["id"],
        subscription_id=row["subscription_id"],
        newsletter=row["newsletter"],
        channel_id=row["channel_id"],
        guild_id=row["guild_id"],
        options=options_of(row),
        issue_id=row["issue_id"],
        item_id=row["item_id"],
        is_list=row["is_list"],
        in_thread=row["in_thread"],
        generation=row["generation"],
        position=row["position"],
        action=Action(row["action"]),
        state=State(row["state"]),
        wanted=Wanted(row["wanted"]),
        done=Wanted(row["done"]) if row["done"] else None,
        nonce=nonce_of(instance, identity),
        mark=mark_of(instance, identity),
        message_id=row["message_id"],
        thread_id=row["thread_id"],
        content_hash=row["content_hash"],
        is_late=row["is_late"],
        attempts=row["attempts"],
        error=row["error"],
        not_before=row["not_before"],
        planned_at=row["planned_at"],
        sending_at=row["sending_at"],
        last_message_id=row["last_message_id"],
        done_at=row["done_at"],
    )
