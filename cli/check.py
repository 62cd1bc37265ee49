"""`python bot.py check`: lint issues and the configuration, for authors and their CI."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import logs
from cli.belonging import folder_of, newsletter_of
from cli.neighbours import with_neighbours
from cli.not_issues import not_issues, told
from cli.options import log_level, parser_of
from cli.output import counted
from config.document import read_document
from config.exposure import exposed_secrets
from config.faults import ConfigFault, report
from config.settings import DEFAULT_PATH, Config, NewsletterConfig, load_config
from digest.head.metadata import Metadata, read_metadata
from digest.items.frame import MAX_EARLIER_BYTES, learn_frame, marks_of
from digest.joining import join_files
from digest.lint import lint
from digest.model import Notice, ReadOptions
from digest.neighbours import Neighbours
from digest.repair import decode
from errors import ConfigError, StorageError
from pipeline.choosing import may_hold_issues, narrower, other_kinds
from pipeline.gate import is_chosen
from pipeline.joined import IssueFolders
from sources.listing import MAX_FILE_BYTES
from sources.patterns import Matcher
from storage.opening import check_database

_DESCRIPTION = """Check issues for faults. Without a FILE or DIR the configuration is checked, and the issues of all
newsletters whose source is a folder."""
# A drive letter on Windows has a colon too; YAML's own errors have a column after the line.
_CONFIG_FAULT = re.compile(r"(?P<file>(?:[A-Za-z]:)?[^:]*)(?::(?P<line>\d+)(?::\d+)?)?:\s*(?P<message>.*)\Z")
_IN_REPOSITORIES = (
    "{newsletters}: in repositories, which are not read here. Whether one can be reached, and what Herald takes for an "
    "issue in it: bot.py import NAME (with the bot stopped; it posts nothing). Faults in its issues: clone it and name "
    "the folder, bot.py check FOLDER"
)
_DEFAULTS = NewsletterConfig(name="check", source=".")


@dataclass(frozen=True, slots=True)
class _Task:
    """One issue to lint: its file and how to read it; `parts` are the files of an issue folder.

    `before` are the issues that precede an issue folder.
    """

    file: Path
    path: str
    options: ReadOptions
    parts: tuple[str, ...] = ()
    is_issue: Matcher | None = None  # which files next to it are issues; None: all with the same suffix
    before: tuple[_Task, ...] = ()

    def read(self) -> bytes:
        """Return the issue's bytes. Raises OSError."""
        if not self.parts:
            return self.file.read_bytes()
        return join_files(self.path, [(f"{self.path}/{part}", (self.file / part).read_bytes()) for part in self.parts])

    def size(self) -> int:
        """Return the issue's size in bytes without reading it. Raises OSError."""
        return sum((self.file / part).stat().st_size for part in self.parts or ("",))


def main(argv: Sequence[str]) -> int:
    """Check what `argv` names; return 0 without faults, 1 on faults, 2 on wrong usage or configuration."""
    options = _parser().parse_args(argv)
    logs.set_up(log_level(options, "warning"))
    try:
        config = _config(options.config, needed=not options.paths)
    except ConfigError as error:
        for line in str(error).splitlines():
            print(_config_line(line, options.format))
        return error.exit_status
    if missing := next((path for path in options.paths if not path.exists()), None):
        print(f"{missing}: there is no such file or folder", file=sys.stderr)
        return 2
    # Where single files are checked, as in an author's CI, the bot's database and folders do not exist.
    faults = [] if options.paths else _unusable(config, options.config or DEFAULT_PATH)
    for line in faults:
        print(_config_line(line, options.format))
    for line in [] if options.paths else exposed_secrets(options.config or DEFAULT_PATH, os.environ):
        print(line, file=sys.stderr)
    tasks = _tasks(options.paths, config, site_url=options.site_url)
    status = _check(tasks, options.format, strict=options.strict)
    return ConfigError.exit_status if faults else status


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("check", _DESCRIPTION)
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE|DIR", help="issues, or folders of issues")
    parser.add_argument("--strict", action="store_true", help="exit with 1 on warnings too")
    parser.add_argument("--format", choices=("text", "github"), default="text", help="github prints annotations")
    parser.add_argument("--site-url", default="", metavar="URL", help="the base address of relative links")
    return parser


def _config(path: Path | None, *, needed: bool) -> Config:
    """Return the configuration; an empty one if there is none and only files are checked."""
    if not needed and path is None and not DEFAULT_PATH.exists():
        return Config()
    return load_config(path, os.environ)


