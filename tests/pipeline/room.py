"""A folder, an archive, and the way between them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from config.settings import NewsletterConfig
from pipeline.importer import Importer, ImportReport
from pipeline.publisher import Publisher, Release
from storage.archive import Archive
from storage.database import Database
from storage.outbox import Outbox
from storage.records import Action, Delivery, Gate
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from tests.support.here_splitter import HereSplitter

ALL = Scope.everything()

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


class Room:
    """An archive, a folder, and the importer between them."""

    def __init__(self, db: Database, folder: Path, cache: Path) -> None:
        self.archive, self.outbox, self.subscriptions = Archive(db), Outbox(db), Subscriptions(db)
        self.now = NOW
        self.folder, self.cache = folder, cache
        self.importer = Importer(self.archive, cache_dir=cache, splitter=HereSplitter(), clock=lambda: self.now)
        self.publisher = Publisher(self.archive, self.outbox, self.subscriptions, clock=lambda: self.now)
        self.newsletter = NewsletterConfig(name="Tech", source=str(folder), settle=dt.timedelta(0))

    def write(self, path: str, title: str, *, day: str = "2026-03-09", head: str = "", items: int = 2) -> None:
        stories = "".join(
            f"## [A story about {n}](https://example.org/{title}/{n})\n\nText {n}.\n\n" for n in range(items)
        )
        (self.folder / path).write_text(f"---\ntitle: {title}\ndate: {day}\n{head}---\n\n{stories}")

    async def poll(self) -> ImportReport:
        return await self.importer.poll(self.newsletter)

    async def gates(self) -> dict[str, Gate]:
        found = [record for gate in Gate for record in await self.archive.at_gate(ALL, gate)]
        return {record.issue.title: record.gate for record in found}

    async def release(self) -> Release:
        return await self.publisher.release(self.newsletter)

    async def configure(self, **changes: Any) -> None:
        """Restart with other settings of the newsletter."""
        await self.importer.close()
        self.newsletter = self.newsletter.model_copy(update=changes)
        self.importer = Importer(self.archive, cache_dir=self.cache, splitter=HereSplitter(), clock=lambda: self.now)

    async def deliver(self, channel: int = 7) -> list[tuple[Action, int]]:
        """Do all that is due in a channel, as if Discord took it; returns each action and its message."""
        done: list[tuple[Action, int]] = []
        while (delivery := await self.outbox.claim_next(channel, now=self.now)) is not None:
            message = _message_of(delivery)
            await self.outbox.sent(delivery.id, message, now=self.now)
            done.append((delivery.action, message))
        return done


def _message_of(delivery: Delivery) -> int:
    return delivery.message_id or 1_000 * delivery.channel_id + delivery.id
