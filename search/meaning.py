"""Semantic search: embeddings of all items, computed in the background and stored in the database.

Vectors are compared in two steps: binary-quantised against all items in memory (48 bytes an item), then the nearest
few hundred again with the stored 8-bit vectors.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from search.embedding import Vectors
from search.scoped import ScopedConnection
from storage.database import Database
from storage.tokens import FOREIGN_STOP_WORDS, STOP_WORDS, fold

log = logging.getLogger(__name__)

CANDIDATES = 400  # nearest items by binary vectors; they contain the nearest 50
NEAREST = 50
_BATCH = 32  # items that are embedded at once: some tenths of a second
_TEXT = 600  # characters of an item that are embedded
_WORD = re.compile(r"\w+")
_FOREIGN = frozenset[str]().union(*FOREIGN_STOP_WORDS.values()) - STOP_WORDS


class Embeds(Protocol):
    """Computes vectors of length 1: a model, or its stand-in in a test."""

    def embed(self, texts: Sequence[str], /) -> Vectors:
        """Return one vector for each text, in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """A model: `load` is called on first use, its vectors have `size` numbers.

    Items with a cosine below `least_likeness` are off-topic. `weight` is the factor of the cosine, compared with 1 for
    having all words. If it `is_english`, it is not used for queries in other languages.
    """

    load: Callable[[], Embeds]
    size: int
    least_likeness: float = 0.3
    weight: float = 3.0
    is_english: bool = True


class SemanticIndex:
    """The embeddings of a database's items.

    `nearest` is called from the threads of Search, everything else from the event loop.
    """

    def __init__(self, db: Database, model: Model) -> None:
        self._index = db.index
        self._model = model
        self._embedder: Embeds | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="meaning")
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._last = 0
        self._items: NDArray[np.int64] = np.zeros(0, np.int64)
        self._signs: NDArray[np.uint64] = np.zeros((0, model.size // 64), np.uint64)

    async def make(self, limit: int = _BATCH) -> int:
        """Embed the newest items without a vector, at most `limit`; return their number."""
        async with self._index.reading() as connection:
            found = await connection.exec_driver_sql(
                "SELECT d.document, i.title, substr(i.text, 1, ?) FROM search_documents d"
                " JOIN items i ON i.id = d.item_id"
                " WHERE NOT EXISTS (SELECT 1 FROM search_vectors v WHERE v.item_id = d.item_id)"
                " ORDER BY d.document DESC LIMIT ?",
                (_TEXT, limit),
            )
            rows = [
                (number, f"{title}. {text}"[:_TEXT])
                for number, title, text in cast("Sequence[tuple[int, str, str]]", found.all())
            ]
        if not rows:
            return 0
        vectors = await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: self._loaded().embed([text for _, text in rows])
        )
        signs, small = _signs(vectors), _bytes(vectors)
        async with self._index.transaction() as connection:
            # An item that changed meanwhile has another document now.
            await connection.exec_driver_sql(
                "INSERT OR IGNORE INTO search_vectors (item_id, signs, vector)"
                " SELECT item_id, ?, ? FROM search_documents WHERE document = ?",
                [(signs[at].tobytes(), small[at].tobytes(), document) for at, (document, _) in enumerate(rows)],
            )
        return len(rows)

    async def load(self) -> None:
        """Load the model in the embedding thread and delete vectors of other models; until then nothing matches."""
        async with self._index.transaction() as connection:
            size = await connection.exec_driver_sql("SELECT length(vector) FROM search_vectors LIMIT 1")
            if size.scalar() not in {None, self._model.size}:
                await connection.exec_driver_sql("DELETE FROM search_vectors")
        await asyncio.get_running_loop().run_in_executor(self._pool, self._loaded)

    async def run(self, pause_s: float = 30.0) -> None:
        """Embed items until cancelled, with a pause of `pause_s` whenever all are done."""
        made = 0
        while True:
            try:
                if self._embedder is None:
                    await self.load()
                batch = await self.make()
            except Exception:  # the loop must survive a full disk
                log.exception("computing vectors failed")
                batch = 0
            made += batch
            if not batch:
                if made:
                    log.info("vectors computed items=%d", made)
                made = 0
                await asyncio.sleep(pause_s)

    async def close(self) -> None:
        """Stop the embedding thread."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def nearest(self, connection: ScopedConnection, text: str) -> dict[int, float]:
        """Return the `NEAREST` documents nearest in meaning to `text` at most, nearest first, with weighted cosines."""
        if self._embedder is None or (self._model.is_english and not _may_be_english(text)):
            return {}
        with self._lock:
            self._refresh(connection)
            items, signs = self._items, self._signs
        if not len(items):
            return {}
        wanted = self._embedder.embed([text])
        different = np.bitwise_count(signs ^ _signs(wanted).view(np.uint64)).sum(1)
        count = min(CANDIDATES, len(items))
        chosen = items[np.argpartition(different, count - 1)[:count]]
        rows = connection.execute(
            "SELECT d.document, v.vector FROM search_vectors v JOIN search_documents d ON d.item_id = v.item_id"
            " WHERE v.item_id IN (SELECT value FROM json_each(?))",
            (json.dumps(chosen.tolist()),),
        ).fetchall()
        if not rows:
            return {}
        stored = np.frombuffer(b"".join(row[1] for row in rows), np.int8).reshape(len(rows), -1).astype(np.float32)
        likeness = stored @ wanted[0] / np.linalg.norm(stored, axis=1)
        order = np.argsort(-likeness)[:NEAREST]
        model = self._model
        return {
            int(rows[at][0]): model.weight * float(likeness[at]) for at in order if likeness[at] >= model.least_likeness
        }

    def _refresh(self, connection: ScopedConnection) -> None:
        """Load new vectors into memory; those of deleted items are dropped when the database is queried for them."""
        rows = connection.execute(
            "SELECT id, item_id, signs FROM search_vectors WHERE id > ? ORDER BY id", (self._last,)
        ).fetchall()
        if rows:
            new = np.frombuffer(b"".join(row[2] for row in rows), np.uint64).reshape(len(rows), -1)
            self._last = int(rows[-1][0])
            self._items = np.concatenate([self._items, np.array([row[1] for row in rows], np.int64)])
            self._signs = np.concatenate([self._signs, new])

    def _loaded(self) -> Embeds:
        with self._loading:
            if self._embedder is None:
                self._embedder = self._model.load()
            return self._embedder


def _may_be_english(text: str) -> bool:
    """Whether a query is in Latin script and has no more foreign function words than English ones."""
    words = _WORD.findall(fold(text))
    foreign = sum(word in _FOREIGN for word in words)
    return all(map(str.isascii, words)) and foreign <= sum(word in STOP_WORDS for word in words)


def _signs(vectors: Vectors) -> NDArray[np.uint8]:
    return np.packbits(vectors > 0, axis=1)


def _bytes(vectors: Vectors) -> NDArray[np.int8]:
    """Quantise vectors to 8 bits a number; the length is lost, the direction kept."""
    return np.rint(vectors * (127 / np.abs(vectors).max(1, keepdims=True))).astype(np.int8)
