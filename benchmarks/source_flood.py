"""What a hostile source costs everybody else: `python -m benchmarks.source_flood [--only NAME,…]`.

For each attack a bot of its own follows an ordinary newsletter and a hostile one, which a Git server on loopback or a
folder serves, while somebody uses `/following` again and again. Told are how long the command took, the most memory of
the bot and of its helpers with Git, what is left on the disk, and what the log says of the source. Bounds: in the
median the command takes at most 50 ms longer than next to a harmless source, memory grows by at most 500 MB, and the
disk holds at most 100 MB; 2 GB where the server cannot leave out what nobody asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.chaosbench.bots import ROOT
from benchmarks.search_load import Crowd, bot, said
from sandbox.page.interactions import Person
from sandbox.server import ChannelSpec, Sandbox, SandboxOptions
from tests.support.git_server import GitServer, Repository, git

DELAY_MS, MEMORY_MB = 50.0, 500.0
DISK_MB, WHOLE_MB = 100.0, 2_000.0
CALM, WHOLE = "harmless", "the same sent whole"
OUTCOME_LIMIT_S = 300.0  # until the log says what became of the source
_COMMAND: dict[str, Any] = {"type": 2, "data": {"type": 1, "name": "following", "options": []}}
_OUTCOME = re.compile(r'(poll failed|imported|file not read|issue held).*newsletter="Hostile".*')


@dataclass
class Figures:
    """What one source cost."""

    name: str
    commands_ms: list[float] = field(default_factory=list[float])
    bot_mb: float = 0.0
    family_mb: float = 0.0  # of the bot and all that it started
    disk_mb: float = 0.0
    took_s: float = 0.0
    outcome: str = ""


# -- the sources ----------------------------------------------------------------------------------

Maker = Callable[[Path], None]  # fills a bare repository at the path


def _harmless(path: Path) -> None:
    Repository.create(path).commit({f"{number}.md": _issue(number) for number in range(20)})


def _ten_million_names(path: Path) -> None:
    """Name 216³ files in a few hundred kilobytes of trees."""
    repository = Repository.create(path)
    repository.commit({"1.md": _issue(1)})
    entry = f"100644 blob {git('--git-dir', path, 'rev-parse', 'main:1.md')}"
    for kind in ("md", "a", "b"):
        suffix = ".md" if kind == "md" else ""
        names = "".join(f"{entry}\t{kind}{number:03}{suffix}\n" for number in range(216))
        entry = f"040000 tree {git('--git-dir', path, 'mktree', stdin=names.encode())}"
    _commit_tree(path, entry.split()[-1])


def _deep(path: Path) -> None:
    """Put a file 1,100 folders down."""
    repository = Repository.create(path)
    repository.commit({"1.md": _issue(1)})
    entry = f"100644 blob {git('--git-dir', path, 'rev-parse', 'main:1.md')}\tdeep.md\n"
    for _ in range(1_100):
        entry = f"040000 tree {git('--git-dir', path, 'mktree', stdin=entry.encode())}\tdown\n"
    _commit_tree(path, git("--git-dir", path, "mktree", stdin=entry.encode()))


def _huge_file(path: Path) -> None:
    """350 MB in one Markdown file, next to an issue; the server leaves out what is not asked for."""
    _whole_huge_file(path)
    Repository(path).allow_partial()


def _whole_huge_file(path: Path) -> None:
    """Make the same on a server that sends all or nothing."""
    repository = Repository.create(path)
    git("--git-dir", path, "config", "core.bigFileThreshold", "1m")  # sent as it is, without the server's toil
    git("--git-dir", path, "config", "core.compression", "0")
    repository.commit({"1.md": _issue(1), "big.md": os.urandom(1_000_000) * 350})


def _many_large(path: Path) -> None:
    """1.4 GB in files that are each just small enough; packed they take little."""
    repository = Repository.create(path)
    repository.commit({"1.md": _issue(1)})
    large = b"---\ntitle: Large\n---\n" + b"All work and no play. " * 210_000
    repository.commit({f"{number}.md": large + b"%d" % number for number in range(300)})


def _heads(path: Path) -> None:
    """Heads that cost far more to read than to write."""
    heads = {
        "json.md": '{"a": "' + '\\"{' * 22_000,
        "yaml.md": "---\nx: " + "[" * 60_000 + "\n---\n",
        "alias.md": "---\n" + _billion_laughs() + "---\n",
        "toml.md": "+++\nx = " + "[" * 60_000 + "\n+++\n",
    }
    Repository.create(path).commit({"1.md": _issue(1), **heads})


def _bodies(path: Path) -> None:
    """Bodies that cost far more to split than to write."""
    bodies = {
        "headings.md": "".join(f"# Heading {number}\n\n" for number in range(20_000)),
        "quotes.md": ">" * 50_000 + " deep",
        "brackets.md": "[" * 50_000 + "](" * 50_000,
        "lists.md": "".join(" " * (2 * (number % 90)) + f"- [a](https://e.org/{number})\n" for number in range(20_000)),
        "emphasis.md": "*a **b " * 40_000,
    }
    Repository.create(path).commit({name: _issue(1) + text for name, text in bodies.items()})


SOURCES: dict[str, Maker] = {
    CALM: _harmless,
    "ten million names": _ten_million_names,
    "deep folders": _deep,
    "a file of 350 MB": _huge_file,
    WHOLE: _whole_huge_file,
    "1.4 GB in 300 files": _many_large,
    "costly heads": _heads,
    "costly bodies": _bodies,
}


def _billion_laughs() -> str:
    lines = ['a0: &a0 ["ha"]\n']
    lines += [f"a{one}: &a{one} [{', '.join([f'*a{one - 1}'] * 9)}]\n" for one in range(1, 12)]
    return "".join(lines)


def _issue(number: int) -> str:
    return f"---\ntitle: Issue {number}\ndate: 2026-01-{1 + number % 28:02}\n---\n\n### Story {number}\n\nText.\n\n"


def _commit_tree(path: Path, tree: str) -> None:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    commit = git("--git-dir", path, *author, "commit-tree", tree, "-m", "x")
    git("--git-dir", path, "update-ref", "refs/heads/main", commit)


# -- everybody else ---------------------------------------------------------------------------------


async def measure(names: Sequence[str], seconds: float) -> int:
    """Measure the sources named, print, and return 1 if a bound was missed."""
    found: list[Figures] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="herald-source-") as scratch:
            folder = Path(scratch)
            await asyncio.to_thread(SOURCES[name], folder / "hostile.git")
            async with _served(folder) as base:
                found.append(await _beside(name, f"{base}/hostile.git", folder, seconds))
        _print(found[-1], found[0])
    is_good = all(_is_kept(one, found[0]) for one in found)
    print("all bounds are kept" if is_good else "A BOUND WAS MISSED")
    return 0 if is_good else 1


@asynccontextmanager
async def _served(root: Path) -> AsyncGenerator[str]:
    """Serve what is below `root` from a process of its own, whose toil is nobody's delay, and return the address."""
    command = (sys.executable, "-m", "benchmarks.source_flood", "--serve", str(root))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def _serve(root: Path) -> None:
    async with GitServer.serve(root) as server:
        print(server.base, flush=True)
        await asyncio.Event().wait()


