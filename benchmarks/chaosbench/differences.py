"""Ten differences that are put in by hand once a run is over, and what `bot.py audit` makes of them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from benchmarks.chaosbench import bots
from benchmarks.chaosbench.running import Run

# One message for each item, in the channel itself; what is taken back is marked there, or stays.
CHANNELS = ("alpha", "delta", "bulk", "elsewhere")
_SHOWN = """
SELECT d.id, d.message_id, d.channel_id, d.item_id, d.issue_id, i.title
FROM deliveries d
JOIN items i ON i.id = d.item_id
JOIN issues s ON s.id = d.issue_id
JOIN subscriptions b ON b.id = d.subscription_id
WHERE d.state = 'sent' AND d.done = 'shown' AND d.wanted = 'shown' AND NOT d.is_list AND d.thread_id IS NULL
  AND i.removed_at IS NULL AND s.removed_at IS NULL AND b.removed_at IS NULL
"""


@dataclass(frozen=True)
class Shown:
    """A delivery whose message is in its channel."""

    id: int
    message_id: int
    channel_id: int
    item_id: int
    issue_id: int
    title: str


@dataclass(frozen=True)
class Expected:
    """A line of the audit's table: its first words, and what it names."""

    kind: str
    names: str

    def is_in(self, line: str) -> bool:
        """Whether a line of the table is about it."""
        return line.startswith(self.kind + " ") and self.names in line.partition(" → ")[0]


