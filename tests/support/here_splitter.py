"""A splitter for tests about something else: the real one starts a process, which takes 0.3 s of the processor."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import ReadOptions
from digest.reading import read_issues
from pipeline.splitter import Outcome, Splitter


class HereSplitter(Splitter):
    """Reads in this process; a file that says so ends the reader."""

    async def split(self, files: Sequence[tuple[str, bytes]], options: ReadOptions) -> list[Outcome]:
        return [
            Outcome(path, fault="reading it crashed the reading process")
            if b"HOSTILE" in data
            else Outcome(path, read_issues(data, path, options))
            for path, data in files
        ]
