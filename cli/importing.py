"""`python bot.py import`: update the archive once, with progress; nothing is posted."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence

import logs
from cli.options import log_level, parser_of
from cli.output import counted
from config.settings import Config, load_config
from errors import ConfigError, HeraldError
from pipeline.importer import ImportReport
from storage.scope import Scope

_ALL = Scope.everything()
EVERY_S = 5.0  # between progress lines if the output is not a terminal


def main(argv: Sequence[str]) -> int:
    """Import all or the named newsletters; return 1 if one could not be read or a file is faulty."""
    parser = parser_of("import", "Update the archive once, without posting anything.")
    parser.add_argument("newsletter", nargs="*", help="only these newsletters (default: all)")
    options = parser.parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    config = load_config(options.config, os.environ)
    logs.set_up(log_level(options, "warning"), secrets=config.secrets())
    unknown = [name for name in options.newsletter if config.newsletter(name) is None]
    if unknown:
        known = ", ".join(newsletter.name for newsletter in config.newsletters) or "none"
        raise ConfigError(f'There is no newsletter "{unknown[0]}"; the configuration has: {known}.')
    return asyncio.run(_import(config, set(options.newsletter)))


async def _import(config: Config, names: set[str]) -> int:
    from app.services import open_services

    faults = 0
    async with open_services(config) as services:
        for newsletter in config.newsletters:
            if names and newsletter.name not in names:
                continue
            progress = Progress(sys.stderr.isatty())
            try:
                report = await services.importer.poll(newsletter, progress)
            except HeraldError as error:
                progress.end(f"{newsletter.name}: {error}")
                faults += 1
                continue
            progress.end(summary(report))
            # Later imports have one or two issues, which do not need a summary.
            if report.is_first:
                for told in await services.importer.taken_in(newsletter, report):
                    progress.end(f"  {told}")
            # Includes faults of earlier imports, whose files are still not in the archive.
            faults += len(await services.archive.faults(_ALL, newsletter.name))
    return 1 if faults else 0


class Progress:
    """Progress on standard error: an updated line on a terminal, else a line every `EVERY_S` seconds."""

    def __init__(self, is_terminal: bool) -> None:
        self._is_terminal = is_terminal
        self._last_s = time.monotonic()

    def __call__(self, report: ImportReport) -> None:
        """Show the progress of the import."""
        now_s = time.monotonic()
        if self._is_terminal:
            sys.stderr.write(f"\r\x1b[K{line(report)}")
            sys.stderr.flush()
        elif now_s - self._last_s >= EVERY_S:
            self._last_s = now_s
            sys.stderr.write(f"{line(report)}\n")

    def end(self, text: str) -> None:
        """Replace the progress with a final line."""
        clear = "\r\x1b[K" if self._is_terminal else ""
        sys.stderr.write(f"{clear}{text}\n")


def line(report: ImportReport) -> str:
    """Return the progress line: `Tech Beats: 120 of 581 files, 120 issues, 9,300 items, 12 files/s`."""
    rate = report.done / report.seconds if report.seconds else 0.0
    return (
        f"{report.newsletter}: {report.done:,} of {report.files:,} files, {counted(report.issues, 'issue')}, "
        f"{counted(report.items, 'item')}, {rate:,.0f} files/s"
    )


def summary(report: ImportReport) -> str:
    """Return a line with the result of the import."""
    if report.revision is None:
        return f"{report.newsletter}: nothing new"
    if report.is_first and not report.files:
        return f"{report.newsletter}: no file of its source is an issue: include and exclude say which are"
    issues, items, files = (
        counted(report.issues, "issue"),
        counted(report.items, "item"),
        counted(report.files, "file"),
    )
    if report.is_first:  # side pages count as files; the lines below give the issues
        return f"{report.newsletter}: {files} read, {report.seconds:.1f} s"
    parts = [f"{issues} with {items} from {files}"]
    parts.append(f"{report.new_issues:,} of them new")
    if report.removed_files:
        parts.append(f"{counted(report.removed_files, 'file')} gone")
    if report.held is not None and report.held.messages:
        parts.append(
            f"{counted(report.held.messages, 'message')} would be withdrawn, held until an admin decides in /status"
        )
    if report.faults:
        parts.append(counted(len(report.faults), "faulty file"))
    return f"{report.newsletter}: {', '.join(parts)}, {report.seconds:.1f} s"
