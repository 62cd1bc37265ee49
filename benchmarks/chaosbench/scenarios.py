"""What is done on purpose and not by chance: large changes at once, a full disk, a database of an older version."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.running import Run
from storage import migrate

OLD_REVISION = "0001"
_FULL_LIMIT_S = 90.0  # only a run that fails takes so long, or one on a machine that has other things to do
_UNHEARD_LIMIT_S = 20.0
_IMPORT_POINTS = (
    "storage.archive:Archive.store:after",
    "storage.archive:Archive.rename:after",
    "storage.archive:Archive.set_revision:before",
)


def make_old_database(path: Path) -> None:
    """Make a database as the first version left it, so that the first starts have to migrate."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None

    with engine.begin() as connection:
        command.upgrade(migrate.config(connection), OLD_REVISION)
    engine.dispose()


async def large_changes(run: Run, bulk: Newsletter) -> None:
    """All files touched, corrected, moved and committed anew as a rewritten history, each while the bot dies."""
    for _ in range(2):
        bulk.new_issue(3)
        bulk.commit()
    await _lives(run, 2, "large change")
    await _seen(run, bulk)
    for issue in bulk.written:
        issue.spaces = (issue.spaces + 1) % 4
    bulk.commit()  # every file is touched, no reader sees a difference
    await _lives(run, 3, "large change")
    for issue in bulk.written:
        issue.path = f"moved/to/{issue.path}"
    bulk.commit()
    await _lives(run, 3, "large change")
    for issue in bulk.written:
        issue.stories[0].version += 1
    bulk.commit(is_orphan=True)
    await _lives(run, 3, "large change")
    for issue in bulk.written:
        issue.path = issue.path.replace("moved/to/", "back/")
        issue.stories[-1].version += 1
    bulk.commit(is_orphan=True)
    await _lives(run, 2, "large change")
    bulk.new_issue(4)  # what is really new is still posted
    bulk.commit()


async def _lives(run: Run, count: int, kind: str) -> None:
    for _ in range(count):
        point = f"{run.chance.choice(_IMPORT_POINTS)}:{run.chance.randint(1, 12)}"
        bot = await run.nursery.start(die=point if run.chance.random() < 0.7 else "")
        await run.nursery.said(bot, "connected as", 20.0)
        await run.nursery.ended(bot, run.chance.uniform(0.2, 3.0))
        await run.kill(bot, kind if run.nursery.is_alive(bot) else "aimed moment")


async def _seen(run: Run, bulk: Newsletter) -> None:
    """Let the bot work until it has posted what is there now."""
    bot = await run.nursery.start()
    mine = [follower for follower in run.followers if follower.newsletter is bulk]
    await run.until_clean(mine, 60.0)
    await run.kill(bot, "large change")


async def wrong_branch(run: Run, bulk: Newsletter) -> None:
    """Name a branch that has one of all issues, then the right one: nothing may be withdrawn."""
    for _ in range(4):
        bulk.new_issue(3)
        bulk.commit()
    await _seen(run, bulk)
    bulk.branch_off("wrong", bulk.written[:1])
    run.follow_branch("wrong")
    await _lives(run, 3, "wrong branch")
    bot = await run.nursery.start()
    await run.nursery.said(bot, "ready in", 30.0)
    until_s = time.monotonic() + _FULL_LIMIT_S
    while True:
        if _held(run.nursery.database):
            break
        if time.monotonic() > until_s:
            run.broken.append("a wrong branch was not held")
            break
        await asyncio.sleep(0.2)
    await asyncio.sleep(2.0)
    mine = [follower for follower in run.followers if follower.newsletter is bulk]
    verdict = await run.world.judged(mine)
    run.broken += [f"on a wrong branch, without a decision: {line}" for line in verdict.lines(3)]
    await run.kill(bot, "wrong branch")
    run.follow_branch("")
    await _lives(run, 2, "wrong branch")
    await _seen(run, bulk)


