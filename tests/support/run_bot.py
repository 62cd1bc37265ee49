"""Runs Herald's command line against a sandbox of another process: `run_bot.py URL -- ARGUMENTS`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from cli.dispatch import main
from sandbox.connect import discord_at


@dataclass(frozen=True)
class _At:
    url: str

    @property
    def api_base(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/gateway"


if __name__ == "__main__":
    with discord_at(_At(sys.argv[1])):
        sys.exit(main(sys.argv[3:]))
