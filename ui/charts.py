"""A chart of mentions over time, drawn with Pillow."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.fonts import can_draw, font_with
from ui.locales import N_, spoken

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

_MONTHS, _QUARTERS = 36, 108  # longest periods, in months, that are shown by month and by quarter
_LEAST = 6  # bars that a chart has at least
_COLOURS = 24  # of the palette; few enough for a few kilobytes
# One background for dark and light themes: the contrast of text on it is above 9:1 in both.
_PANEL, _TEXT, _GRID, _BAR, _PEAK = "#24262c", "#dfe1e7", "#3b3e47", "#6d78f0", "#f2b04b"
# In pixels. On a phone the chart is shown at a third of its width, where the text is still legible.
_WIDTH, _HEIGHT, _MARGIN = 880, 420, 24
_FONT = 25
_TOP, _BOTTOM = 96, 364  # of the area with the bars
_LABEL = 14  # distance of the labels from the axis
_GAP = 0.22  # between two bars, as a share of a step
_HEADROOM = 1.12  # factor for the space above the highest bar, for its number
_TICKS = 4  # grid lines at most
_UNITS = {"month": N_("month"), "quarter": N_("quarter"), "year": N_("year")}
_NAMES = 7  # labels below the axis at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Counts per unit of time; `unit` is "month", "quarter" or "year", `steps` are the first day of each."""

    unit: str
    steps: tuple[dt.date, ...]
    counts: tuple[int, ...]

    def label(self, place: int) -> str:
        """Return a step's name in the user's language: `Sep 2023`, `Q3 2023`, `2023`."""
        return spoken().step(self.steps[place], self.unit)


def chart_of(days: Iterable[tuple[dt.date, int]], until: dt.date) -> Chart:
    """Return daily counts, which must be in order, as a chart by month, quarter or year.

    It ends with `until` or the last day; the unit depends on the length of the period.
    """
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
    steps = tuple(dt.date(*_year_and_month(number * size), 1) for number in range(begin, end + 1))
    return Chart(unit=unit, steps=steps, counts=tuple(counts))


def _bucket(day: dt.date, size: int) -> int:
    return (day.year * 12 + day.month - 1) // size


def _year_and_month(month: int) -> tuple[int, int]:
    """Return the year and month, from 1, of a month counted from year 0."""
    return month // 12, month % 12 + 1


def described(chart: Chart, topic: str) -> str:
    """Return the picture's alternative text, within Discord's limit of 1,024 characters."""
    total, most = sum(chart.counts), max(chart.counts)
    peak, last = chart.label(chart.counts.index(most)), chart.label(-1)
    shown = topic if len(topic) <= 200 else f"{topic[:199]}…"
    words = spoken()
    return words(
        "Bar chart: mentions of “{topic}” per {unit} from {first} to {last}. {total} in all, most in {peak} ({most}), "
        "{newest} in {last}.",
        topic=shown,
        unit=words(_UNITS[chart.unit]),
        first=chart.label(0),
        last=last,
        total=f"{total:,}",
        peak=peak,
        most=f"{most:,}",
        newest=f"{chart.counts[-1]:,}",
    )


def caption(chart: Chart) -> str:
    """Return the caption above the bars, in the user's language."""
    words = spoken()
    return words("Mentions per {unit}", unit=words(_UNITS[chart.unit]))


def is_captioned(chart: Chart) -> bool:
    """Whether the picture has a caption, which requires an installed font with its characters."""
    return can_draw(_written(chart))


def _written(chart: Chart) -> str:
    """Return all text in the picture."""
    return caption(chart) + "".join(_short(chart, place) for place in _named(chart))


def paint(chart: Chart) -> bytes:
    """Return the picture as PNG. Takes some milliseconds of processor time."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _PANEL)
    draw = ImageDraw.Draw(picture)
    suitable = font_with(_written(chart), _FONT)
    font = suitable or ImageFont.load_default(_FONT)
    most = max(chart.counts)
    ticks = _ticks(most)
    left = _MARGIN + max(draw.textlength(f"{tick:,}", font) for tick in ticks) + 12
    if suitable is not None:
        draw.text((left, _MARGIN), caption(chart), _TEXT, font)

    def height(count: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * count / max(most * _HEADROOM, ticks[-1])

    for tick in ticks:
        draw.line([(left, height(tick)), (_WIDTH - _MARGIN, height(tick))], _GRID, 2)
        draw.text((left - 12, height(tick)), f"{tick:,}", _TEXT, font, anchor="rm")
    step = (_WIDTH - _MARGIN - left) / len(chart.counts)
    for place, count in enumerate(chart.counts):
        if not count:
            continue
        begin = left + step * (place + _GAP / 2)
        bar = (begin, min(height(count), _BOTTOM - 2), begin + step * (1 - _GAP), _BOTTOM)
        draw.rounded_rectangle(
            bar, min(4, step / 6), _PEAK if count == most else _BAR, corners=(True, True, False, False)
        )
    _centred(draw, left + step * (chart.counts.index(most) + 0.5), height(most) - 6, f"{most:,}", font, (_PEAK, "ms"))
    for place in _named(chart):
        label = _short(chart, place) if suitable is not None else _in_digits(chart.steps[place])
        _centred(draw, left + step * (place + 0.5), _BOTTOM + _LABEL, label, font, (_TEXT, "mt"))
    data = io.BytesIO()
    picture.quantize(_COLOURS).save(data, "png", optimize=True)
    return data.getvalue()


def _centred(
    draw: ImageDraw.ImageDraw, x: float, y: float, text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    look: tuple[str, str],
) -> None:  # fmt: skip
    """Draw text centred at `x`, but within the picture; `look` is the colour and Pillow's anchor."""
    colour, anchor = look
    half = draw.textlength(text, font) / 2
    draw.text((min(max(x, _MARGIN + half), _WIDTH - _MARGIN / 2 - half), y), text, colour, font, anchor=anchor)


def _ticks(most: int) -> list[int]:
    """Return the values of the grid lines: evenly spaced round numbers from 0 up to `most`."""
    rough = max(most / _TICKS, 1)
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    return list(range(0, most + 1, step))


def _named(chart: Chart) -> list[int]:
    """Return the steps to label: at most `_NAMES`, evenly spaced, preferably the first of each year."""
    count = len(chart.steps)
    places = list(range(count))
    if chart.unit != "year" and count > 12:  # a year is labelled at its first step
        places = [at for at in places if chart.steps[at].month == 1]
        if len(places) < 3:
            places = [at for at in range(count) if chart.steps[at].month in {1, 7}]
    step = -(-len(places) // _NAMES)
    return places[::-1][::step][::-1]


def _short(chart: Chart, place: int) -> str:
    """Return the label below the axis: the year at its first step, else `Sep '23` or `Q3 '23`."""
    step = chart.steps[place]
    if chart.unit == "year" or step.month == 1:
        return str(step.year)
    words = spoken()
    return words("{month} '{year}", month=words.step_name(step, chart.unit), year=f"{step:%y}")


def _in_digits(step: dt.date) -> str:
    """Return the same in digits, for fonts that lack the characters."""
    return str(step.year) if step.month == 1 else f"{step:%y}/{step.month}"