async def _beside(name: str, url: str, folder: Path, seconds: float) -> Figures:
    figures = Figures(name)
    sandbox = await Sandbox.start(0, channels=[ChannelSpec("news")], options=SandboxOptions(rate_limits=False))
    _write(folder, sandbox, url)
    crowd = Crowd(sandbox, seed=1)
    crowd.listen()
    person = Person(sandbox.core, sandbox.world.owner, sandbox.channel("news"))
    try:
        async with bot(folder, sandbox.url) as process:
            await said(folder, "ready in", 120)
            began_s = time.monotonic()
            watching = asyncio.create_task(_watch(process.pid, figures))
            while time.monotonic() < began_s + seconds or not await _is_told(folder, figures, began_s):
                asked_s = time.perf_counter()
                await crowd.ask(person, _COMMAND)
                figures.commands_ms.append((time.perf_counter() - asked_s) * 1000)
                await asyncio.sleep(0.05)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            figures.disk_mb = await asyncio.to_thread(_disk_mb, folder / "cache")
    finally:
        await sandbox.close()
    return figures


async def _is_told(folder: Path, figures: Figures, began_s: float) -> bool:
    if figures.outcome:
        return True
    figures.took_s = time.monotonic() - began_s
    text = await asyncio.to_thread((folder / "bot.log").read_text, "utf-8", "replace")
    if (outcome := _OUTCOME.search(text)) is not None:
        figures.outcome = outcome[0]
    elif figures.took_s > OUTCOME_LIMIT_S:
        figures.outcome = "NOTHING WAS SAID"
    return bool(figures.outcome)