def _unusable(config: Config, path: Path) -> list[str]:
    """Return lines with the parts of a valid configuration that cannot be used on this machine."""
    faults: list[ConfigFault] = []
    try:
        asyncio.run(check_database(config.storage))
    except StorageError as error:
        faults.append(ConfigFault(("storage",), str(error)))
    for index, newsletter in enumerate(config.newsletters):
        folder = folder_of(newsletter)
        if folder is not None and not folder.is_dir():
            remedy = "create it, or write the path of the folder that holds the issues"
            faults.append(ConfigFault(("newsletters", index, "source"), f"there is no folder {folder}: {remedy}"))
    return report(faults, read_document(path, os.environ), path).splitlines()


# -- files to check --------------------------------------------------------------------------------


def _configured(config: Config) -> Iterator[_Task]:
    # A warning only: two newsletters may split the same files differently.
    for one, other in combinations(config.newsletters, 2):
        if _files(one) == _files(other):
            print(
                f"{one.name} and {other.name} have the same files: a channel that follows both gets everything twice",
                file=sys.stderr,
            )
    for newsletter in config.newsletters:
        folder = folder_of(newsletter)
        # A missing folder was reported as a fault of the configuration.
        if folder is not None and folder.is_dir():
            found, left_out = _parted(folder, newsletter)
            _tell(newsletter.name, left_out)
            for line in _advice(folder, newsletter, [task.path for task in found], left_out):
                print(f"{newsletter.name}: {line}", file=sys.stderr)
            yield from found
    if elsewhere := [newsletter.name for newsletter in config.newsletters if folder_of(newsletter) is None]:
        print(_IN_REPOSITORIES.format(newsletters=", ".join(elsewhere)), file=sys.stderr)


def _advice(
    folder: Path, newsletter: NewsletterConfig, paths: Sequence[str], left_out: Collection[str]
) -> Iterator[str]:
    """Yield suggestions for a newsletter's `include`, from the issues and other files in its folder."""
    if not paths and not left_out:
        yield f"no file in {folder} is an issue: {_patterns(newsletter)}"
    others = set(_files_below(folder, may_hold_issues)).difference(paths, left_out)
    yield from other_kinds(others, paths)
    if not is_chosen(newsletter) and (line := narrower(paths)) is not None:
        yield line


def _files(newsletter: NewsletterConfig) -> tuple[object, ...]:
    return newsletter.source, newsletter.branch, newsletter.include, newsletter.exclude


def _patterns(newsletter: NewsletterConfig) -> str:
    return f"include is {', '.join(newsletter.include)}"


def _tasks(paths: Sequence[Path], config: Config, *, site_url: str) -> list[_Task]:
    """Return the issues to check: those of `paths`, else all of the configuration."""
    named = [task for path in paths for task in _tasks_of(path, config)]
    tasks = named if paths else list(_configured(config))
    if not site_url:
        return tasks
    return [replace(task, options=replace(task.options, site_url=site_url)) for task in tasks]


def _tasks_of(path: Path, config: Config) -> Iterator[_Task]:
    """Yield the issues of a FILE or DIR; files in a newsletter's folder are read with its settings."""
    place, found = path.resolve(), newsletter_of(path, config)
    if found is not None:
        newsletter, root = found
        if place.is_dir():
            tasks, left_out = _parted(root, newsletter)
            inside = (task for task in tasks if task.file.is_relative_to(place))
            _tell(str(path), {one: why for one, why in left_out.items() if (root / one).is_relative_to(place)})
            # Show the path as it was typed: editors turn relative paths into links.
            yield from (replace(task, file=path / task.file.relative_to(place)) for task in inside)
        else:
            is_issue = Matcher(newsletter.include, newsletter.exclude)
            yield _Task(path, place.relative_to(root).as_posix(), newsletter.read_options(), is_issue=is_issue)
        return
    if path.is_dir():
        tasks, left_out = _parted(path, _DEFAULTS)
        _tell(str(path), left_out)
        yield from tasks
    else:
        yield _Task(path, path.as_posix(), ReadOptions())


