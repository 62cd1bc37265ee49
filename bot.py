"""Herald's entry point: `python bot.py [run|sandbox|split|check|search|import] …`."""

from __future__ import annotations

import sys

from cli.dispatch import main

if __name__ == "__main__":  # the import's worker process loads this file again: it must start nothing there
    sys.exit(main(sys.argv[1:]))
