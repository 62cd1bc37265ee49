"""Polls of sources that one process requests and another one performs, and their results."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from storage.database import Database
from storage.schema import settings

_WANTED, _LOOKED = "look wanted:", "looked:"  # settings, one per newsletter


class Looks:
    """Requests and results of polls, shared by the processes on a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def ask(self, newsletter: str) -> str:
        """Request a poll from the process with the duty; returns the request's token."""
        token = secrets.token_hex(4)
        await self._db.set_setting(f"{_WANTED}{newsletter}", token)
        return token

    async def wanted(self) -> dict[str, str]:
        """Return the token of the last request, by newsletter."""
        return await self._by_name(_WANTED)

    async def answer(self, newsletter: str, token: str, state: Mapping[str, Any]) -> None:
        """Store the result of a poll; `token` is the last request that it answers."""
        await self._db.set_setting(f"{_LOOKED}{newsletter}", json.dumps({**state, "token": token}))

    async def answered(self) -> dict[str, dict[str, Any]]:
        """Return the result of the last poll of each newsletter, with the `token` it answers."""
        return {name: json.loads(value) for name, value in (await self._by_name(_LOOKED)).items()}

    async def _by_name(self, prefix: str) -> dict[str, str]:
        query = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(prefix, autoescape=True))
        async with self._db.reading() as connection:
            return {str(row.key).removeprefix(prefix): str(row.value) for row in await connection.execute(query)}
