"""The fuzzer runs, counts what it tried, and keeps to the sizes that it names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from benchmarks.fuzzbench.inputs import MARKDOWN, hostile
from benchmarks.fuzzing import main


def test_a_short_run_finds_nothing_and_says_what_it_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "3", "--only", "date", "--seed", "1"]) == 0
    tried = re.search(r"^date +([\d,]+) ", capsys.readouterr().out, re.MULTILINE)
    assert tried is not None
    assert int(tried[1].replace(",", "")) > 0


@given(hostile(MARKDOWN, 5_000))
def test_hostile_text_keeps_to_its_size(text: str) -> None:
    assert len(text) <= 5_000
