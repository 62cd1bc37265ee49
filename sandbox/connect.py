"""Points discord.py at the sandbox, and back."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import discord.asset
import discord.gateway
import discord.http
import yarl


class Addresses(Protocol):
    """Where a server is; `Sandbox` is one."""

    @property
    def api_base(self) -> str:
        """The REST interface's address, without a slash at its end."""
        ...

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        ...

    @property
    def url(self) -> str:
        """The server's address, which also serves files."""
        ...


@dataclass(frozen=True)
class Elsewhere:
    """The addresses of a sandbox that runs in another process, from its `url`."""

    url: str

    @property
    def api_base(self) -> str:
        """The REST interface's address, without a slash at its end."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return f"{self.url.replace('http', 'ws', 1)}/gateway"


@contextmanager
def discord_at(server: Addresses) -> Generator[None]:
    """Let every client of discord.py in this process talk to `server` instead of Discord, while the block lasts."""
    route, socket, asset = discord.http.Route, discord.gateway.DiscordWebSocket, discord.asset.Asset
    before = (route.BASE, socket.DEFAULT_GATEWAY, asset.BASE)
    route.BASE = server.api_base
    socket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    setattr(asset, "BASE", server.url)  # noqa: B010 - typed as the one address it has by itself
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = before[:2]
        setattr(asset, "BASE", before[2])  # noqa: B010