def _held(database: Path) -> int:
    """How many issues wait for a decision because their files are gone."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        return int(connection.execute("SELECT count(*) FROM issues WHERE missing = 'held'").fetchone()[0])


async def old_backup(run: Run, kills: int) -> None:
    """Put back the database of some lives ago: what was posted since is known to the channels alone."""
    await _all_done(run)
    copy = run.nursery.folder / "old-backup.db"
    await asyncio.to_thread(_back_up, run.nursery.database, copy)
    await run.lives(kills)
    await _all_done(run)
    for suffix in ("", "-wal", "-shm"):
        run.nursery.database.with_name(run.nursery.database.name + suffix).unlink(missing_ok=True)
    copy.rename(run.nursery.database)
    await run.disturber.until_stalls_ended()
    await run.world.order("nonce_window_close")
    for point in (
        "storage.adoption:FoundMessages.keep:after:2",
        "storage.outbox:Outbox.adopt:before:3",
        "storage.outbox:Outbox.adopt:after:2",
    ):
        bot = await run.nursery.start(die=point)
        await run.nursery.ended(bot, 10.0)
        await run.kill(bot, "random moment" if run.nursery.is_alive(bot) else "aimed moment")
    await _all_done(run)


async def _all_done(run: Run) -> None:
    """Calm, and a life that comes to the end of its work."""
    await run.disturber.calm()
    await run.disturber.until_stalls_ended()
    bot = await run.nursery.start()
    verdict = await run.until_clean(run.followers, _FULL_LIMIT_S)
    if not verdict.is_clean:
        run.broken.append(f"not clean after {_FULL_LIMIT_S:.0f} s of calm: {verdict.lines(2)}")
    await run.kill(bot, "random moment")


def _back_up(database: Path, copy: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


async def unheard(run: Run) -> None:
    """Messages that no answer and no echo recorded: found by reading back alone, then known by the nonce alone."""
    await run.disturber.calm()
    await run.disturber.until_stalls_ended()
    for deny in ([], ["read_message_history"]):
        for follower in run.followers:
            await run.world.order("permissions", channel_id=run.world.channels[follower.channel], deny=deny)
        for number in range(1, 4):
            for newsletter in run.authored:
                newsletter.new_issue(3)
                newsletter.commit()
            bot = await run.nursery.start(die=f"storage.outbox:Outbox.sent:before:{number}")
            await run.nursery.ended(bot, _UNHEARD_LIMIT_S)
            await run.kill(bot, "random moment" if run.nursery.is_alive(bot) else "unheard")
            if not deny:
                await run.world.order("nonce_window_close")
        bot = await run.nursery.start()  # what neither could tell is settled before the other begins
        await run.until_clean(run.followers, _FULL_LIMIT_S)
        await run.kill(bot, "random moment")
    for follower in run.followers:
        await run.world.order("permissions", channel_id=run.world.channels[follower.channel])


async def full_disk(run: Run) -> None:
    """No room while issues are taken in: the bot says so, lives on, and goes on by itself when there is room again."""
    await run.disturber.calm()
    await asyncio.to_thread(_leave_no_room_inside, run.nursery.database)
    bot = await run.nursery.start()
    await run.nursery.said(bot, "ready in", 30.0)
    run.nursery.full.touch()
    for newsletter in run.authored:
        newsletter.new_issue(40)
        newsletter.commit()
    if not await run.nursery.said(bot, "disk is full", 20.0):
        run.broken.append(f"a full disk was not told in life {bot.log.stem}")
    await asyncio.sleep(1.0)
    if not run.nursery.is_alive(bot):
        run.broken.append(f"a full disk ended life {bot.log.stem}")
    run.nursery.full.unlink()
    verdict = await run.until_clean(run.followers, _FULL_LIMIT_S)
    if not verdict.is_clean:
        found = verdict.lines(2)
        run.broken.append(f"{_FULL_LIMIT_S:.0f} s after there was room again: {len(found)} kinds of fault, {found[:2]}")
    await run.kill(bot, "after a full disk")
    run.nursery.full.touch()
    run.authored[0].new_issue(40)
    run.authored[0].commit()
    bot = await run.nursery.start()
    await run.nursery.said(bot, "disk is full", 10.0)
    await run.kill(bot, "with a full disk")
    run.nursery.full.unlink()


def _leave_no_room_inside(database: Path) -> None:
    """Give back what was deleted in the file: else an issue might still fit in."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.execute("VACUUM")


def archive_faults(run: Run) -> list[str]:
    """Return what the archive holds that is not in the sources, and the other way round; issues that were held as a
    flood.
    """
    found: list[str] = []
    with closing(sqlite3.connect(f"file:{run.nursery.database}?mode=ro", uri=True, timeout=5)) as connection:
        for newsletter in run.newsletters:
            query = "SELECT path FROM issues WHERE newsletter = ? AND removed_at IS NULL"
            stored = sorted(str(row[0]) for row in connection.execute(query, [newsletter.name]))
            wanted = sorted(issue.path for issue in newsletter.written)
            if stored != wanted:
                only = sorted(set(stored) - set(wanted))[:3], sorted(set(wanted) - set(stored))[:3]
                found.append(f"{newsletter.name}: {len(stored)} files stored of {len(wanted)}, differing in {only}")
        held = connection.execute("SELECT count(*) FROM issues WHERE gate = 'held'").fetchone()[0]
        gone = connection.execute("SELECT count(*) FROM issues WHERE missing IS NOT NULL").fetchone()[0]
        gone += connection.execute("SELECT count(*) FROM deliveries WHERE held IS NOT NULL").fetchone()[0]
    found += [f"{held} issues were held as a flood"] if held else []
    return [*found, f"{gone} removals are still held"] if gone else found
