"""`python bot.py sandbox`: run the real bot against an embedded Discord, whose web page is the client."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import logging
import os
import re
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] -- its type needs trio

import logs
from cli.options import log_level, parser_of
from config.settings import Config, NewsletterConfig, SubscriptionConfig, load_config
from errors import ConfigError
from pipeline.watcher import Watcher
from storage.layouts import Layout

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from sandbox.server import ChannelSpec, Sandbox

PORT, HIGHEST_PORT = 8765, 65_535
EXAMPLES = Path(__file__).parents[1] / "examples"
FIRST = "weekly-index"  # the newsletter that the page opens on and the layouts show
TOKEN = "sandbox"  # noqa: S105 -- the sandbox's own, good for nothing else
FOLDER_POLL = dt.timedelta(seconds=60)  # long, because folders are watched for changes
SAVED_MS = 100  # files saved within this time are one change
REPOSITORY_POLL = dt.timedelta(seconds=20)
SPEED = 10.0  # factor on Discord's rate limit of 5 messages per 5 s, for a faster preview
BACKFILL = 2  # newest issues posted to each channel at first


@dataclass(frozen=True, slots=True)
class Shown:
    """A channel that shows one layout, and its kind of channel."""

    name: str
    kind: str
    layout: Layout
    tags: tuple[str, ...] = ()


LAYOUTS = (
    Shown("as-items", "announcement", Layout.ITEMS),
    Shown("as-thread", "text", Layout.THREAD),
    Shown("as-forum", "forum", Layout.FORUM),
    Shown("as-tagged-forum", "forum", Layout.FORUM, ("Issue", "Special")),  # refuses a post without a tag
    Shown("as-digest", "text", Layout.DIGEST),
)


def main(argv: Sequence[str]) -> int:
    """Run until Ctrl-C; return 0."""
    parser = parser_of(
        "sandbox",
        "Run Herald against an embedded Discord, without an account. Saving an issue updates its channel. "
        "With --config it shows the newsletters of that file, and posts at once.",
    )
    parser.add_argument(
        "--source", metavar="PATH", help="a folder or a repository instead of the newsletters of examples/"
    )
    parser.add_argument(
        "--port", type=_port, help=f"the page's port, 0 for any free one (default: {PORT}, if it is free)"
    )
    parser.add_argument("--storage", type=Path, metavar="FILE", help="keep the database in FILE (default: thrown away)")
    parser.add_argument(
        "--log-level", choices=["debug", "info", "warning", "error"],
        help="what to log (default: info, without a line for each message)",
    )  # fmt: skip
    options = parser.parse_args(argv)
    if options.source is not None and options.config is not None:
        parser.error("--source and --config cannot be combined: use one of them")
    logs.set_up(log_level(options, options.log_level or "info"))
    if options.log_level is None and not options.verbose:
        # The page shows each message; a line for each in the log as well would carry its address out of sight.
        logging.getLogger("delivery.courier").setLevel(logging.WARNING)
    # on one machine the answer to a heartbeat can be there before discord.py has noted that it asked
    logging.getLogger("discord.gateway").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="herald-sandbox-") as folder:
        asyncio.run(_run(options, Path(folder)))
    return 0


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f'"{text}" is not a port: write a number from 0 to {HIGHEST_PORT}')
    return int(text)


def newsletters_of(source: str | None) -> tuple[NewsletterConfig, ...]:
    """Return the newsletters to show, without delays: the one at `source`, else each folder in examples/."""
    if source is None:
        folders = sorted(
            (folder for folder in EXAMPLES.iterdir() if folder.is_dir()), key=lambda one: (one.name != FIRST, one.name)
        )
        return tuple(_newsletter(folder.name.replace("-", " ").title(), str(folder)) for folder in folders)
    name = source.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git") or "Newsletter"
    return (_newsletter(name[:100], source),)


def configured(path: Path) -> tuple[NewsletterConfig, ...]:
    """Return the newsletters of a configuration, without delays before posting."""
    newsletters = load_config(path, os.environ).newsletters
    if not newsletters:
        raise ConfigError(f"{path} names no newsletter.")
    # In a trial, the delays that protect members would look like a fault.
    at_once = {"settle": dt.timedelta(0), "max_age": None, "max_new_issues": None, "servers": ()}
    return tuple(
        one.model_copy(update=at_once | ({"poll": FOLDER_POLL} if Path(one.source).is_dir() else {}))
        for one in newsletters
    )


def _newsletter(name: str, source: str) -> NewsletterConfig:
    try:
        newsletter = NewsletterConfig(
            name=name, source=source, settle=dt.timedelta(0), max_age=None, max_new_issues=None, poll=REPOSITORY_POLL
        )
    except ValidationError as error:
        raise ConfigError(f"--source: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
    is_folder = Path(newsletter.source).is_dir()
    if not is_folder and "://" not in newsletter.source:
        raise ConfigError(f'--source: there is no folder "{newsletter.source}".')
    # shorter than the configuration allows, as polling a local folder is cheap
    return newsletter.model_copy(update={"poll": FOLDER_POLL}) if is_folder else newsletter


def channel_name(newsletter: str) -> str:
    """Return a channel name that Discord accepts."""
    return re.sub(r"[^\w-]+", "-", newsletter.lower()).strip("-")[:90] or "newsletter"


async def _run(options: argparse.Namespace, folder: Path) -> None:
    from app.client import Herald
    from app.services import open_services
    from cli.run import serve, stop_on_signals, until
    from sandbox.connect import discord_at
    from sandbox.server import DEFAULT_CHANNELS, ChannelSpec

    stop = stop_on_signals()
    newsletters = configured(options.config) if options.config is not None else newsletters_of(options.source)
    specs = {one.name: ChannelSpec(channel_name(one.name), topic=f"The items of {one.name}") for one in newsletters}
    shown = {
        each: ChannelSpec(
            each.name, each.kind, f"Layout {each.layout.value}", "Layouts", each.tags, requires_tag=bool(each.tags)
        )
        for each in LAYOUTS
    }
    channels = (*specs.values(), *DEFAULT_CHANNELS, ChannelSpec("lounge", "voice"), *shown.values())
    sandbox = await started(options.port, channels)
    try:
        config = Config(
            storage=str((options.storage or folder / "herald.db").absolute()),
            cache=folder / "cache",
            newsletters=newsletters,
            subscriptions=(
                *(
                    SubscriptionConfig(newsletter=name, channel=sandbox.channel(spec.name).id, backfill=BACKFILL)
                    for name, spec in specs.items()
                ),
                *(
                    SubscriptionConfig(
                        newsletter=newsletters[0].name,
                        channel=sandbox.channel(spec.name).id,
                        layout=each.layout,
                        backfill=1,
                    )
                    for each, spec in shown.items()
                ),
            ),
        )
        with discord_at(sandbox):
            async with open_services(config) as services:
                print(f"\n  Herald's sandbox: {sandbox.url}\n  Ctrl-C ends it.\n", flush=True)
                async with _woken_by_saving(newsletters, services.watchers):
                    await until(stop, serve(Herald(services), TOKEN))
    finally:
        await sandbox.close()


async def started(port: int | None, channels: Sequence[ChannelSpec]) -> Sandbox:
    """Return a sandbox started on `port`; by default on `PORT`, or any free one if that is in use.

    Raises ConfigError if the port cannot be used.
    """
    from sandbox.server import Sandbox, SandboxOptions

    reason: str | None = None
    # The default port keeps bookmarks valid; a requested port is not silently replaced.
    for candidate in (PORT, 0) if port is None else (port,):
        try:
            return await Sandbox.start(candidate, TOKEN, channels=channels, options=SandboxOptions(speed=SPEED))
        except OSError as error:
            reason = error.strerror
    raise ConfigError(f"Port {port or PORT} cannot be used ({reason}): choose another with --port.")


@asynccontextmanager
async def _woken_by_saving(
    newsletters: Sequence[NewsletterConfig], watchers: Mapping[str, Watcher]
) -> AsyncGenerator[None]:
    """Wake a folder's watcher when a file in it changes, within the block."""
    folders = await asyncio.to_thread(
        # `awatch` reports real paths, but a source may be a symbolic link.
        lambda: {os.path.realpath(one.source): one.name for one in newsletters if one.poll == FOLDER_POLL}
    )

    async def watch() -> None:
        async for changes in awatch(*folders, debounce=SAVED_MS, step=SAVED_MS // 2):
            for folder, name in folders.items():
                if any(path.startswith(folder + os.sep) for _, path in changes):
                    watchers[name].wake()

    task = asyncio.create_task(watch(), name="files") if folders else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
