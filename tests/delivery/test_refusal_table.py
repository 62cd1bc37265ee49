"""What each of Discord's error codes means; the documentation has the same table."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from delivery.refusals import TABLE, Meaning, explain

DOCUMENT = Path(__file__).parents[2] / "docs" / "delivery.md"
THEN = {
    "the channel waits": Meaning.CHANNEL,
    "the message is parked": Meaning.MESSAGE,
    "tried again later": Meaning.LATER,
}


def refusal(status: int, code: int) -> discord.HTTPException:
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    return kind(cast("Any", SimpleNamespace(status=status, reason="")), {"code": code, "message": "no"})


def test_the_documentation_sorts_every_code_as_the_code_does() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|[^|]+\| ([^|]+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    written = [(int(code), THEN[then]) for codes, then in rows for code in codes.split(",")]
    assert sorted(written) == sorted((code, meaning) for code, (meaning, _) in TABLE.items())


@pytest.mark.parametrize("code", sorted(TABLE))
def test_a_listed_code_has_a_sentence_whatever_the_status(code: int) -> None:
    found = [explain(refusal(status, code), "#news") for status in (400, 403, 404)]
    assert len(set(found)) == 1 or all(one.meaning is Meaning.MESSAGE for one in found)
    assert found[0].meaning is TABLE[code][0]
    assert "{" not in found[0].reason
    assert found[0].reason.endswith((".", ")"))


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_a_code_that_is_not_listed_says_what_discord_said(status: int) -> None:
    found = explain(refusal(status, 987654), "#news")
    assert found.meaning is Meaning.UNLISTED
    assert f"HTTP {status}, code 987654, no" in found.reason


def test_a_refused_token_is_told_whatever_its_code() -> None:
    assert "put a new one into DISCORD_TOKEN" in explain(refusal(401, 0), "#news").reason
