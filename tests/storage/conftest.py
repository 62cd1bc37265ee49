from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from digest.model import Issue, Item, Link
from storage.archive import Archive
from storage.database import Database
from storage.opening import open_database
from storage.outbox import Outbox
from storage.subscriptions import Subscriptions

NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(tmp_path / "herald.db")
    yield database
    await database.close()


@pytest.fixture
def archive(db: Database) -> Archive:
    return Archive(db)


@pytest.fixture
def outbox(db: Database) -> Outbox:
    return Outbox(db)


@pytest.fixture
def subscriptions(db: Database) -> Subscriptions:
    return Subscriptions(db)


class Make:
    """Issues and items in few words."""

    @staticmethod
    def item(name: str, **values: object) -> Item:
        item = Item(
            id=name,
            title=f"{hashlib.sha256(name.encode()).hexdigest()[:20]} {name}",  # unlike any other
            section=("News",),
            text=f"What happened to {name}.",
            body=f"What happened to **{name}**.",
            links=(Link("Paper", f"https://example.org/{name}"),),
            anchor=name,
            lines=(3, 4),
        )
        return replace(item, **values)  # type: ignore[arg-type]

    @classmethod
    def issue(cls, *names: str, path: str = "posts/one.md", **values: object) -> Issue:
        issue = Issue(
            path=path,
            title=f"Issue {path}",
            date=dt.date(2025, 2, 28),
            tags=("science",),
            summary="A week of stories.",
            items=tuple(cls.item(name) for name in names),
        )
        return replace(issue, **values)  # type: ignore[arg-type]


@pytest.fixture
def make() -> type[Make]:
    return Make