def _parted(root: Path, newsletter: NewsletterConfig) -> tuple[list[_Task], dict[str, str]]:
    """Return the issues in a folder, and other files by path with the reason why they are not issues."""
    tasks = list(_below(root, newsletter))
    if newsletter.split.issue_level is not None:  # decided for each heading
        return tasks, {}
    heads = {task.path: head for task in tasks if not task.parts and (head := _head(task)) is not None}
    left_out = not_issues(heads, is_chosen=is_chosen(newsletter))
    return [task for task in tasks if task.path not in left_out], left_out


def _head(task: _Task) -> Metadata | None:
    """Return a file's metadata; None if it cannot be read, which is reported when it is checked."""
    try:
        if task.size() > MAX_FILE_BYTES:
            return None
        text, _ = decode(task.read())
    except OSError:
        return None
    return read_metadata(text, task.path)


def _tell(name: str, left_out: Mapping[str, str]) -> None:
    for line in told(left_out):
        print(f"{name}: {line}", file=sys.stderr)


def _below(root: Path, newsletter: NewsletterConfig) -> Iterator[_Task]:
    """Yield the issues in a folder that match its newsletter's patterns, ordered by path."""
    folders = IssueFolders(newsletter.issue_folders)
    is_issue = Matcher(newsletter.include, newsletter.exclude)
    files = list(_files_below(root, is_issue))
    members = folders.members(files)
    tasks: dict[str, _Task] = {}
    for path in dict.fromkeys(folders.issue_of(path) for path in files):
        parts = tuple(part.removeprefix(f"{path}/") for part in members.get(path, ()))
        tasks[path] = _Task(root / path, path, newsletter.read_options(), parts, is_issue)
    neighbours = Neighbours(tasks if members else ())
    for path, task in tasks.items():
        yield replace(task, before=tuple(tasks[one] for one in neighbours.before(path))) if task.parts else task


def _files_below(root: Path, is_issue: Callable[[str], bool]) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder) / name
            path = file.relative_to(root).as_posix()
            if is_issue(path) and not file.is_symlink():
                yield path


# -- faults ------------------------------------------------------------------------------


def _check(tasks: Iterable[_Task], form: str, *, strict: bool) -> int:
    errors = warnings = files = 0
    for task in tasks:
        files += 1
        for notice in _lint_file(task):
            print(_line(task.file, notice, form))
            errors += notice.level == "error"
            warnings += notice.level != "error"
    counts = (counted(files, "file"), counted(errors, "error"), counted(warnings, "warning"))
    print(", ".join(counts), file=sys.stderr)
    return 1 if errors or (strict and warnings) else 0


def _lint_file(task: _Task) -> list[Notice]:
    try:
        # Checked before reading: a huge file next to the issues must not exhaust the memory.
        if task.size() > MAX_FILE_BYTES:
            message = f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB and is not read: split it"
            return [Notice(0, message, "file", "error")]
        data = task.read()
    except OSError as error:
        return [Notice(0, f"cannot be read: {error.strerror}", "file", "error")]
    if not task.parts:
        return lint(data, task.path, with_neighbours(task.file, task.path, task.options, task.is_issue))
    frame = learn_frame(map(_marks, task.before))
    return lint(data, task.path, replace(task.options, frames={task.path: frame}))


def _marks(task: _Task) -> frozenset[str]:
    """Return the marks of an issue's lines; none if it cannot be read, which is reported when it is checked."""
    try:
        return marks_of(task.read()) if task.size() <= MAX_EARLIER_BYTES else frozenset()
    except OSError:
        return frozenset()


def _line(file: Path, notice: Notice, form: str) -> str:
    # Notices about the whole file have line 0, which editors and GitHub do not accept.
    line = max(notice.line, 1)
    if form == "github":
        kind = "error" if notice.level == "error" else "warning"
        place = f"file={_property(file.as_posix())},line={line},title={_property(notice.rule)}"
        return f"::{kind} {place}::{_escaped(notice.message)}"
    return f"{file}:{line}: {notice.level}: {notice.message} ({notice.rule})"


def _config_line(line: str, form: str) -> str:
    """Return a fault of the configuration, such as "config.yaml:12: key: fault", in the chosen format."""
    found = _CONFIG_FAULT.match(line)
    file, number, message = found.groups() if found else ("config.yaml", None, line)
    number = number or "1"
    if form == "github":
        return f"::error file={_property(file)},line={number},title=config::{_escaped(message.strip())}"
    return f"{file}:{number}: error: {message.strip()} (config)"


def _escaped(text: str) -> str:
    """Escape text for a GitHub Actions workflow command; its toolkit decodes these three characters."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
