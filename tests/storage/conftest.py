from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.model import Issue, Item, Link
from storage.archive import Archive
from storage.database import Database
from storage.opening import open_database
from storage.outbox import Outbox
from storage.postgres.address import read_address
from storage.postgres.database import PostgresDatabase
from storage.subscriptions import Subscriptions
from tests.support.inline_sqlite import inline_sqlite
from tests.support.postgres_server import database

Start = Callable[..., Any]
NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    return NOW


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked `both_engines` on PostgreSQL too, or each one where POSTGRES_TESTS is "all"."""
    marks = metafunc.definition.iter_markers("parametrize")
    is_decided = hasattr(metafunc.module, "engine") or any("engine" in str(mark.args[0]) for mark in marks)
    if "engine" not in metafunc.fixturenames or is_decided:
        return
    is_marked = metafunc.definition.get_closest_marker("both_engines") is not None
    is_both = is_marked or os.environ.get("POSTGRES_TESTS") == "all"
    metafunc.parametrize("engine", ["sqlite", "postgresql"] if is_both else ["sqlite"], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """Return the kind of database; a module that is about files alone has a fixture of its own."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_folder")
    return str(request.param)


@pytest.fixture
def has_threads() -> bool:
    """Whether a file's connections work in threads, which tests about them need."""
    return False


@pytest.fixture
async def db(engine: str, has_threads: bool, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    files = nullcontext if has_threads else inline_sqlite
    if engine == "sqlite":
        with files():
            opened = await open_database(tmp_path / "herald.db")
        yield opened
        await opened.close()
        return
    async with database(request.getfixturevalue("postgres_folder")) as address:
        with files():  # the copy that searches ask
            opened = await PostgresDatabase.open(read_address(address), cache=tmp_path)
        yield opened
        await opened.close()


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


@pytest.fixture
async def start(postgres_address: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Open the database as one more process does."""
    async with AsyncExitStack() as stack:
        count = 0

        async def started(role: str = "all") -> PostgresDatabase:
            nonlocal count
            count += 1
            where = read_address(postgres_address)
            opened = await PostgresDatabase.open(where, cache=tmp_path / str(count), role=role)
            stack.push_async_callback(opened.close)
            return opened

        yield started
