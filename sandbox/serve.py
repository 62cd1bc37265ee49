"""Runs the sandbox as a process of its own: `python -m sandbox.serve --port N --token T`.

It prints one line of JSON with its addresses and channels when it is ready, and ends on SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from sandbox.server import ChannelSpec, Sandbox, SandboxOptions
from sandbox.values import Json


def main() -> int:
    """Run the server until it is told to end; return the exit status."""
    try:
        return asyncio.run(_run(_arguments()))
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot start: {error}\n")
        return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.serve", description="A Discord-compatible server")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: any free one)")
    parser.add_argument("--token", default="sandbox", help="the bot's token")
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME[:forum][@SERVER]",
        help="a channel to start with; repeatable; with @SERVER it is in another server of that name",
    )
    parser.add_argument("--speed", type=float, default=1.0, help="make rate limits' windows so many times shorter")
    parser.add_argument("--no-rate-limits", action="store_true", help="let every request pass")
    parser.add_argument(
        "--identify-every", type=float, default=0.0, metavar="S", help="send away who identifies sooner after another"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the faults' chance")
    return parser.parse_args()


def _specs(names: list[str]) -> dict[str, list[ChannelSpec]]:
    """Return the channels by server; "" is the first one."""
    found: dict[str, list[ChannelSpec]] = {"": []}
    for name in names or ["general"]:
        place, _, server = name.partition("@")
        plain, _, kind = place.partition(":")
        found.setdefault(server, []).append(ChannelSpec(plain, kind or "text"))
    return found


async def _run(arguments: argparse.Namespace) -> int:
    options = SandboxOptions(
        token=arguments.token,
        rate_limits=not arguments.no_rate_limits,
        speed=arguments.speed,
        seed=arguments.seed,
    )
    specs = _specs(arguments.channel)
    sandbox = await Sandbox.start(arguments.port, channels=specs.pop(""), options=options)
    sandbox.core.gateway.identify_every_s = arguments.identify_every
    for server, channels in specs.items():
        sandbox.build(server, channels)
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, ended.set)
    sys.stdout.write(json.dumps(_about(sandbox)) + "\n")
    sys.stdout.flush()
    await ended.wait()
    await sandbox.close()
    return 0


def _about(sandbox: Sandbox) -> Json:
    guild = sandbox.guild
    return {
        "url": sandbox.url,
        "api_base": sandbox.api_base,
        "gateway_url": sandbox.gateway_url,
        "guild_id": str(guild.id),
        "channels": {
            channel.name: str(channel.id)
            for each in sandbox.world.guilds.values()
            for channel in each.channels.values()
        },
        "members": {member.user.username: str(member.user.id) for member in guild.members.values()},
    }


if __name__ == "__main__":
    sys.exit(main())
