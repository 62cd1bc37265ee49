"""Who did what, as an admin asks."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from asking import ask, press, slash, text_of
from bench import Bench, issue_text

from sandbox.page.interactions import ClientError
from sandbox.server import Sandbox
from ui.audit import PER_PAGE


async def test_acts_are_listed_filtered_turned_and_exported(bench: Bench, folder: Path, sandbox: Sandbox) -> None:
    (folder / "1.md").write_text(issue_text(1, items=1, head="# =cmd()\n"))
    await bench.until_titles("Issue 1", "Story 1.1")
    await bench.idle()
    owner, news = sandbox.world.owner, bench.news
    await bench.press(await bench.slash("withdraw", "item", item="Story 1.1"), "Withdraw 1 message")
    await bench.until_titles("Issue 1", "~~Story 1.1~~")
    for _ in range(PER_PAGE // 2):
        await slash(bench, "pause")
        await slash(bench, "resume")
    first = await slash(bench, "audit")
    told = text_of(first)
    assert f"<@{owner.id}> paused **Tech** in <#{news.id}>" in told
    assert f"{PER_PAGE + 1:,} entries · Page 1 of 2" in told
    assert "withdrew" not in told
    await press(bench, first, "Next")
    await bench.until(lambda: "Page 2 of 2" in text_of(first))
    second = text_of(first)
    assert f"<@{owner.id}> withdrew **Story 1.1** of **Issue 1** in <#{news.id}>: 1 message" in second
    nothing = await slash(bench, "audit", until="2020")
    assert "No matching entries." in text_of(nothing)
    assert "is not a date" in text_of(await slash(bench, "audit", since="soonish"))
    stranger = {"name": "person", "type": 6, "value": str(sandbox.world.bot.id)}
    found = await ask(bench, {"type": 2, "data": {"type": 1, "name": "audit", "options": [stranger]}})
    assert "No matching entries." in text_of(found)
    exported = await bench.slash("audit", export=True)
    [file] = exported.files
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["at", "user", "did", "newsletter"]
    assert [row[2] for row in rows[1:]].count("paused") == PER_PAGE // 2
    assert rows[-1][1:6] == [str(owner.id), "retracted", "Tech", "Issue 1", "1"]


async def test_what_an_issue_is_called_is_not_told_where_its_newsletter_went_to_another_server(
    bench: Bench, folder: Path
) -> None:
    (folder / "1.md").write_text(issue_text(1, items=1))
    await bench.until_titles("Issue 1", "Story 1.1")
    await bench.idle()
    await bench.press(await bench.slash("withdraw", "item", item="Story 1.1"), "Withdraw 1 message")
    await bench.until_titles("Issue 1", "~~Story 1.1~~")
    first = await slash(bench, "audit")
    assert "**Story 1.1** of **Issue 1**" in text_of(first)
    bench.herald.services.door.servers = {"Tech": frozenset({1})}
    asked_again = text_of(await slash(bench, "audit"))
    assert "withdrew 1 item of **an issue**" in asked_again
    [file] = (await bench.slash("audit", export=True)).files
    told = file.content.decode("utf-8-sig")
    assert ("retracted,Tech," in told, "Issue 1" in told) == (True, False)


async def test_members_cannot_ask_nor_press(bench: Bench, sandbox: Sandbox) -> None:
    reader = next(user for user in sandbox.world.users.values() if user.username == "reader")
    with pytest.raises(ClientError, match="no command"):
        await slash(bench, "audit", user=reader)
