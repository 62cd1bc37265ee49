"""Runs Herald's command line against a sandbox of another process: `run_bot.py URL -- ARGUMENTS`."""

from __future__ import annotations

import sys

from cli.dispatch import main
from sandbox.connect import Elsewhere, discord_at

if __name__ == "__main__":
    with discord_at(Elsewhere(sys.argv[1])):
        sys.exit(main(sys.argv[3:]))
