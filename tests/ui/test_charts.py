"""The picture of mentions over time: its steps, its words, and the process that paints it."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import pytest
from PIL import Image

from ui import fonts
from ui.charts import Chart, _ticks, caption, chart_of, described, is_captioned, paint
from ui.locales import answering


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("first", "until", "unit", "steps"),
    [
        ("2023-01-31", "2023-01-31", "month", 6),
        ("2021-01-01", "2023-12-31", "month", 36),
        ("2021-01-01", "2024-01-01", "quarter", 13),
        ("2015-01-01", "2023-12-31", "quarter", 36),
        ("2015-01-01", "2024-01-01", "year", 10),
        ("1995-06-01", "2024-01-01", "year", 30),
    ],
)
def test_steps_follow_the_span(first: str, until: str, unit: str, steps: int) -> None:
    chart = chart_of([(day(first), 2)], day(until))
    assert (chart.unit, len(chart.steps), len(chart.counts)) == (unit, steps, steps)
    assert sum(chart.counts) == 2


def test_each_day_counts_in_its_own_step() -> None:
    days = [(day("2023-01-31"), 1), (day("2023-02-01"), 2), (day("2023-02-28"), 3), (day("2023-06-30"), 4)]
    chart = chart_of(days, day("2023-07-01"))
    assert dict(zip(map(chart.label, range(7)), chart.counts, strict=True)) == {
        "Jan 2023": 1, "Feb 2023": 5, "Mar 2023": 0, "Apr 2023": 0, "May 2023": 0, "Jun 2023": 4, "Jul 2023": 0,
    }  # fmt: skip
    quarters = chart_of([(day("2020-03-31"), 1), (day("2020-04-01"), 2), (day("2023-12-31"), 3)], day("2023-01-01"))
    assert (quarters.label(0), quarters.counts[:2]) == ("Q1 2020", (1, 2))
    assert (quarters.label(-1), quarters.counts[-1]) == ("Q4 2023", 3)  # an archive older than the mention


def test_the_picture_in_words_has_span_sum_and_peak() -> None:
    chart = Chart(unit="year", steps=(day("2021-01-01"), day("2022-01-01"), day("2023-01-01")), counts=(1, 1234, 5))
    assert described(chart, "otter") == (
        "Bar chart: mentions of “otter” per year from 2021 to 2023. 1,240 in all, most in 2022 (1,234), 5 in 2023."
    )
    assert len(described(chart, "x" * 5000)) < 1024


QUARTERS = Chart(unit="quarter", steps=(day("2021-01-01"), day("2021-04-01"), day("2021-07-01")), counts=(1, 2, 0))


def test_the_picture_is_in_the_language_of_whoever_asks() -> None:
    assert caption(QUARTERS) == "Mentions per quarter"
    in_english = paint(QUARTERS)
    with answering("de"):
        assert caption(QUARTERS) == "Treffer pro Quartal"
        assert paint(QUARTERS) != in_english
        months = Chart(unit="month", steps=(day("2021-04-01"), day("2021-05-01")), counts=(1, 2))
        assert "von Apr. 2021 bis Mai 2021" in described(months, "otter")


def test_what_no_font_can_draw_is_said_beside_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_INSTALLED", ())
    fonts._name_with.cache_clear()
    try:
        assert is_captioned(QUARTERS)
        with answering("ja"):
            assert caption(QUARTERS) == "四半期ごとの掲載数"
            assert not is_captioned(QUARTERS)
            in_digits = paint(QUARTERS)
            assert "2021/Q1～2021/Q3" in described(QUARTERS, "otter")
        assert in_digits != paint(QUARTERS)
    finally:
        fonts._name_with.cache_clear()


def test_a_font_has_every_sign_or_is_not_taken() -> None:
    assert fonts.font_with("Über Größe 2021", 20) is not None  # Pillow's own has them
    assert fonts.font_with("a\U0010fffe", 20) is None
    found = fonts.font_with("四半期ごとの掲載数 2021", 20)
    if found is not None:  # on a machine with such a font each sign differs from its box
        box = fonts._drawn("\U0010ffff", found)
        assert all(fonts._drawn(sign, found) != box for sign in "四半期ごとの掲載数")


@pytest.mark.parametrize("counts", [(1,) * 6, tuple(range(36)), (0, 0, 0, 0, 0, 1_000_000), (7, 7, 7, 7, 7, 7)])
def test_the_picture_is_small_and_readable_on_any_ground(counts: tuple[int, ...]) -> None:
    steps = tuple(dt.date(2000 + number, 1, 1) for number in range(len(counts)))
    data = paint(Chart(unit="year", steps=steps, counts=counts))
    assert len(data) < 12_000
    picture = Image.open(BytesIO(data)).convert("RGBA")
    assert (picture.format or Image.open(BytesIO(data)).format) == "PNG"
    colours = [colour for _, colour in picture.getcolors(1000) or () if isinstance(colour, tuple)]
    assert all(colour[3] == 255 for colour in colours)  # a panel of its own: nothing shines through
    assert contrast(max(colours, key=luminance), colours_at(picture)) > 9
    assert any(abs(colour[0] - 0xF2) < 8 and abs(colour[2] - 0x4B) < 8 for colour in colours)  # the peak stands out


def colours_at(picture: Image.Image) -> tuple[int, ...]:
    """The colour of the ground."""
    found = picture.getpixel((0, 0))
    assert isinstance(found, tuple)
    return found


def luminance(colour: tuple[int, ...]) -> float:
    """As WCAG 2 defines it."""
    linear = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6]), (120, [0, 50, 100]), (10**6, [0, 500_000, 10**6])],
)
def test_the_grid_has_few_round_numbers(most: int, ticks: list[int]) -> None:
    assert _ticks(most) == ticks
