"""`python bot.py search` over a real database."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

import pytest

from cli import dispatch
from digest.model import Issue, Item, Link
from storage.archive import Archive
from storage.opening import open_database
from storage.records import Gate

NOW = dt.datetime(2024, 12, 15, tzinfo=dt.UTC)
ISSUE = Issue(
    path="posts/one.md",
    title="Beats 1",
    date=dt.date(2024, 3, 5),
    url="https://example.org/one",
    items=(
        Item(
            id="m1",
            title="Mamba explained",
            section=("Research",),
            text="State space models, explained by snakes.",
            links=(Link("Paper", "https://example.org/mamba"),),
            lines=(3, 9),
        ),
        Item(id="m2", title="An escape\x1b[31m sequence", lines=(11, 12)),
    ),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    async def fill() -> None:
        db = await open_database(tmp_path / "herald.db")
        await Archive(db).store("Tech Beats", [(ISSUE, NOW)], now=NOW, first_gate=lambda _: Gate.FILED)
        await db.close()

    asyncio.run(fill())
    path = tmp_path / "config.yaml"
    path.write_text("storage: herald.db\n", encoding="utf-8")
    return path


def run(config: Path, *argv: str) -> int:
    return dispatch.main(["search", "--config", str(config), *argv])


def test_json_and_nothing_else_on_standard_output(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "mambas", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == {
        "query": "mambas",
        "total": 1,
        "is_total_exact": True,
        "note": "",
        "results": [
            {
                "item": {
                    "id": "m1",
                    "title": "Mamba explained",
                    "section": ["Research"],
                    "text": "State space models, explained by snakes.",
                    "links": [{"text": "Paper", "url": "https://example.org/mamba"}],
                    "image": None,
                    "lines": [3, 9],
                },
                "issue": {
                    "title": "Beats 1",
                    "date": "2024-03-05",
                    "url": "https://example.org/one",
                    "path": "posts/one.md",
                    "newsletter": "Tech Beats",
                },
                "snippet": "State space models, explained by snakes.",
                "times_covered": 1,
                "label": "",
            }
        ],
    }


def test_notes_go_to_standard_error_beside_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "space modles", "--json") == 0
    out, err = capsys.readouterr()
    assert err == 'Showing results for "space models".\n'
    assert json.loads(out)["results"][0]["snippet"].startswith("State **space** **models**")


def test_text_for_people(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "state", "space") == 0
    assert capsys.readouterr().out == (
        "1 item\n\n1. Mamba explained\n   Tech Beats · Research · 2024-03-05\n   https://example.org/mamba\n"
        "   *State* *space* models, explained by snakes.\n"
    )


def test_an_authors_text_does_not_steer_the_terminal(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "escape") == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_time_in_the_last_words_is_a_filter_as_in_discord(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "snakes in March 2024", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["query"], printed["total"]) == ('snakes since:"March 2024" until:"March 2024"', 1)
    assert run(config, "snakes in April 2024", "--json") == 0
    assert json.loads(capsys.readouterr().out)["total"] == 0
    assert run(config, "snakes in March 2024", "--since", "2023", "--json") == 0
    assert json.loads(capsys.readouterr().out)["query"] == "snakes in March 2024 since:2023"


def test_filters(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv, total in (
        (["--newsletter", "tech beats"], 1),
        (["--since", "April 2024"], 0),
        (["--until", "2024-03-05"], 1),
        (["--site", "example.org"], 1),
        (["--section", "tools"], 0),
        (["--limit", "0"], 1),
    ):
        assert run(config, "mamba", "--json", *argv) == 0
        assert json.loads(capsys.readouterr().out)["total"] == total, argv


@pytest.mark.parametrize(
    "argv", [[], ["mamba", "--since", "soon"], ["mamba", "--limit", "-1"], ["mamba", "--limit", "²"]]
)
def test_wrong_usage(config: Path, argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(config, *argv)
    assert ended.value.code == 2


def test_beside_a_running_bot(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def hold_and_ask() -> int:
        db = await open_database(config.with_name("herald.db"))
        try:
            return await asyncio.to_thread(run, config, "mamba")
        finally:
            await db.close()

    assert asyncio.run(hold_and_ask()) == 0
    assert "Mamba explained" in capsys.readouterr().out


def test_without_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("storage: none.db\n", encoding="utf-8")
    assert run(path, "mamba") == 2
    assert capsys.readouterr().err.startswith("There is no none.db yet")
