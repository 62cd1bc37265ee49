"""The process is killed in the middle, for real: what the file says afterwards is what happened."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

from storage.archive import Archive
from storage.layouts import Layout
from storage.opening import open_database
from storage.outbox import Outbox
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)

# Claims and posts into a file that stands for the channel, until it is killed. What it finds unsettled at
# the start it looks up there, as reading back does.
WORKER = textwrap.dedent("""
    import asyncio, datetime as dt, json, sys
    from pathlib import Path
    from storage.opening import open_database
    from storage.outbox import Outbox

    NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
    channel = Path(sys.argv[2])

    def posted():
        return [json.loads(line) for line in channel.read_text().splitlines()]

    async def main():
        db = await open_database(sys.argv[1])
        outbox = Outbox(db)
        for delivery in await outbox.unsettled():
            found = [n for n, message in enumerate(posted(), 1) if message["mark"] == delivery.mark]
            if found:
                await outbox.echoed(delivery.mark, found[0], now=NOW)
            else:
                await outbox.released(delivery.id)
        print("working", flush=True)
        while True:
            delivery = await outbox.claim_next(7, now=NOW)
            if delivery is None:
                break
            with channel.open("a") as file:
                file.write(json.dumps({"mark": delivery.mark, "item": delivery.item_id}) + "\\n")
            await outbox.sent(delivery.id, len(posted()), now=NOW)
        await db.close()
        print("done", flush=True)

    asyncio.run(main())
""")


async def _plan(path: Path, issue) -> list[int | None]:
    db = await open_database(path)
    await Subscriptions(db).add(Follow(newsletter="N", channel=7, layout=Layout.ITEMS), now=NOW)
    [found] = await Archive(db).store("N", [(issue, NOW)], now=NOW)
    await Outbox(db).plan(found.id, now=NOW)
    await db.close()
    return [None, *found.added]


async def _check(path: Path) -> Counter[str]:
    db = await open_database(path)
    assert await db.integrity_check() == []
    counts = await Outbox(db).counts()
    await db.close()
    return Counter({state.value: count for state, count in counts.items()})


def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path: Path, make) -> None:
    path, channel = tmp_path / "herald.db", tmp_path / "channel.jsonl"
    channel.touch()
    expected = asyncio.run(_plan(path, make.issue(*(f"story-{number}" for number in range(150)))))
    random_s = random.Random(4)
    kills = 0
    is_done = False
    while not is_done:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path), str(channel)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == "working\n"
        try:
            # the first few are killed after a moment, then one works to the end
            worker.wait(timeout=random_s.uniform(0.0, 0.15) if kills < 5 else 60)
        except subprocess.TimeoutExpired:
            worker.kill()
            kills += 1
        is_done = worker.wait() == 0
        worker.stdout.close()
        asyncio.run(_check(path))
    assert kills >= 3
    messages = [json.loads(line)["item"] for line in channel.read_text().splitlines()]
    assert messages == expected
    assert asyncio.run(_check(path))["sent"] == len(expected)
