"""English sentence embeddings: MiniLM (all-MiniLM-L6-v2), computed with numpy.

Only the weights of its Python package (requirements-semantic.txt) are used, neither its code nor its dependencies.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

SIZE = 384  # numbers in a vector
_LAYERS, _HEADS, _TOKENS = 6, 12, 128  # the first 128 tokens of a text are embedded
_BATCH = 8  # texts at once: larger batches exceed the processor's cache


class Embedder:
    """The loaded model: some 100 MB of memory. Thread-safe: calls do not modify it."""

    def __init__(self, folder: Path) -> None:
        self._weights = _read_safetensors(folder / "model.safetensors")
        tokenizers: Any = importlib.import_module("tokenizers")
        threadpools: Any = importlib.import_module("threadpoolctl")
        # BLAS threads busy-wait for each other: beside other work they take ten times as long as a single thread.
        threadpools.threadpool_limits(limits=1, user_api="blas")
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(_TOKENS)
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text, in the same order."""
        encoded: list[list[int]] = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(texts), SIZE), np.float32)
        order = sorted(
            range(len(texts)), key=lambda at: len(encoded[at])
        )  # batches of similar length need less padding
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._forward([encoded[at] for at in batch])
        return vectors

    def _forward(self, encoded: Sequence[Sequence[int]]) -> Vectors:
        longest = max(len(ids) for ids in encoded)
        ids = np.zeros((len(encoded), longest), np.int64)
        mask = np.zeros((len(encoded), longest), np.float32)
        for row, one in enumerate(encoded):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        weights = self._weights
        hidden = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][:longest]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normalized(hidden, "embeddings.LayerNorm")
        hidden_mask = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(_LAYERS):
            hidden = self._layer(hidden, hidden_mask, f"encoder.layer.{layer}")
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def _layer(self, hidden: Vectors, mask: Vectors, name: str) -> Vectors:
        rows, length, _ = hidden.shape

        def heads(part: str) -> Vectors:
            split = self._linear(hidden, f"{name}.attention.self.{part}").reshape(rows, length, _HEADS, -1)
            return split.transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(SIZE // _HEADS)) + mask
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        context = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, length, SIZE)
        attended = self._linear(context, f"{name}.attention.output.dense")
        hidden = self._normalized(hidden + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._normalized(hidden + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, values: Vectors, name: str) -> Vectors:
        return values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalized(self, values: Vectors, name: str) -> Vectors:
        mean = values.mean(-1, keepdims=True)
        spread = np.sqrt(values.var(-1, keepdims=True) + np.float32(1e-12))
        return (values - mean) / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(values: Vectors) -> Vectors:
    """Return the exact GELU, with the error function by Abramowitz and Stegun 7.1.26: off by 1.5e-7 at most."""
    scaled = values * np.float32(1 / np.sqrt(2))
    size = np.abs(scaled)
    t = 1 / (1 + np.float32(0.3275911) * size)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    result = values * np.float32(0.5) * (1 + np.sign(scaled) * (1 - series * np.exp(-size * size)))
    return result.astype(np.float32, copy=False)


def _read_safetensors(path: Path) -> dict[str, Vectors]:
    """Map a safetensors file: the header's length, a JSON header with each tensor's offsets, the numbers."""
    data = np.memmap(path, np.uint8, "r")
    head_length = int.from_bytes(data[:8].tobytes(), "little")
    head = json.loads(data[8 : 8 + head_length].tobytes())
    tensors: dict[str, Vectors] = {}
    for name, about in head.items():
        if name == "__metadata__" or about["dtype"] != "F32":
            continue
        start, end = (8 + head_length + offset for offset in about["data_offsets"])
        tensors[name] = data[start:end].view(np.float32).reshape(about["shape"])
    return tensors
