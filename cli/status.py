"""`python bot.py status`: show the state of the running bot, or of its database if none runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app import local_status
from cli.options import parser_of
from cli.output import counted
from config.settings import Config, load_config, load_places
from errors import ConfigError
from storage.paths import local_path


def main(argv: Sequence[str]) -> int:
    """Print the report; with --check, return 1 if anything is wrong or no bot runs."""
    parser = parser_of("status", "Show how the running bot is doing, or its database where none runs.")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print JSON")
    shape.add_argument("--check", action="store_true", help="print what is wrong; exit with 1 unless all is well")
    options = parser.parse_args(argv)
    config, faults = _configured(options.config)
    report = local_status.ask(local_path(config.storage, config.cache))
    if options.check:
        return _check(report)
    report = report or _stored(config)
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print("\n".join([*_lines(report), *faults]))
    return 0


def _configured(path: Path | None) -> tuple[Config, list[str]]:
    """Return the configuration and its faults; a faulty one has only the locations of the data."""
    try:
        return load_config(path, os.environ), []
    except ConfigError as error:
        heading = "The configuration is faulty: a running Herald goes on with the one before, a start would fail"
        return load_places(path, os.environ), ["", heading, *(f"  ! {line}" for line in str(error).splitlines())]


def _check(report: Mapping[str, Any] | None) -> int:
    if report is None:
        print("No Herald is running on this database, or it does not answer.")
        return 1
    for problem in report["problems"]:
        print(_problem(problem))
    if not report["problems"]:
        print("healthy")
    return 1 if report["problems"] else 0


def _stored(config: Config) -> dict[str, Any]:
    """Return the report from the database alone. Raises StorageError if there is none."""
    # Imported only if no bot answers: a health check runs every minute and does not need these modules.
    import asyncio

    from app.health import Report, SourceReport
    from app.version import full_version
    from clock import utc_now
    from storage.figures import Figures
    from storage.opening import open_database

    async def read() -> Report:
        db = await open_database(config.storage, exclusive=False, cache=config.cache)
        try:
            figures = Figures(db)
            stored = {one.name: one for one in await figures.archive()}
            channels = await figures.channels(now=utc_now())
        finally:
            await db.close()
        # A newsletter removed from the configuration still has its archive, and is shown after the others.
        names = [*(one.name for one in config.newsletters), *stored]
        return Report(
            version=full_version(),
            is_running=False,
            sources=tuple(SourceReport(name=name, stored=stored.get(name)) for name in dict.fromkeys(names)),
            channels=tuple(channels),
            notes=("No Herald is running: this is what its database says.",),
        )

    return asyncio.run(read()).as_json()


def _problem(problem: Mapping[str, str]) -> str:
    name = f" {problem['name']}" if problem["name"] else ""
    return f"{problem['part']}{name}: {problem['text']}"


def _lines(report: Mapping[str, Any]) -> list[str]:
    lines = [f"Herald {report['version']}"]
    lines += report["notes"]
    if report["running"]:
        connected = "connected" if report["connected"] else "not connected"
        lines.append(f"running since {report['started_at']}, {connected} to Discord")
        lines += [f"  ! {_problem(problem)}" for problem in report["problems"]] or ["healthy"]
    lines += ["", "Newsletters"]
    lines += [_newsletter(one) for one in report["newsletters"]] or ["  none"]
    lines += ["", "Channels"]
    lines += [_channel(one) for one in report["channels"]] or ["  none follows a newsletter"]
    return lines


def _newsletter(one: Mapping[str, Any]) -> str:
    parts = [counted(one["issues"], "issue"), counted(one["items"], "item")]
    parts += [f"{one[name]:,} {name}" for name in ("waiting", "held", "faults") if one[name]]
    if one["last_success_at"]:
        parts.append(f"last polled {one['last_success_at']}")
    if one["error"]:
        parts.append(
            f"failed {counted(one['consecutive_failures'], 'time')} since {one['failing_since']}: {one['error']}"
        )
    return f"  {one['name']}: {', '.join(parts)}"


def _channel(one: Mapping[str, Any]) -> str:
    parts = [f"{one[name]:,} {name}" for name in ("pending", "sending", "failed") if one[name]] or ["nothing owed"]
    if one["paused"]:
        parts.append("paused")
    if one["waiting_reason"]:
        parts.append(f"waits: {one['waiting_reason']}")
    return f"  {one['channel']} follows {one['newsletter']} ({one['layout']}): {', '.join(parts)}"
