"""Looking next to a file for earlier issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import neighbours
from cli.neighbours import with_neighbours
from digest.model import ReadOptions


def test_a_folder_is_read_once_for_all_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / f"issue-{number}.md" for number in range(20)]
    for file in files:
        file.write_text(f"Text of {file.stem}.\n\nThe same each time.\n")
    listed: list[Path] = []
    original = neighbours._listed

    def counted(folder: Path) -> list[Path]:
        listed.append(folder)
        return original(folder)

    monkeypatch.setattr(neighbours, "_listed", counted)
    options = [with_neighbours(file, file.name, ReadOptions()) for file in files]
    assert listed == [tmp_path]
    assert [len(one.frames[file.name].marks) for one, file in zip(options, files, strict=True)] == [0, 3, *[2] * 18]