class Hand:
    """Changes channels as the bot's account, and its database while no bot runs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def delete(self, one: Shown) -> None:
        """Delete its message."""
        await self._ask("DELETE", one.channel_id, f"/{one.message_id}")

    async def change(self, one: Shown) -> None:
        """Give its message another text."""
        embed = (await self._message(one))["embeds"][0]
        await self._ask("PATCH", one.channel_id, f"/{one.message_id}", embeds=[{**embed, "description": "Changed."}])

    async def double(self, one: Shown) -> str:
        """Post its message a second time; returns the number of the copy."""
        message = await self._message(one)
        kept = {part: message[part] for part in ("embeds", "components")}
        return (await self._ask("POST", one.channel_id, **kept))["id"]

    async def _message(self, one: Shown) -> dict[str, Any]:
        return await self._ask("GET", one.channel_id, f"/{one.message_id}")

    async def _ask(self, method: str, channel_id: int, message: str = "", **body: Any) -> dict[str, Any]:
        url = f"{self._run.world.url}/api/v10/channels/{channel_id}/messages{message}"
        headers = {"Authorization": "Bot sandbox"}
        async with self._run.world.http.request(method, url, json=body or None, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json() if answer.status != 204 else {}

    def judged(self, one: Shown) -> tuple[str, str]:
        """Return how the judge's lines begin about its issue in this channel, and about that issue's stories."""
        channels = {number: name for name, number in self._run.world.channels.items()}
        issue = one.title.removeprefix("Story ").partition(".")[0]
        channel = channels[str(one.channel_id)]
        return f"#{channel} issue {issue}:", f"#{channel} story {issue}."

    def record(self, statement: str, *values: object) -> None:
        """Change the database."""
        with closing(sqlite3.connect(self._run.nursery.database)) as connection:
            if connection.execute(statement, values).rowcount < 1:
                raise RuntimeError(f"nothing to change: {statement}")
            connection.commit()


async def look_for_differences(run: Run, chance: random.Random) -> list[str]:
    """Put ten differences in, audit, repair and audit again; returns what the audit did not do as promised."""
    before, _ = await _audit(run)
    expected, touched = await _put_in(Hand(run), _some_shown(run, chance, before))
    found, summary = await _audit(run)
    missed = [f"the audit did not find: {one}" for one in expected if not any(map(one.is_in, found))]
    print(f"  ten differences put in by hand: {len(expected) - len(missed)} found ({summary})")
    repaired, summary = await _audit(run, "--repair")
    lines = [line for line in repaired - before if any(one.is_in(line) for one in expected)]
    counts = sum(" → " in line for line in lines), sum("(explained: " in line for line in lines)
    print(f"  {counts[0]} repaired, {counts[1]} explained ({summary})")
    # A header names what the ledger says is below it.
    besides = [line for line in found - before if not any(one.is_in(line) for one in expected)]
    missed += [f"the audit found besides: {line}" for line in besides if " the header of " not in line]
    broken = missed + [f"{counts[0]} differences repaired, {counts[1]} explained"] * (counts != (9, 1))
    broken += [f"the repair left: {line}" for line in repaired if " → " not in line and "(explained: " not in line]
    verdict = await run.one_life()
    others = [line for line in (*verdict.lost, *verdict.disordered, *verdict.wrong) if not line.startswith(touched)]
    broken += [f"after the repair: {line}" for line in (*verdict.doubled, *others)]
    after, summary = await _audit(run)
    print(f"  after the next start: {summary}")
    return broken + [f"still there after the repair: {line}" for line in after if "(explained: " not in line]


async def _audit(run: Run, *arguments: str) -> tuple[set[str], str]:
    """Return the lines of the table, with single spaces, and the sentence that sums it up."""
    _, table, summary = await bots.audit(run.nursery.folder, run.nursery.url, *arguments)
    return {" ".join(line.split()) for line in table.splitlines()[1:]}, summary.strip()


def _some_shown(run: Run, chance: random.Random, audited: set[str]) -> Iterator[Shown]:
    """Yield messages by chance, of different items, from channels without any that the database does not know: next to
    those nothing is planned again.
    """
    strange = {line for line in audited if line.startswith("unknown message ")}
    channels = {run.world.channels[name] for name in CHANNELS}
    channels -= {one for one in channels if any(f"<#{one}>" in line for line in strange)}
    with closing(sqlite3.connect(run.nursery.database)) as connection:
        every = [Shown(*row) for row in connection.execute(_SHOWN)]
    chance.shuffle(every)
    seen = set[int]()
    for one in every:
        if str(one.channel_id) in channels and one.issue_id not in seen:
            seen.add(one.issue_id)
            yield one


async def _put_in(hand: Hand, some: Iterator[Shown]) -> tuple[list[Expected], tuple[str, ...]]:
    """Return the lines that the audit has to show, and how the judge's lines begin about issues in which the repair
    leaves a story away, or posts it at the end.
    """
    removed, doubled, changed, forgotten, unplanned, deleted, unfound, refused, renamed = (next(some) for _ in range(9))
    await hand.delete(removed)
    copy = await hand.double(doubled)
    await hand.change(changed)
    hand.record(
        "UPDATE deliveries SET message_id = NULL, done = NULL, done_version = 0, state = 'pending', action = 'post',"
        " claimed_version = 0 WHERE id = ?",
        forgotten.id,
    )
    await hand.delete(unplanned)
    hand.record("DELETE FROM deliveries WHERE id = ?", unplanned.id)
    hand.record("UPDATE deliveries SET done = 'deleted', wanted = 'deleted' WHERE id = ?", deleted.id)
    hand.record("DELETE FROM search_documents WHERE item_id = ?", unfound.item_id)
    hand.record("UPDATE deliveries SET state = 'failed', error = 'AutoMod blocks it' WHERE id = ?", refused.id)
    hand.record("UPDATE issues SET path = 'nowhere/' || path WHERE id = ?", renamed.issue_id)
    expected = [
        Expected("missing", f"message {removed.message_id}"),
        Expected("posted twice", f"message {copy}, beside {doubled.message_id}"),
        Expected("old text", f"message {changed.message_id}"),
        Expected("not in the ledger", f"message {forgotten.message_id}"),
        Expected("not planned", unplanned.title),
        Expected("not deleted", f"message {deleted.message_id}"),
        Expected("not searchable", ", items: 1"),
        Expected("refused", "(explained: AutoMod blocks it)"),
        Expected("not in the source", "nowhere/"),
        Expected("not in the archive", ""),
    ]
    return expected, tuple(line for one in (removed, deleted, unplanned) for line in hand.judged(one))
