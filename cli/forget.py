"""`python bot.py forget`: delete what is stored about a newsletter, a server or a member."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

import logs
from cli.asking import confirm
from cli.options import log_level, parser_of
from config.settings import Config, load_config
from errors import StorageError, UserError
from storage import forgetting
from storage.database import Database
from storage.ledger import Ledger
from storage.opening import open_database

KINDS = ("newsletter", "server", "member")


def main(argv: Sequence[str]) -> int:
    """Show what is stored, ask, delete it and verify the deletion; return 1 if anything is left."""
    parser = parser_of(
        "forget",
        "Delete what is stored about a newsletter, a server or a member, after showing it. The bot has to be stopped. "
        "Messages that were posted stay in their channels.",
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name", metavar="NAME|ID", help="the newsletter's name, the server's or the member's id")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    config = load_config(options.config, os.environ)
    if options.kind == "newsletter" and config.newsletter(options.name) is not None:
        raise UserError(
            f'"{options.name}" is in the configuration, and would be imported again: remove it there first.'
        )
    if options.kind != "newsletter" and not options.name.isdecimal():
        raise UserError(f'"{options.name}" is not an id: an id is a number, such as 123456789012345678.')
    return asyncio.run(_forget(config, options.kind, options.name, yes=options.yes))


async def _forget(config: Config, kind: str, name: str, *, yes: bool) -> int:
    db = await open_database(config.storage, cache=config.cache)
    try:
        if kind == "server":
            await _refuse_configured(db, config, name)
        before = await _holdings(db, kind, name)
        if not any(before.values()):
            print(f"Nothing is stored about the {kind} {name}.")
            return 0
        lines = [f"  {what}: {count:,}" for what, count in before.items() if count]
        confirm("\n".join([f"Stored about the {kind} {name}:", *lines]), name, yes=yes)
        if kind == "newsletter":
            await forgetting.forget_newsletter(db, name)
        elif kind == "server":
            await forgetting.forget_server(db, int(name))
        else:
            await forgetting.forget_member(db, int(name))
        # Counted again, to report that nothing is left rather than that a deletion was tried.
        after = await _holdings(db, kind, name)
        faults = await db.integrity_check()
    finally:
        await db.close()
    if any(after.values()) or faults:
        print(f"Not everything was deleted: {dict(after)} {faults}", file=sys.stderr)
        return 1
    print(f"Forgotten: {kind} {name}. `bot.py compact` gives the space back.")
    return 0


async def _refuse_configured(db: Database, config: Config, server: str) -> None:
    """Raise UserError if config.yaml has a channel of the server, which would follow again, with a backfill."""
    configured = {one.channel for one in config.subscriptions}
    for one in await Ledger(db).followers():
        if str(one.guild_id) == server and one.channel_id in configured:
            raise UserError(
                f"Channel {one.channel_id} of this server follows {one.newsletter} in the configuration, and would be "
                "posted to anew: remove it there first."
            )


async def _holdings(db: Database, kind: str, name: str) -> forgetting.Holdings:
    if kind == "newsletter":
        return await forgetting.newsletter_holdings(db, name)
    number = int(name)
    # The largest integer of both databases; their drivers raise errors for larger ones.
    if number > 2**63 - 1:
        raise StorageError(f"{name} is too large for an id.")
    return await (
        forgetting.server_holdings(db, number) if kind == "server" else forgetting.member_holdings(db, number)
    )
