"""`python bot.py audit`: check that sources, archive, ledger and channels agree."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import logs
from cli.options import log_level, parser_of
from cli.output import counted
from config.settings import Config, load_config
from errors import ConfigError, HeraldError

if TYPE_CHECKING:
    import discord

    from app.auditing import Auditor, Difference

LOGIN_LIMIT_S = 30.0


def main(argv: Sequence[str]) -> int:
    """Print the differences as a table; return 1 if any is neither explained nor repaired."""
    parser = parser_of(
        "audit",
        "Prove that sources, archive, ledger and channels agree: every live item of a followed newsletter stands in "
        "its channel exactly once with its last text, or there is a reason. Reads only, also beside a running bot.",
    )
    parser.add_argument("--repair", action="store_true", help="fix what is safe to fix; the bot has to be stopped")
    parser.add_argument("--days", type=int, default=90, metavar="N", help="days to look back (default: 90)")
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "error"))
    config = load_config(options.config, os.environ)
    logs.set_up(log_level(options, "error"), secrets=config.secrets())
    return asyncio.run(_audit(config, repair=options.repair, days=options.days))


async def _audit(config: Config, *, repair: bool, days: int) -> int:
    async with _auditor(config, repair=repair, days=days) as auditor:
        found = await auditor.differences()
        if repair:
            await auditor.mend(found)
    if found:
        print("\n".join(table(found)))
    open_ones = sum(one.is_open for one in found)
    explained, mended = sum(bool(one.reason) for one in found), sum(bool(one.mended) for one in found)
    text = f"{counted(len(found), 'difference')}: {explained:,} explained, {mended:,} repaired, {open_ones:,} open"
    print(text if found else "no difference", file=sys.stderr)
    return 1 if open_ones else 0


@asynccontextmanager
async def _auditor(config: Config, *, repair: bool, days: int) -> AsyncGenerator[Auditor]:
    """Yield an auditor with a database, the sources and a client that is logged in but not connected."""
    from app.auditing import Auditor
    from app.services import servers_by_name
    from delivery.composing import Composer
    from pipeline.importer import Importer
    from search.completion import Completion
    from search.topics import Topics
    from storage.archive import Archive
    from storage.ledger import Ledger
    from storage.opening import open_database
    from storage.outbox import Outbox
    from storage.scope import Door

    async with AsyncExitStack() as stack:
        db = await open_database(config.storage, exclusive=repair, cache=config.cache)
        stack.push_async_callback(db.close)
        archive, completion, outbox = Archive(db), Completion(db), Outbox(db)
        stack.push_async_callback(outbox.close)
        stack.push_async_callback(completion.close)
        topics = Topics(db, completion)
        stack.push_async_callback(topics.close)
        importer = Importer(archive, cache_dir=config.cache)
        stack.push_async_callback(importer.close)
        client = await _logged_in(config)
        stack.push_async_callback(client.close)
        yield Auditor(
            client=client,
            newsletters=lambda: config.newsletters,
            archive=archive,
            ledger=Ledger(db),
            outbox=outbox,
            importer=importer,
            composer=Composer(archive, outbox, Door(db, servers_by_name(config)), topics.covered_before),
            days=days,
        )


async def _logged_in(config: Config) -> discord.Client:
    """Return a client for requests, without a gateway connection. Raises HeraldError if the login fails."""
    import aiohttp
    import discord
    from discord.http import Route

    from app.connecting import token_refused
    from app.proxy import proxy_for

    token = config.discord.token.get_secret_value().strip() if config.discord.token else ""
    if not token:
        raise ConfigError("There is no Discord token, and without it no channel can be read: set DISCORD_TOKEN.")
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # voice is not used
    proxy = config.discord.proxy.get_secret_value() if config.discord.proxy else None
    intents = discord.Intents(guilds=True)
    client = discord.Client(intents=intents, max_messages=None, proxy=proxy_for(Route.BASE, proxy))
    try:
        async with asyncio.timeout(LOGIN_LIMIT_S):
            await client.login(token)
    except discord.LoginFailure as error:
        await client.close()
        raise token_refused() from error
    except (aiohttp.ClientError, OSError, TimeoutError, discord.HTTPException) as error:
        await client.close()
        raise HeraldError(f"Discord cannot be reached: {error or 'no answer'}.") from error
    return client


def table(found: Sequence[Difference]) -> list[str]:
    """Return the lines of a table of the differences, each with its explanation or repair."""
    rows = [(one.kind, one.newsletter, one.place, one.text) for one in found]
    heads = ("difference", "newsletter", "where", "what")
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(3)]
    lines = ["  ".join([*(head.ljust(width) for head, width in zip(heads, widths, strict=False)), heads[3]])]
    for one, row in zip(found, rows, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        what = one.text + (f" (explained: {one.reason})" if one.reason else "")
        lines.append("  ".join([*cells, what + (f" → {one.mended}" if one.mended else "")]))
    return lines
