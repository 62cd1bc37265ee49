"""What splitting costs, beside bare parsing of the same files with markdown-it-py, and every issue of a folder.

    python benchmarks/splitting.py [FOLDER] [--every N] [--rounds N]

FOLDER holds issues (*.md, *.markdown); without one, the corpus next to the checkout or the examples are read.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import markdown_it  # noqa: E402

from digest.head.metadata import read_metadata  # noqa: E402
from digest.model import ReadOptions  # noqa: E402
from digest.reading import read_issues  # noqa: E402
from digest.repair import decode  # noqa: E402
from digest.tree.outline import parse  # noqa: E402


def timed(work: Callable[[], object]) -> float:
    """Seconds of the processor that `work` takes in this process, whatever else the machine does."""
    start = time.process_time()
    work()
    return time.process_time() - start


def parts(files: Sequence[tuple[str, bytes]]) -> dict[str, float]:
    """Seconds for each step over all files, in one run side by side."""
    parser = markdown_it.MarkdownIt("commonmark")
    spent: dict[str, float] = dict.fromkeys(("markdown-it-py", "repair", "metadata", "outline", "all of it"), 0.0)
    for name, data in files:
        text = decode(data)[0]
        spent["markdown-it-py"] += timed(lambda text=text: parser.parse(text))
        spent["repair"] += timed(lambda data=data: decode(data))
        spent["metadata"] += timed(lambda text=text, name=name: read_metadata(text, name))
        spent["outline"] += timed(lambda text=text: parse(text, 1))
        spent["all of it"] += timed(lambda data=data, name=name: read_issues(data, name, ReadOptions()))
    spent["items"] = spent["all of it"] - spent["repair"] - spent["metadata"] - spent["outline"]
    return spent


def main() -> None:
    """Print the costs as a ratio to markdown-it-py, then the slowest issues."""
    arguments = argparse.ArgumentParser(description=__doc__)
    corpus = ROOT.parent / "shared" / "corpus" / "newsletters"
    arguments.add_argument("folder", nargs="?", type=Path, default=corpus if corpus.is_dir() else ROOT / "examples")
    arguments.add_argument("--every", type=int, default=5, help="measure the steps on every Nth file (default 5)")
    arguments.add_argument("--rounds", type=int, default=3, help="runs of which the median counts (default 3)")
    args = arguments.parse_args()
    paths = sorted(path for path in args.folder.rglob("*") if path.suffix in {".md", ".markdown", ".mdx"})
    files = [(path.relative_to(args.folder).as_posix(), path.read_bytes()) for path in paths]
    some = files[:: args.every]
    size = sum(len(data) for _, data in some) / 1e6
    runs = [parts(some) for _ in range(args.rounds)]
    print(f"{len(some)} files, {size:.2f} MB, median of {args.rounds} runs")
    base = median(run["markdown-it-py"] for run in runs)
    for step in ("markdown-it-py", "repair", "metadata", "outline", "items", "all of it"):
        seconds = median(run[step] for run in runs)
        ratio = median(run[step] / run["markdown-it-py"] for run in runs)
        print(f"{step:15} {seconds:7.2f} s  {ratio:5.2f} of markdown-it-py  {size / max(seconds, 1e-9):6.2f} MB/s")
    print(f"(markdown-it-py: {size / base:.2f} MB/s)")
    every = sorted(((timed(lambda d=data, n=name: read_issues(d, n, ReadOptions())), name) for name, data in files))
    print(f"all {len(files)} files: {sum(seconds for seconds, _ in every):.1f} s; the slowest:")
    for seconds, name in reversed(every[-5:]):
        print(f"  {seconds:6.3f} s  {name}")


if __name__ == "__main__":
    main()
