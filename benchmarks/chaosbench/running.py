"""One run: lives that are cut short while newsletters change, then calm, then the verdict."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaosbench import bots
from benchmarks.chaosbench.bots import Bot, Nursery
from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.disturbing import Disturber
from benchmarks.chaosbench.mutations import DIE_POINTS, MIGRATION_POINTS
from benchmarks.chaosbench.oracle import Follower, Verdict
from benchmarks.chaosbench.world import World
from storage.adoption import RESTORED

CALM_LIMIT_S = 180.0  # without any progress
LONGEST_S = 1_800.0  # with progress all the time: a busy machine takes long, a bot that never ends its work is wrong
AIMED = ("aimed moment", "unheard")  # lives that end there by their own hand
# Nothing owed and nothing changing for so long: what is wrong now stays wrong. After a start the bot compares a
# restored backup with its channels every 10 s, and mends what it finds.
STILL_S = 25.0


@dataclass
class Run:
    """The bot's surroundings, and what was done to it."""

    world: World
    nursery: Nursery
    newsletters: list[Newsletter]
    authored: list[Newsletter]  # those in which things happen all the time
    followers: list[Follower]
    disturber: Disturber
    chance: random.Random
    follow_branch: Callable[[str], None]  # let the bots' configuration name another branch of Bulk; "": its own
    first_points: tuple[str, ...] = (*MIGRATION_POINTS, "", "", "")
    kills: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])
    start_s: float = 1.5  # how long a start takes here, kept up to date

    async def first_look(self) -> None:
        """Let the bot see the newsletters as they were before; killed over that again and again."""
        for point in self.first_points:
            bot = await self.nursery.start(die=point)
            await self.nursery.ended(bot, 5.0 if point else self.chance.uniform(0.05, 2.5))
            await self.kill(bot, "aimed moment" if point else "migration or first import")
        bot = await self.nursery.start()
        while not self._all_seen():
            await asyncio.sleep(0.1)
            if not self.nursery.is_alive(bot):
                raise RuntimeError(f"the bot ended by itself:\n{bot.log.read_text()}")
        await self.kill(bot, "random moment")

    def _all_seen(self) -> bool:
        try:
            with closing(sqlite3.connect(f"file:{self.nursery.database}?mode=ro", uri=True)) as connection:
                rows = connection.execute("SELECT count(*) FROM newsletters WHERE revision IS NOT NULL").fetchone()
        except sqlite3.OperationalError:
            return False
        return rows[0] >= len(self.newsletters)

    async def kill(self, bot: Bot, kind: str) -> None:
        """Kill, and look whether the database is whole."""
        if not self.nursery.is_alive(bot):
            kind = kind if kind in AIMED else "had ended by itself"
        await self.nursery.kill(bot)
        if kind == "had ended by itself":
            last = bot.log.read_text("utf-8", "replace").splitlines()[-1:]
            self.broken.append(f"life {bot.log.stem} ended by itself: {' '.join(last)[:200]}")
        self.kills += 1
        self.kinds[kind] += 1
        self.broken += await asyncio.to_thread(bots.integrity, self.nursery.database, self.nursery.folder / "copy")

    async def lives(self, kills: int) -> None:
        """So many lives, each cut short."""
        for _ in range(kills):
            await self._life()
            if self.chance.random() < 0.4:
                await self.disturber.close_nonce_window()

    async def _life(self) -> None:
        for _ in range(self.chance.randint(0, 3)):
            self._write()
        if self.chance.random() < 0.6:
            await self.disturber.disturb()
        kind = self.chance.random()
        if kind < 0.4:
            await self._until_die_point()
        elif kind < 0.55:
            await self._until_stalled()
        else:
            await self._for_a_while()

    def _write(self) -> None:
        self.chance.choice(self.authored).act()

    async def _until_die_point(self) -> None:
        point = f"{self.chance.choice(DIE_POINTS)}:{self.chance.randint(1, 6)}"
        bot = await self.nursery.start(die=point)
        await self._busy(bot, self.start_s + 2.0)
        await self.kill(bot, "random moment" if self.nursery.is_alive(bot) else "aimed moment")

    async def _until_stalled(self) -> None:
        """Killed while Discord has a message, or is about to have it, and the bot does not know."""
        bot = await self.nursery.start()
        if await self.nursery.said(bot, "ready in", 20.0):
            await self.disturber.stall_create(after=self.chance.random() < 0.5)
            self._write()
            await self.disturber.until_played(2.5)
        await self.kill(bot, "between request and record")

    async def _for_a_while(self) -> None:
        bot = await self.nursery.start()
        if self.chance.random() < 0.25:
            await asyncio.sleep(self.chance.uniform(0, self.start_s))
            await self.kill(bot, "while starting")
            return
        began_s = time.monotonic()
        if await self.nursery.said(bot, "ready in", 20.0):
            self.start_s = 0.7 * self.start_s + 0.3 * (time.monotonic() - began_s)
        await self._busy(bot, self.chance.uniform(0.0, 2.0))
        await self.kill(bot, "random moment")

    async def _busy(self, bot: Bot, seconds: float) -> None:
        """Let authors write and things go wrong while the bot works."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.nursery.is_alive(bot):
            await asyncio.sleep(min(self.chance.expovariate(5), 0.5))
            if self.chance.random() < 0.5:
                self._write()
            if self.chance.random() < 0.12:
                await self.disturber.disturb()

    async def until_clean(self, followers: list[Follower], limit_s: float) -> Verdict:
        """Wait until their channels show what they should; at most `limit_s` in which nothing changes."""
        began_s = changed_s = time.monotonic()
        before = Verdict()
        while True:
            verdict = await self.world.judged(followers)
            now_s = time.monotonic()
            if verdict != before:
                before, changed_s = verdict, now_s
            if verdict.is_clean or now_s - changed_s > limit_s or now_s - began_s > LONGEST_S:
                return verdict
            await asyncio.sleep(0.3)

    # ---- the end ----------------------------------------------------------------------------------------------------

    async def settle(self) -> Verdict:
        """Calm everything, let the bot finish its work, start it once more, and judge."""
        await self.disturber.calm()
        verdict = Verdict()
        for _ in range(2):
            verdict = await self.one_life()
            if not verdict.is_clean:
                break
        self.broken += await asyncio.to_thread(bots.integrity, self.nursery.database, self.nursery.folder / "copy")
        folder = self.nursery.folder
        found = await bots.audited(folder, self.nursery.url, folder / "audit.txt")
        self.broken += [f"the audit found: {line}" for line in found]
        return verdict

    async def one_life(self) -> Verdict:
        """Let a bot finish its work in peace, stop it, and judge."""
        bot = await self.nursery.start()
        verdict = await self._settled(bot)
        status = await self.nursery.stop(bot)
        if status != 0:
            self.broken.append(f"stopped with status {status} in life {bot.log.stem}")
        return verdict

    async def _settled(self, bot: Bot) -> Verdict:
        await self.nursery.said(bot, "ready in", 30.0)
        began_s = still_since_s = time.monotonic()
        before = ""
        while True:
            verdict = await self.world.judged(self.followers)
            owed = self.owed()
            if verdict.is_clean and not owed:
                return verdict
            state = f"{verdict} {owed}"
            now_s = time.monotonic()
            if state != before:
                before, still_since_s = state, now_s
            if not self.nursery.is_alive(bot):
                self.broken.append(f"life {bot.log.stem} ended by itself")
                return verdict
            is_still = not owed and now_s - still_since_s > STILL_S
            if is_still or now_s - still_since_s > CALM_LIMIT_S or now_s - began_s > LONGEST_S:
                if owed:
                    self.broken.append(f"still owed after {now_s - began_s:.0f} s: {owed}")
                return verdict
            await asyncio.sleep(0.3)

    def owed(self) -> str:
        """Return what is left to do in the channels that are judged: deliveries, and a comparison after a restore; ""
        if nothing is.
        """
        ids = [int(self.world.channels[follower.channel]) for follower in self.followers]
        places = ",".join("?" * len(ids))
        query = (
            f"SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending') AND channel_id IN ({places}) "
            "AND subscription_id IN (SELECT id FROM subscriptions WHERE removed_at IS NULL)"
        )
        with closing(sqlite3.connect(f"file:{self.nursery.database}?mode=ro", uri=True, timeout=5)) as connection:
            restored = "SELECT count(*) FROM settings WHERE key = ?"
            is_uncompared = connection.execute(restored, (RESTORED,)).fetchone()[0]
            count = int(connection.execute(query, ids).fetchone()[0])
        found = [f"{count} deliveries"] if count else []
        found += ["the comparison after a restore"] if is_uncompared else []
        return " and ".join(found)


def write_config(
    folder: Path,
    newsletters: list[Newsletter],
    followers: list[Follower],
    world: World,
    *,
    bulk_branch: str = "",
    storage: str = "herald.db",
) -> None:
    """Write the bots' configuration. Bulk keeps the brakes; the others' authors do at once what nobody does by hand."""
    lines = [f"storage: {storage}", "cache: cache", "logging:", "  level: info", "newsletters:"]
    for each in newsletters:
        is_bulk = each.name == "Bulk"
        brakes = {"max_new_issues": 5, "max_new_messages": 250, "max_removed": 10}
        lines += [
            f"  - name: {each.name}", f"    source: {each.place}", "    settle: 0s", "    poll: 1s",
            "    max_age: unlimited",
            *(f"    {key}: {limit if is_bulk else 'unlimited'}" for key, limit in brakes.items()),
            *([f"    branch: {bulk_branch}"] if is_bulk and bulk_branch else []),
        ]  # fmt: skip
    lines.append("subscriptions:")
    for each in followers:
        lines += [
            f"  - newsletter: {each.newsletter.name}", f"    channel: {world.channels[each.channel]}",
            f"    layout: {each.layout}", f"    max_messages: {each.max_messages}",
            f"    on_removed: {each.on_removed}", f"    publish: {str(each.publishes).lower()}",
            *([f"    words_none: [{each.admins.without[-1]}]"] if each.admins.without else []),
            *([f'    quiet_hours: "{each.admins.quiet_hours}"'] if each.admins.quiet_hours else []),
        ]  # fmt: skip
    (folder / "config.yaml").write_text("\n".join(lines) + "\n")
