"""backup, restore, compact, forget and status as they are typed."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.dispatch import main
from clock import utc_now
from config.settings import load_config
from storage.sqlite import SqliteDatabase, take_lock
from storage.subscriptions import Subscriptions

ISSUE = "---\ntitle: One\ndate: 2026-03-02\n---\n\n## News\n\n### [Story](https://example.org/1)\n\nText.\n"


class Place:
    """A configuration with one newsletter that was imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.database = folder / "herald.db"
        (folder / "issues").mkdir()
        (folder / "issues" / "1.md").write_text(ISSUE)
        self.config.write_text("newsletters:\n  - name: Tech\n    source: issues\n")
        assert self.herald("import") == 0

    def herald(self, *argv: str) -> int:
        return main([*argv, "--config", str(self.config)])

    def issues(self) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT count(*) FROM issues WHERE removed_at IS NULL").fetchone()[0]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_backup_and_restore(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    copy = place.folder / "copy.db"
    assert place.herald("backup", str(copy)) == 0
    assert "verified" in capsys.readouterr().out
    (place.folder / "issues" / "2.md").write_text(ISSUE.replace("One", "Two"))
    assert place.herald("import") == 0
    assert place.issues() == 2
    assert place.herald("restore", str(copy), "--yes") == 0
    assert "the one before is kept as herald.db." in capsys.readouterr().out
    assert place.issues() == 1


def test_what_is_no_backup_is_not_put_back(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("notes.md", "Nothing but text, longer than a header."), ("empty.db", "")):
        (place.folder / name).write_text(content)
        assert place.herald("restore", str(place.folder / name), "--yes") == 2
    told = capsys.readouterr().err
    assert "notes.md is not a database: choose a file that `bot.py backup` made." in told
    assert "empty.db is empty: it is not a backup." in told


def test_a_backup_that_another_user_put_there_is_told_as_unreadable(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = place.folder / "copy.db"
    assert place.herald("backup", str(copy)) == 0
    really_open = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if path == copy:
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, who may read everything
    assert place.herald("restore", str(copy), "--yes") == 2
    assert f"Herald may not read {copy}: give it to" in capsys.readouterr().err


def test_a_slip_in_the_configuration_ends_no_backup(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    good = place.config.read_text()
    place.config.write_text(f"{good}    settl: 5m\n    token: ${{GIT_TOKEN}}\nadmin_chanel: 5\n")
    assert place.herald("backup", str(place.folder / "copy.db")) == 0
    capsys.readouterr()
    assert place.herald("status") == 0
    told = capsys.readouterr().out
    assert "Tech: 1 issue, 1 item" in told
    assert "The configuration is faulty" in told
    assert "config.yaml:6: admin_chanel: is unknown" in told
    place.config.write_text(f"{good}storage: ${{NOWHERE}}\n")
    assert place.herald("backup", str(place.folder / "copy.db")) == 2
    assert "storage: needs the variable NOWHERE" in capsys.readouterr().err


def test_restore_asks_first(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    copy = place.folder / "copy.db"
    assert place.herald("backup", str(copy)) == 0
    assert place.herald("restore", str(copy)) == 1
    assert "Add --yes" in capsys.readouterr().err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for typed, status in (("no\n", 1), ("restore\n", 0)):
        monkeypatch.setattr("sys.stdin", Terminal(typed))
        assert place.herald("restore", str(copy)) == status


def test_restore_is_refused_while_a_bot_runs(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    copy = place.folder / "copy.db"
    assert place.herald("backup", str(copy)) == 0
    lock = take_lock(place.database)
    try:
        for command in (["restore", str(copy), "--yes"], ["compact"], ["forget", "member", "1", "--yes"]):
            assert place.herald(*command) == 2
            assert "is in use by another running Herald" in capsys.readouterr().err
        assert place.herald("backup", str(place.folder / "second.db")) == 0
    finally:
        lock.release()


def test_compact(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.herald("compact") == 0
    assert "bytes now" in capsys.readouterr().out
    place.config.write_text("storage: other.db\n")
    assert place.herald("compact") == 2
    assert "There is no other.db to compact" in capsys.readouterr().err


def test_a_newsletter_is_forgotten_once_it_left_the_configuration(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.herald("forget", "newsletter", "Tech", "--yes") == 1
    assert "remove it there first" in capsys.readouterr().err
    place.config.write_text("newsletters: []\n")
    assert place.herald("forget", "newsletter", "Tech", "--yes") == 0
    said = capsys.readouterr()
    assert "issues: 1" in said.err
    assert "Forgotten: newsletter Tech" in said.out
    assert place.issues() == 0
    assert place.herald("forget", "newsletter", "Tech", "--yes") == 0
    assert "Nothing is stored about the newsletter Tech" in capsys.readouterr().out


def test_a_server_is_forgotten_once_its_channels_left_the_configuration(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = place.config.read_text()
    place.config.write_text(f"{plain}subscriptions:\n  - newsletter: Tech\n    channel: 123456789012345678\n")
    [wish] = load_config(place.config, {}).subscriptions

    async def follow() -> None:
        db = await SqliteDatabase.open(place.database)
        await Subscriptions(db).add(wish, now=utc_now(), guild_id=77)
        await db.close()

    asyncio.run(follow())
    assert place.herald("forget", "server", "77", "--yes") == 1
    assert "follows Tech in the configuration" in capsys.readouterr().err
    place.config.write_text(plain)
    assert place.herald("forget", "server", "77", "--yes") == 0
    assert "Forgotten: server 77" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Jane", "-", "99999999999999999999"])
def test_what_is_not_an_id_is_told(place: Place, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.herald("forget", "member", name, "--yes") != 0
    assert "id" in capsys.readouterr().err


@pytest.mark.parametrize("keep", ["0", "-1", "all"])
def test_what_is_not_a_number_of_backups_is_told(keep: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["backup", "folder", f"--keep={keep}"])
    assert f'"{keep}" is not a number of copies: write 1 or more' in capsys.readouterr().err