async def _watch(pid: int, figures: Figures) -> None:
    while True:
        own, family = await asyncio.to_thread(_resident_mb, pid)
        figures.bot_mb, figures.family_mb = max(figures.bot_mb, own), max(figures.family_mb, family)
        await asyncio.sleep(0.1)


def _resident_mb(pid: int) -> tuple[float, float]:
    """Return what a process holds, and what it and all that it started hold; pages that they share count once each."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text("ascii", "replace").rpartition(")")[2].split()[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    own = _rss_mb(pid)
    return own, own + sum(_rss_mb(child) for child in family - {pid})


def _rss_mb(pid: int) -> float:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _disk_mb(folder: Path) -> float:
    return sum(one.lstat().st_blocks * 512 for one in folder.rglob("*") if one.is_file()) / 1e6


def _write(folder: Path, sandbox: Sandbox, url: str) -> None:
    (folder / "issues").mkdir()
    (folder / "issues" / "1.md").write_text(_issue(1))
    channel = sandbox.channel("news").id
    (folder / "config.yaml").write_text(
        "storage: herald.db\ncache: cache\nnewsletters:\n"
        "  - {name: News, source: issues, poll: 5s}\n"
        f"  - {{name: Hostile, source: '{url}', poll: 1h}}\n"
        "subscriptions:\n"
        f"  - {{newsletter: News, channel: {channel}}}\n  - {{newsletter: Hostile, channel: {channel}}}\n"
    )


def _is_kept(one: Figures, calm: Figures) -> bool:
    return (
        _at(one.commands_ms, 0.5) - _at(calm.commands_ms, 0.5) < DELAY_MS
        and one.family_mb - calm.family_mb < MEMORY_MB
        and one.disk_mb < (WHOLE_MB if one.name == WHOLE else DISK_MB)
        and not one.outcome.isupper()
    )


def _print(one: Figures, calm: Figures) -> None:
    times = one.commands_ms
    print(
        f"{one.name:<20} command p50 {_at(times, 0.5):4.0f} p95 {_at(times, 0.95):4.0f} max {_at(times, 1.0):5.0f} ms "
        f"of {len(times):4}   bot {one.bot_mb:4.0f} MB, with helpers {one.family_mb:4.0f}   disk {one.disk_mb:6.1f} MB"
        f"   {one.took_s:5.1f} s{'' if _is_kept(one, calm) else '  MISSED'}\n    {one.outcome[:240]}",
        flush=True,
    )


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[int((len(times) - 1) * share)] if times else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Hostile sources while people use Herald.")
    parser.add_argument("--seconds", type=float, default=10.0, help="of asking beside each source, at least")
    parser.add_argument("--only", default="", help="names of sources, with commas between them; harmless is always one")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve(options.serve))
    chosen = [name for name in SOURCES if name == CALM or not options.only or name in options.only.split(",")]
    sys.exit(asyncio.run(measure(chosen, options.seconds)))
