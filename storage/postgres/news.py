"""Messages between processes by NOTIFY. They only wake; a process that misses one polls anyway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from errors import StorageError
from storage.postgres.membership import Begin

log = logging.getLogger(__name__)

CHANNEL = "herald"
_AGAIN_S = 5.0  # after the connection was lost
_LOOK_S = 30.0  # between two questions whether it still is there
_LIMIT_S = 10.0


class News:
    """Sends and hears words; `epoch` says which process this is, so that it does not hear its own."""

    def __init__(self, begin: Begin, listening: AsyncEngine, epoch: Callable[[], int]) -> None:
        self._begin = begin
        self._listening = listening  # a connection of its own: it is never given back between two words
        self._epoch = epoch
        self._unsaid: set[str] = set()
        self._has_words = asyncio.Event()
        self._listeners: list[Callable[[str], None]] = []

    def announce(self, word: str) -> None:
        """Tell the other processes a word soon, once however often it was announced until then."""
        self._unsaid.add(word)
        self._has_words.set()

    def hear(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with each word of another process."""
        self._listeners.append(listener)

    async def say(self) -> None:
        """Send what is announced, until cancelled."""
        while True:
            await self._has_words.wait()
            self._has_words.clear()
            await self.send()

    async def send(self) -> None:
        """Send what is announced and was not sent."""
        words, self._unsaid = self._unsaid, set()
        try:
            async with self._begin() as connection:
                for word in sorted(words):
                    values = {"channel": CHANNEL, "word": f"{self._epoch()} {word}"}
                    await connection.execute(text("SELECT pg_notify(:channel, :word)"), values)
        except StorageError as error:
            log.info('notification not sent words="%s" error="%s"', " ".join(sorted(words)), error)
        except asyncio.CancelledError:  # whoever ends this process sends the rest
            self._unsaid |= words
            raise

    async def listen(self) -> None:
        """Hear the others, until cancelled."""
        while True:
            try:
                async with self._listening.connect() as connection:
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    await driver.add_listener(CHANNEL, self._heard)
                    while True:
                        await asyncio.sleep(_LOOK_S)
                        async with asyncio.timeout(_LIMIT_S):
                            await driver.execute("SELECT 1")
            except Exception as error:  # noqa: BLE001 -- whatever it is: without words every process looks by itself
                log.info('notifications interrupted error="%s"', error)
            await asyncio.sleep(_AGAIN_S)

    def _heard(self, _connection: object, _process: int, _channel: str, payload: object) -> None:
        sender, _, word = str(payload).partition(" ")
        if sender != str(self._epoch()):
            for listener in self._listeners:
                listener(word)
