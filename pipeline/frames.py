"""Frames of the files in one poll: the recurring parts of the issues before each file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

from digest.items.frame import Frame, learn_frame, marks_of
from digest.neighbours import Neighbours
from storage.archive import Archive

_KEPT = 64  # files whose marks are cached for later files, some kilobytes each

Read = Callable[[Iterable[str]], AsyncIterator[tuple[str, bytes]]]


class Frames:
    """The frames in one poll of a newsletter's source, whose files are at `paths` and are read by `read`.

    An issue past the gate keeps the frame it was read with, so that changes to earlier issues do not alter what was
    posted of it.
    """

    def __init__(self, archive: Archive, newsletter: str, paths: Iterable[str], read: Read) -> None:
        self._archive = archive
        self._newsletter = newsletter
        self._neighbours = Neighbours(paths)
        self._read = read
        self._marks: dict[str, frozenset[str]] = {}

    async def of(self, batch: Sequence[tuple[str, bytes]]) -> dict[str, Frame]:
        """Return the frames of a batch of files, by path."""
        kept = await self._archive.frames(self._newsletter, [path for path, _ in batch])
        await self._learn(batch)
        before = {path: self._neighbours.before(path) for path, _ in batch if path not in kept}
        unknown = dict.fromkeys(one for paths in before.values() for one in paths if one not in self._marks)
        await self._learn([found async for found in self._read(unknown)] if unknown else [])
        learned = await asyncio.to_thread(self._learned, before)
        while len(self._marks) > _KEPT:
            del self._marks[next(iter(self._marks))]
        return learned | {path: Frame(marks) for path, marks in kept.items()}

    def _learned(self, before: Mapping[str, Sequence[str]]) -> dict[str, Frame]:
        return {path: learn_frame(self._marks.get(one, frozenset()) for one in paths) for path, paths in before.items()}

    async def _learn(self, files: Sequence[tuple[str, bytes]]) -> None:
        marks = await asyncio.to_thread(lambda: {path: marks_of(data) for path, data in files})
        self._marks |= marks
