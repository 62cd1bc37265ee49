"""`python bot.py split FILE…`: show the items of issues, and with --explain why they are."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import logs
from cli.neighbours import with_neighbours
from cli.options import log_level, parser_of
from cli.output import counted
from digest.model import Issue, Item, ReadOptions, SplitOptions
from digest.reading import Reading, explain_issues

if TYPE_CHECKING:
    from config.settings import NewsletterConfig

DONE, FAULTS = 0, 1


def _level(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5", "6"}:
        raise argparse.ArgumentTypeError(f'"{text}" is not a heading level: write 1 to 6')
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("split", "Show the items of one or more issues.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="an issue's Markdown file")
    parser.add_argument("--json", action="store_true", help="print JSON: one object for one FILE, a list for several")
    parser.add_argument("--explain", action="store_true", help="show each block with the rule that put it where it is")
    parser.add_argument("--site-url", default="", metavar="URL", help="the newsletter's site, for relative links")
    parser.add_argument("--permalink", default="", metavar="PATTERN", help="the site's pattern for an issue's address")
    parser.add_argument("--item-level", type=_level, metavar="N", help="the heading level (1 to 6) of items")
    parser.add_argument("--issue-level", type=_level, metavar="N", help="the heading level that opens a new issue")
    parser.add_argument(
        "--one-story", action=argparse.BooleanOptionalAction, default=None, help="whether each issue is one story"
    )
    parser.add_argument("--skip", action="append", default=[], metavar="NAME", help="a section that holds no items")
    return parser


def as_json(issue: Issue) -> dict[str, Any]:
    """Return an issue in the format of `--json`."""
    return {
        "path": issue.path,
        "part": issue.part,
        "title": issue.title,
        "date": issue.date.isoformat() if issue.date else None,
        "tags": list(issue.tags),
        "summary": issue.summary,
        "url": issue.url,
        "image": issue.image,
        "draft": issue.draft,
        "warnings": [{"line": n.line, "message": n.message, "rule": n.rule, "level": n.level} for n in issue.notices],
        "intro": issue.intro,
        "items": [_item_json(item) for item in issue.items],
        "left_out": [{"lines": list(one.lines), "text": one.text, "rule": one.rule} for one in issue.left_out],
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "section": list(item.section),
        "text": item.text,
        "body": item.body,
        "links": [{"text": link.text, "url": link.url} for link in item.links],
        "image": item.image,
        "anchor": item.anchor,
        "lines": list(item.lines),
    }


def _shown(issue: Issue, width: int, others: int = 0) -> Iterator[str]:
    """Yield the lines of an issue as readable text: its head, then its items by section.

    `others` is the number of items it would have if it were not read as one story; 0 if that does not apply.
    """
    yield issue.title or issue.path
    facts = [issue.date.isoformat() if issue.date else "no date", counted(len(issue.items), "item"), *issue.tags]
    yield "  " + " · ".join([*facts, *([issue.withheld] if issue.withheld else [])])
    if issue.url:
        yield f"  {issue.url}"
    if others > 1:
        yield f"  read as one story; with --no-one-story, or split: {{one_story: false}}, it would be {others} items"
    yield from (f"  line {n.line}: {n.level}: {n.message} ({n.rule})" for n in issue.notices)
    section: tuple[str, ...] = ()
    for number, item in enumerate(issue.items, 1):
        if item.section != section:
            section = item.section
            yield ""
            yield f"— {' / '.join(section) or 'no section'} —"
        yield from _item_lines(number, item, width)


def _item_lines(number: int, item: Item, width: int) -> Iterator[str]:
    yield ""
    yield f"{number:3}. {item.title}"
    if item.text:
        text = textwrap.shorten(" ".join(item.text.split()), 300, placeholder=" …")
        yield textwrap.indent(textwrap.fill(text, width - 5), " " * 5)
    yield from (f"     → {link.url}" for link in item.links)
    if item.image:
        yield f"     ▣ {item.image}"


def _explained(reading: Reading, width: int) -> Iterator[str]:
    """Yield each block in file order: lines, place, rule, and the beginning of its text."""
    yield f"{reading.issue.path}: {reading.issue.title}"
    for placed in reading.trace:
        lines = f"{placed.first}-{placed.last}" if placed.last > placed.first else str(placed.first)
        text = " ".join(placed.text.split()) or "(no words)"
        head = f"{lines:>9}  {placed.place:<12}  {placed.rule:<32}  "
        yield head + (text if len(text) <= width - len(head) else text[: max(width - len(head) - 1, 20)] + "…")


_Belonging = Callable[[Path], "tuple[NewsletterConfig, Path] | None"]


def _belonging(config: Path | None) -> _Belonging:
    """Return a function that finds a file's newsletter in the configuration; without one, it returns None."""
    if config is None:
        return lambda path: None  # noqa: ARG005
    # Imported here because only --config needs the settings.
    from cli.belonging import newsletter_of
    from config.settings import load_config

    return partial(newsletter_of, config=load_config(config, os.environ))


