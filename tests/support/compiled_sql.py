"""Statements that are compiled once in a process: each test has engines of its own, each of which would do it anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

from storage import sqlite

_COMPILED: LRUCache[Any, Any] = LRUCache(5_000)


def share() -> None:
    """Let all engines of `storage.sqlite` have one cache; its keys hold the dialect, and those of SQLite are alike."""
    dialect: Any = SQLiteDialect_aiosqlite
    dialect.__hash__ = lambda self: hash(type(self))
    dialect.__eq__ = lambda self, other: type(self) is type(other)
    sqlite.create_async_engine = _engine


def _engine(*args: Any, **kwargs: Any) -> AsyncEngine:
    return create_async_engine(*args, execution_options={"compiled_cache": _COMPILED}, **kwargs)
