"""Throws hostile input at every parser: `python -m benchmarks.fuzzing [--seconds 60] [--only NAME,…] [--seed N]`.

Each parser runs in a process of its own with a bound on its memory. An input is a finding where it raises, ends the
process, or costs more than two seconds of the processor; it is kept in `--keep FOLDER`. Exit status 1 on findings.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import resource
import secrets
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, Phase, given, seed, settings, target

LIMIT_S = 2.0  # of the processor, for one input
HANG_S = 10.0  # after which the process is ended
MEMORY = 1_500_000_000  # bytes of address space
ROUND = 50  # inputs of one run of Hypothesis, which keeps them and then steers towards the slow ones anew


_UNCHECKED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


@dataclass(slots=True)
class Tally:
    """What became of one parser's inputs. `findings` are sentences, one of each kind."""

    inputs: int = 0
    largest: int = 0
    slowest_s: float = 0.0
    slowest_size: int = 0
    peak_mb: int = 0
    findings: dict[str, str] = field(default_factory=dict[str, str])  # by what tells one from another

    def add(self, part: Tally) -> None:
        """Count what another process of the same parser found, too."""
        self.inputs += part.inputs
        self.largest = max(self.largest, part.largest)
        self.slowest_s, self.slowest_size = max(
            (self.slowest_s, self.slowest_size), (part.slowest_s, part.slowest_size)
        )
        self.peak_mb = max(self.peak_mb, part.peak_mb)
        self.findings = part.findings | self.findings


def main(argv: Sequence[str]) -> int:
    """Fuzz, print a table, and return 1 if anything was found."""
    from benchmarks.fuzzbench.parsers import PARSERS

    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzzing", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long in all (default: 60)")
    parser.add_argument("--only", default=",".join(PARSERS), help=f"some of {', '.join(PARSERS)}")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="default: a random one")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the inputs that were found there")
    options = parser.parse_args(argv)
    names = [name.strip() for name in str(options.only).split(",")]
    if unknown := set(names) - set(PARSERS):
        parser.error(f"--only: there is no {', '.join(sorted(unknown))}")
    print(f"seed {options.seed}, {options.seconds:g} s\n{'parser':16}{'inputs':>9}{'findings':>10}"
          f"{'slowest':>11}{'of bytes':>11}{'largest':>11}{'memory':>9}")  # fmt: skip
    found: list[str] = []
    total = 0
    with tempfile.TemporaryDirectory(prefix="herald-fuzz-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            tally = _supervised(name, options.seconds / len(names), options.seed, folder)
            found += [f"{name}: {finding}" for finding in tally.findings.values()]
            total += tally.inputs
            print(f"{name:16}{tally.inputs:9,}{len(tally.findings):10}{tally.slowest_s:9.2f} s"
                  f"{tally.slowest_size:11,}{tally.largest:11,}{tally.peak_mb:6} MB", flush=True)  # fmt: skip
    print(f"{total:,} inputs, {len(found)} findings", *found, sep="\n")
    return 1 if found else 0


def _supervised(name: str, seconds: float, first_seed: int, folder: Path) -> Tally:
    """Run a parser for so long; a process that ends early is told and followed by another."""
    whole = Tally()
    ends_at = time.monotonic() + seconds
    context = multiprocessing.get_context("spawn")
    number = 0
    while time.monotonic() < ends_at:
        mine, theirs = context.Pipe(duplex=False)
        current = folder / f"{name.replace(' ', '-')}.current"
        arguments = (name, ends_at - time.monotonic(), first_seed + number, folder, theirs)
        process = context.Process(target=_fuzz, args=arguments, daemon=True)
        process.start()
        theirs.close()
        last = Tally()
        with suppress(EOFError):
            while True:
                last = mine.recv()
        process.join()
        whole.add(last)
        if process.exitcode:
            kept = current.rename(folder / f"{name.replace(' ', '-')}-{first_seed + number}-ended.pickle")
            whole.findings.setdefault(str(process.exitcode), f"the process ended with {process.exitcode}: {kept}")
        number += 1
    return whole


def _fuzz(name: str, seconds: float, first_seed: int, folder: Path, out: Connection) -> None:
    """In the process of one parser: rounds until the time is over."""
    from benchmarks.fuzzbench.parsers import PARSERS

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    parser, tally = PARSERS[name], Tally()
    current = folder / f"{name.replace(' ', '-')}.current"
    ends_at = time.monotonic() + seconds

    def attempt(value: Any) -> None:
        if time.monotonic() > ends_at:
            return
        size = _size(value)
        current.write_bytes(pickle.dumps(value))
        signal.setitimer(signal.ITIMER_PROF, HANG_S)  # its signal ends the process, whatever it is at
        began_s = time.process_time()
        try:
            parser.work(value)
        except Exception as error:  # noqa: BLE001 -- it is what is looked for
            place = traceback.extract_tb(error.__traceback__)[-1]
            note(f"{type(error).__name__} at {place.filename}:{place.lineno}", f"{error!r:.120}", value)
        spent_s = time.process_time() - began_s
        signal.setitimer(signal.ITIMER_PROF, 0)
        tally.inputs += 1
        tally.largest = max(tally.largest, size)
        if spent_s > tally.slowest_s:
            tally.slowest_s, tally.slowest_size = spent_s, size
        if spent_s > LIMIT_S:
            note("too slow", f"{spent_s:.1f} s for {size:,} bytes", value)
        target(spent_s)

    def note(kind: str, told: str, value: Any) -> None:
        if kind not in tally.findings:
            file = folder / f"{name.replace(' ', '-')}-{secrets.token_hex(4)}.pickle"
            file.write_bytes(pickle.dumps(value))
            tally.findings[kind] = f"{kind}: {told}: {file}"

    rounds = settings(
        max_examples=ROUND, deadline=None, database=None, phases=(Phase.generate, Phase.target),
        suppress_health_check=_UNCHECKED, print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    number = 0
    while time.monotonic() < ends_at:
        seed(first_seed * 1_000 + number)(rounds(given(parser.inputs)(attempt)))()
        number += 1
        tally.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        out.send(tally)
    current.unlink(missing_ok=True)


def _size(value: Any) -> int:
    parts = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
    return sum(len(part) if isinstance(part, bytes) else len(str(part).encode("utf-8", "replace")) for part in parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