def _matcher(newsletter: NewsletterConfig) -> Callable[[str], bool]:
    from sources.patterns import Matcher

    return Matcher(newsletter.include, newsletter.exclude)


def _opened(name: str, args: argparse.Namespace, belonging: _Belonging) -> tuple[bytes, str, ReadOptions] | None:
    """Return a file's bytes, its path as read, and its options; None after reporting that it cannot be read."""
    path = Path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        print(f"{name}: cannot be read: {error.strerror or error}", file=sys.stderr)
        return None
    found = belonging(path)
    if found is not None:  # read as the bot does: its URL may depend on its path in the source
        newsletter, root = found
        known = path.resolve().relative_to(root).as_posix()
        options = with_neighbours(path, known, _options(args, newsletter), _matcher(newsletter))
    else:
        # The path may contain a date: make it relative to the working directory, as in a repository.
        shown = name if not path.is_absolute() else os.path.relpath(name)
        known = Path(shown if not shown.startswith("..") else name).as_posix()
        options = with_neighbours(path, known, _options(args))
    return data, known, options


def _count_several(found: Sequence[Reading], data: bytes, path: str, options: ReadOptions) -> int:
    """Return the number of items if an issue were not one story; 0 if it is not, or `one_story` is set."""
    if options.split.one_story is not None or len(found) != 1 or len(found[0].issue.items) != 1:
        return 0
    otherwise = replace(options, split=replace(options.split, one_story=False))
    return len(explain_issues(data, path, otherwise)[0].issue.items)


def _options(args: argparse.Namespace, newsletter: NewsletterConfig | None = None) -> ReadOptions:
    """Return how to read a file: by the command's options, else by its newsletter's settings."""
    own = newsletter.read_options() if newsletter is not None else ReadOptions()
    split = SplitOptions(
        skip=tuple(args.skip) or own.split.skip,
        item_level=args.item_level or own.split.item_level,
        issue_level=args.issue_level or own.split.issue_level,
        one_story=own.split.one_story if args.one_story is None else args.one_story,
    )
    return replace(own, site_url=args.site_url or own.site_url, permalink=args.permalink or own.permalink, split=split)


def main(argv: Sequence[str]) -> int:
    """Run the subcommand; return 1 if a file could not be read. Raises ConfigError for a faulty configuration."""
    args = _parser().parse_args(list(argv))
    logs.set_up(log_level(args, "warning"))
    belonging = _belonging(args.config)
    readings: list[Reading] = []
    others: dict[str, int] = {}
    faults = False
    for name in args.files:
        opened = _opened(name, args, belonging)
        if opened is None:
            faults = True
            continue
        found = explain_issues(*opened)
        readings += found
        if not (args.json or args.explain):
            others[opened[1]] = _count_several(found, *opened)
    if args.json:
        _print_json(readings, is_single=len(args.files) == 1)
    else:
        _print_text(readings, others, explains=args.explain)
    return FAULTS if faults else DONE


def _print_json(readings: Sequence[Reading], *, is_single: bool) -> None:
    """Print one object for one file with one issue, else a list; nothing if no file could be read."""
    objects = [as_json(reading.issue) for reading in readings]
    if objects:
        shown = objects[0] if is_single and len(objects) == 1 else objects
        print(json.dumps(shown, ensure_ascii=False, indent=2))


def _print_text(readings: Sequence[Reading], others: Mapping[str, int], *, explains: bool) -> None:
    """Print readings; `others` has the number of items that issues read as one story would have otherwise."""
    width = max(shutil.get_terminal_size((120, 40)).columns, 60)
    for index, reading in enumerate(readings):
        # Lines, place and rule take 60 columns: on a narrow terminal, wrapping is better than truncating the text.
        lines = (
            _explained(reading, max(width, 140))
            if explains
            else _shown(reading.issue, width, others.get(reading.issue.path, 0))
        )
        print(("\n" if index else "") + "\n".join(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
