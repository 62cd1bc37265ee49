"""All watchers of a process, and what a new configuration makes of them."""

from __future__ import annotations

import datetime as dt

import pytest
from room import Room

from errors import StorageError
from pipeline.importer import ImportReport
from pipeline.publisher import Release
from pipeline.watching import Watchers


class Silent:
    """A listener who keeps nothing."""

    async def storage_fails(self, reason: str | None) -> None:
        pass

    async def source_fails(self, newsletter: str, reason: str) -> None:
        pass

    async def source_works_again(self, newsletter: str) -> None:
        pass

    async def imported(self, report: ImportReport) -> None:
        pass

    async def released(self, newsletter: str, release: Release, *, has_changed: bool) -> None:
        pass


async def locked() -> None:
    raise StorageError("herald.db is locked by another program")


async def test_a_configuration_that_cannot_be_stored_leaves_newsletters_watched(room: Room) -> None:
    watchers = Watchers([room.newsletter], room.importer, room.publisher)
    watchers.start(Silent())
    changed = room.newsletter.model_copy(update={"poll": dt.timedelta(hours=7)})
    added = room.newsletter.model_copy(update={"name": "Second"})
    with pytest.raises(StorageError):
        await watchers.configure([changed, added], locked)
    assert list(watchers) == ["Tech"]
    assert (await watchers.look_now("Tech")).error is None
    assert watchers["Tech"].poll == room.newsletter.poll
    assert await watchers.configure([changed, added]) == {"Tech": "changed", "Second": "added"}
    assert watchers["Tech"].poll == changed.poll
    await watchers.stop()
