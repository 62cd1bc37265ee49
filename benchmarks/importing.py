"""Imports 581 real issues while people search: `python -m benchmarks.importing [FOLDER]`.

Prints how long it took and what it cost the processor, how long the event loop was ever held up, and how fast searches
answered meanwhile and afterwards. The folder is that of a newsletter's repository; without one, this-week-in-rust of
the corpus.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.services import Services, open_services
from config.settings import Config, NewsletterConfig, SubscriptionConfig
from processes import favour_the_loop
from search.search import Query
from storage.records import State
from storage.scope import Scope

ALL = Scope.everything()

CORPUS = Path(__file__).parents[1] / "../shared/corpus/newsletters/this-week-in-rust"
WORDS = (
    "async",
    "trait",
    "compiler",
    "memory",
    "embedded",
    "web",
    "cargo",
    "macro",
    "wasm",
    "tokio",
    "error",
    "parser",
)
PROBE_S = 0.005


class LoopProbe:
    """Measures for how long the event loop answers nobody; `own_s` is the loop's own work of that, by CPU time."""

    def __init__(self) -> None:
        self.lags_s: list[float] = []
        self.own_s: list[float] = []

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            began_s, own_s = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PROBE_S)
            self.own_s.append(time.thread_time() - own_s)
            self.lags_s.append(time.perf_counter() - began_s - PROBE_S)


async def searching(services: Services, times_s: list[float], chance: random.Random) -> None:
    """One person who searches all the time."""
    while True:
        words = " ".join(chance.sample(WORDS, chance.randint(1, 2)))
        began_s = time.perf_counter()
        await services.search.search(ALL, Query(text=words, limit=5))
        times_s.append(time.perf_counter() - began_s)
        await asyncio.sleep(0.1)


async def measure(folder: Path, people: int) -> int:
    """Import, print, and return 1 if a bound was missed."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as scratch:
        newsletter = NewsletterConfig(name="Benchmark", source=str(folder))
        config = Config(
            storage=f"{scratch}/herald.db",
            cache=Path(scratch) / "cache",
            newsletters=(newsletter,),
            subscriptions=(SubscriptionConfig(newsletter="Benchmark", channel=10**17),),
        )
        async with open_services(config) as services:
            favour_the_loop()
            probe = LoopProbe()
            during_s: list[float] = []
            tasks = [asyncio.create_task(probe.run())]
            tasks += [asyncio.create_task(searching(services, during_s, chance)) for _ in range(people)]
            own_s = time.process_time()
            report = await services.importer.poll(newsletter, show)
            own_s = time.process_time() - own_s
            release = await services.publisher.release(newsletter)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            after_s = [await timed(services, word) for word in WORDS for _ in range(3)]
            pending = (await services.outbox.counts())[State.PENDING]
    reading = resource.getrusage(resource.RUSAGE_CHILDREN)
    lags, longest_s = sorted(probe.lags_s), max(probe.own_s)
    print(f"issues {report.issues}  items {report.items}  faults {len(report.faults)}  seconds {report.seconds:.1f}")
    print(
        f"processor time: storing and indexing, with the searches, {own_s:.1f} s "
        f"({report.items / own_s:,.0f} items/s), reading in its own process {reading.ru_utime + reading.ru_stime:.1f} s"
    )
    print(f"messages planned {release.messages + pending}")
    print(
        f"event loop: longest block {lags[-1] * 1000:.0f} ms, p99.9 {at(lags, 0.999) * 1000:.0f} ms; "
        f"of its own doing {longest_s * 1000:.0f} ms (the rest: this machine's other work)"
    )
    for name, times in (("during", sorted(during_s)), ("after", sorted(after_s))):
        if not times:  # nobody searched
            continue
        print(f"/search {name} the import: median {statistics.median(times) * 1000:.1f} ms, "
              f"p99 {at(times, 0.99) * 1000:.0f} ms, {len(times)} searches")  # fmt: skip
    is_good = longest_s < 0.025 and statistics.median(after_s) < 0.05 and not release.messages + pending
    print("bounds held" if is_good else "bounds MISSED: own block < 25 ms, median < 50 ms, nothing posted")
    return 0 if is_good else 1


async def timed(services: Services, text: str) -> float:
    """How long one search takes."""
    began_s = time.perf_counter()
    await services.search.search(ALL, Query(text=text, limit=5))
    return time.perf_counter() - began_s


def at(values: list[float], share: float) -> float:
    """Return the quantile of sorted values."""
    return values[min(int(len(values) * share), len(values) - 1)]


def show(report: object) -> None:
    """Progress, as the command line shows it."""
    from cli.importing import line
    from pipeline.importer import ImportReport

    if isinstance(report, ImportReport) and sys.stderr.isatty():
        sys.stderr.write(f"\r{line(report)}")


def main() -> int:
    """Measure one folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--people", type=int, default=3, help="how many search meanwhile (default: 3)")
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"skipped: there is no {options.folder}")
        return 0
    return asyncio.run(measure(options.folder.resolve(), options.people))


if __name__ == "__main__":
    sys.exit(main())
