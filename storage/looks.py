"""Looks at newsletters' sources that one process asks for and another takes, and what came of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from storage.database import Database
from storage.schema import settings

_WANTED, _LOOKED = "look wanted:", "looked:"  # settings, one for each newsletter


class Looks:
    """What the processes on one database tell each other about the sources."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def ask(self, newsletter: str) -> str:
        """Ask whoever has the duty for a look that begins from now on; returns what stands for it in `answered`."""
        token = secrets.token_hex(4)
        await self._db.set_setting(f"{_WANTED}{newsletter}", token)
        return token

    async def wanted(self) -> dict[str, str]:
        """Return the last look that was asked for, by newsletter."""
        return await self._by_name(_WANTED)

    async def answer(self, newsletter: str, token: str, state: Mapping[str, Any]) -> None:
        """Tell the others what came of a look, which answers the last question that came before it."""
        await self._db.set_setting(f"{_LOOKED}{newsletter}", json.dumps({**state, "token": token}))

    async def answered(self) -> dict[str, dict[str, Any]]:
        """Return what came of the last look at each newsletter, with its question's `token`."""
        return {name: json.loads(value) for name, value in (await self._by_name(_LOOKED)).items()}

    async def _by_name(self, prefix: str) -> dict[str, str]:
        query = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(prefix, autoescape=True))
        async with self._db.reading() as connection:
            return {str(row.key).removeprefix(prefix): str(row.value) for row in await connection.execute(query)}
