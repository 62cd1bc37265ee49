"""Ask many thousand generated queries and count what goes wrong: nothing may.

python -m benchmarks.search_queries            # 10,000 queries
python -m benchmarks.search_queries 100000
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable

from benchmarks.search_corpus import NOW, real_archive
from search.search import LIMIT_S, Query, Search
from storage.opening import open_database
from storage.scope import Scope

ALL = Scope.everything()

AT_ONCE = 3
_SYNTAX = [
    '"',
    "'",
    "-",
    "*",
    "(",
    ")",
    ":",
    "^",
    "{",
    "}",
    "+",
    "~",
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "\\",
    "%",
    "--",
    ";",
]
_KEYS = ["site:", "in:", "section:", "tag:", "since:", "until:", "before:", "-site:", "newsletter:", "foo:"]
_WORDS = """rust async c++ c# .net io_uring gpt-4o #rust 1.50 std::mem the how 微信 小程序 推理 機械学習 프로그래밍
    naïve transfomer kubern e\u0301 ｆｕｌｌ 2023 yesterday https://example.org/a?b=c example.org 🦀 मम्बा""".split()  # noqa: SIM905


def generated(chosen: random.Random) -> str:
    """Return a query as people, machines and accidents make them."""
    parts: list[Callable[[], str]] = [
        lambda: chosen.choice(_WORDS),
        lambda: chosen.choice(_SYNTAX),
        lambda: chosen.choice(_KEYS) + chosen.choice(_WORDS),
        lambda: "".join(chr(chosen.randrange(1, 0x250)) for _ in range(chosen.randrange(1, 9))),
        lambda: "".join(chr(chosen.randrange(1, 0x110000)) for _ in range(chosen.randrange(1, 4))),
        lambda: "".join(chosen.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chosen.randrange(1, 14))),
        lambda: chosen.choice(_WORDS) * chosen.randrange(1, 4),
    ]
    made = [chosen.choice(parts)() for _ in range(chosen.randrange(1, 7))]
    return chosen.choice(["", " ", " ", " "]).join(made)


async def _main(count: int, seed: int) -> int:
    chosen = random.Random(seed)
    db = await open_database(await real_archive(), exclusive=False)
    search = Search(db, now=lambda: NOW)
    errors: Counter[str] = Counter()
    slowest = (0.0, "")
    found = 0
    began = time.perf_counter()

    async def ask(text: str) -> None:
        nonlocal slowest, found
        start = time.perf_counter()
        try:
            page = await search.search(ALL, Query(text=text, limit=5))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is counted here
            errors[f"{type(error).__name__}: {error}"[:120]] += 1
            print(f"failed: {text!r}", flush=True)
            return
        found += bool(page.hits)
        slowest = max(slowest, (time.perf_counter() - start, text))

    for asked in range(0, count, AT_ONCE):
        await asyncio.gather(*(ask(generated(chosen)) for _ in range(AT_ONCE)))
        if asked % 10_000 < AT_ONCE and asked:
            print(f"{asked:,} asked, {sum(errors.values())} errors", flush=True)
    seconds = time.perf_counter() - began
    await search.close()
    await db.close()
    print(
        f"{count:,} queries, {sum(errors.values())} errors, {found:,} with hits, {seconds / count * 1000:.1f} ms each"
    )
    print(f"slowest ({AT_ONCE} at once): {slowest[0] * 1000:.0f} ms of {LIMIT_S * 1000:.0f}: {slowest[1]!r}")
    for error, times in errors.most_common(10):
        print(f"  {times} × {error}")
    return 1 if errors else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Generated queries.")
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=11, help="other queries for another number")
    options = parser.parse_args()
    sys.exit(asyncio.run(_main(options.count, options.seed)))
