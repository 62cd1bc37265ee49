from __future__ import annotations

import pytest

from pipeline import importer
from tests.support.here_splitter import HereSplitter


@pytest.fixture(autouse=True)
def _splits_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let imports of this process start none for reading."""
    monkeypatch.setattr(importer, "Splitter", HereSplitter)
