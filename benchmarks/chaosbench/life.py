"""A bot's process: Herald's own command line, pointed at the bench's sandbox.

    python -m benchmarks.chaosbench.life            a nursery: reads orders, forks a bot for each, and buries it
    python -m benchmarks.chaosbench.life ORDER      one bot, in an interpreter of its own

Importing Herald takes longer than most lives last here. The nursery has done that once; what it forks runs `main` from
the beginning in a process of its own, and is killed like one. An order is JSON: {"url": the sandbox's address,
"arguments": [...], "folder": where to run, "log": a file, "mutate": names or "", "die": die point or "", "full": file},
and may have an "environment" that goes before that of the nursery.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def live(order: dict[str, Any]) -> int:
    """Be the bot until it ends; returns its exit status."""
    from benchmarks.chaosbench import mutations
    from cli.dispatch import main
    from sandbox.connect import Elsewhere, discord_at

    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(order["folder"])
    os.environ.update(order.get("environment", {}))
    for name in filter(None, order["mutate"].split(",")):
        mutations.MUTATIONS[name]()
    if order["die"]:
        mutations.die_at(order["die"])
    if order["full"]:
        mutations.fill_disk_while(Path(order["full"]))
    with discord_at(Elsewhere(order["url"])):
        return main(order["arguments"])


def nurse() -> None:
    """Obey orders until there are no more."""
    import importlib

    from app.client import COGS

    for name in ("benchmarks.chaosbench.mutations", "cli.run", "app.services", "sandbox.connect", *COGS):
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os._exit(_lived(order))
        print(pid, flush=True)


def _lived(order: dict[str, Any]) -> int:
    try:
        return live(order)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 -- a forked process ends here, whatever happened
        import traceback

        traceback.print_exc()
        return 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(live(json.loads(sys.argv[1])))
    nurse()
