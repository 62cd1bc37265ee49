"""A picture of mentions over time, painted in a process of its own: the plotting library is large and slow to load."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, cast

import processes

IDLE_S = 120.0
LIMIT_S = 20.0  # the first picture takes a second or two: the library is loaded for it
_MONTHS, _QUARTERS = 36, 108  # a span of so many months is shown month by month, quarter by quarter
_LEAST = 6  # buckets that a picture has at least
_COLOURS = 24  # of the picture's palette: few enough for a few kilobytes
# One panel for dark and light: text on it has a contrast above 9:1 whatever surrounds it.
_PANEL, _TEXT, _GRID, _BAR, _PEAK = "#24262c", "#dfe1e7", "#3b3e47", "#6d78f0", "#f2b04b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Counts in equal steps of time; `unit` is "month", "quarter" or "year", `labels` name each step."""

    unit: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]


def chart_of(days: Iterable[tuple[dt.date, int]], until: dt.date) -> Chart:
    """Counts of days as months, quarters or years, by the span from the first of them to `until`; days are in order."""
    counted = list(days)
    first = counted[0][0]
    until = max(until, counted[-1][0])
    span = (until.year - first.year) * 12 + until.month - first.month + 1
    unit, size = ("month", 1) if span <= _MONTHS else ("quarter", 3) if span <= _QUARTERS else ("year", 12)
    begin, end = _bucket(first, size), _bucket(until, size)
    begin = min(begin, end - _LEAST + 1)
    counts = [0] * (end - begin + 1)
    for day, count in counted:
        counts[_bucket(day, size) - begin] += count
    labels = tuple(_label(number, size) for number in range(begin, end + 1))
    return Chart(unit=unit, labels=labels, counts=tuple(counts))


def _bucket(day: dt.date, size: int) -> int:
    return (day.year * 12 + day.month - 1) // size


def _label(bucket: int, size: int) -> str:
    year, month = divmod(bucket * size, 12)
    if size == 12:
        return str(year)
    if size == 3:
        return f"Q{month // 3 + 1} {year}"
    return f"{dt.date(2000, month + 1, 1):%b} {year}"


def described(chart: Chart, topic: str) -> str:
    """The picture in words, for those who do not see it; within Discord's 1,024 characters."""
    total, most = sum(chart.counts), max(chart.counts)
    peak = chart.labels[chart.counts.index(most)]
    shown = topic if len(topic) <= 200 else f"{topic[:199]}…"
    return (
        f"Bar chart: mentions of “{shown}” per {chart.unit} from {chart.labels[0]} to {chart.labels[-1]}. "
        f"{total:,} in all, most in {peak} ({most:,}), {chart.counts[-1]:,} in {chart.labels[-1]}."
    )


def paint(chart: Chart) -> bytes:
    """The picture as PNG, 880 by 420 points: its text can be read at a phone's width. Blocking, slow the first time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=(5.5, 2.625), dpi=160, facecolor=_PANEL, layout="constrained")
    cast("Any", figure.get_layout_engine()).set(w_pad=0.12, h_pad=0.1)
    axes: Any = figure.add_subplot(facecolor=_PANEL)
    places = range(len(chart.counts))
    most = max(chart.counts)
    colours = [_PEAK if count == most else _BAR for count in chart.counts]
    axes.bar(places, chart.counts, width=0.78, color=colours, zorder=2)
    axes.set_title(f"Mentions per {chart.unit}", loc="left", color=_TEXT, fontsize=12, pad=10)
    axes.annotate(
        f"{most:,}", (chart.counts.index(most), most), xytext=(0, 3), textcoords="offset points",
        ha="center", color=_PEAK, fontsize=12, fontweight="bold",
    )  # fmt: skip
    axes.set_ylim(0, most * 1.2)
    axes.set_xlim(-0.7, len(chart.counts) - 0.3)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(_count))
    named = _named(chart)
    axes.set_xticks(named, [_short(chart.labels[place], chart.unit) for place in named])
    axes.tick_params(colors=_TEXT, labelsize=12, length=0)
    axes.grid(axis="y", color=_GRID, linewidth=1, zorder=1)
    for side in axes.spines.values():
        side.set_visible(False)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return _png(canvas)


def _count(value: float, place: int) -> str:
    del place
    return f"{value:,.0f}"


def _png(canvas: Any) -> bytes:
    from PIL import Image

    size = canvas.get_width_height()
    picture = Image.frombuffer("RGBA", size, bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1)
    data = io.BytesIO()
    picture.convert("RGB").quantize(_COLOURS).save(data, "png", optimize=True)
    return data.getvalue()


def _named(chart: Chart) -> list[int]:
    """The places whose labels fit: at most seven, evenly, the last one among them; years name shorter steps."""
    count = len(chart.labels)
    places = list(range(count))
    if chart.unit != "year" and count > 12:  # a year's name stands at its first step
        places = [at for at in places if chart.labels[at].startswith(("Jan ", "Q1 "))]
        if len(places) < 3:
            places = [at for at in range(count) if chart.labels[at].startswith(("Jan ", "Jul ", "Q1 ", "Q3 "))]
    step = -(-len(places) // 7)
    return places[::-1][::step][::-1]


def _short(label: str, unit: str) -> str:
    if unit == "year":
        return label
    return f"{label[:-4]}’{label[-2:]}" if not label.startswith(("Q1 ", "Jan ")) else label[-4:]


class Painter:
    """One process that paints, made when it is needed and ended when it was idle for `idle_s` seconds."""

    def __init__(self, *, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._pool: ProcessPoolExecutor | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether the process exists now."""
        return self._pool is not None

    async def paint(self, chart: Chart) -> bytes | None:
        """The picture as PNG; None where it could not be painted in time."""
        async with self._lock:
            self._keep_open()
            loop = asyncio.get_running_loop()
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=processes.prepare)
            try:
                async with asyncio.timeout(LIMIT_S):
                    return await loop.run_in_executor(self._pool, paint, chart)
            except (BrokenProcessPool, TimeoutError):
                self._end(self._processes())
                return None
            finally:
                self._closing = loop.call_later(self._idle_s, self._end, ())

    async def close(self) -> None:
        """End the process, whatever it is at, and wait until it is gone."""
        self._keep_open()
        pool, processes = self._pool, self._processes()
        self._end(processes)
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True)

    def _keep_open(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def _processes(self) -> Sequence[Any]:
        """The processes of the pool, which gives no other way to end one that hangs."""
        found = cast("dict[int, Any] | None", getattr(self._pool, "_processes", None)) or {}
        return tuple(found.values())

    def _end(self, processes: Sequence[Any]) -> None:
        for process in processes:
            process.kill()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None
