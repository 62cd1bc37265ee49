"""`python bot.py rename`: give a stored newsletter another name."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

import logs
from cli.options import log_level, parser_of
from config.settings import Config, load_config
from storage.newsletters import Newsletters
from storage.opening import open_database


def main(argv: Sequence[str]) -> int:
    """Rename a newsletter with its archive, followers and posts, and update the search index."""
    parser = parser_of(
        "rename",
        "Give a stored newsletter another name. It keeps its archive, the channels that follow it and its posts. The "
        "bot has to be stopped. Where only the name or only the source changes in the configuration, Herald does this "
        "by itself at the next start.",
    )
    parser.add_argument("old", metavar="OLD", help="the name that it was stored under")
    parser.add_argument("new", metavar="NEW", help="the name that it has in the configuration")
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    config = load_config(options.config, os.environ)
    return asyncio.run(_rename(config, options.old, options.new))


async def _rename(config: Config, old: str, new: str) -> int:
    db = await open_database(config.storage, cache=config.cache)
    try:
        newsletters = Newsletters(db)
        await newsletters.rename(old, new)
        await newsletters.finish_renames()
    finally:
        await db.close()
    print(f'"{old}" is "{new}" now, with its archive, followers and posts.')
    if config.newsletter(new) is None:
        known = ", ".join(f'"{one.name}"' for one in config.newsletters) or "none"
        print(
            f'The configuration has no newsletter called "{new}" yet: change its name there before the bot starts, or '
            f"it is taken for another one. Newsletters: {known}.",
            file=sys.stderr,
        )
    return 0
