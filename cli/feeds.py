"""`python bot.py feeds`: turn the feed list of an RSS bot into a draft configuration."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import yaml

from cli.options import parser_of
from cli.output import counted
from errors import UserError

MAX_BYTES = 5_000_000
# Paths of a repository's feeds: of commits, releases and tags, on Codeberg also of the whole repository.
_FORGES = {
    "github.com": re.compile(r"/(?P<path>[^/]+/[^/]+)/(?:commits|releases|tags)\b.*\.atom"),
    "gitlab.com": re.compile(r"/(?P<path>[^/]+(?:/[^/]+)+)/-/(?:commits|releases|tags)\b.*"),
    "codeberg.org": re.compile(r"/(?P<path>[^/]+/[^/]+?)(?:/releases)?\.(?:rss|atom)"),
}
_PAGES = re.compile(r"(?P<owner>[a-z0-9-]+)\.(?P<host>github|gitlab)\.io")
_LINE = re.compile(r"(?P<url>https?://\S+)(?:\s+(?P<channel>\d{15,20}))?\s*(?P<name>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed in another program's list."""

    url: str
    name: str = ""
    site: str = ""
    channel: str = ""


def main(argv: Sequence[str]) -> int:
    """Print newsletters and subscriptions for config.yaml; return 1 if a repository must be filled in."""
    parser = parser_of(
        "feeds",
        "Turn an OPML file, or a list of feeds (one a line: address, then perhaps a channel's id and a name), into the "
        "beginning of a config.yaml. Herald reads repositories, not feeds: what cannot be told from a feed's address "
        "is left for you to fill in.",
        config=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the OPML file or list")
    parser.add_argument(
        "--repository", action="append", default=[], type=_pair, metavar="FEED=SOURCE",
        help="the repository of a feed, by its address; can be given several times",
    )  # fmt: skip
    options = parser.parse_args(argv)
    feeds = list(read_feeds(options.file))
    if not feeds:
        raise UserError(f"{options.file} has no feed in it.")
    text, unnamed = configuration(feeds, dict(options.repository))
    print(text, end="")
    named = len(feeds) - unnamed
    print(
        f"{counted(len(feeds), 'feed')}: the repository of {named} is named, {unnamed} to be filled in", file=sys.stderr
    )
    return 1 if unnamed else 0


def _pair(text: str) -> tuple[str, str]:
    feed, mark, source = text.partition("=https://") if "=https://" in text else text.rpartition("=")
    if not feed or not source:
        raise argparse.ArgumentTypeError(f'"{text}" is not FEED=SOURCE')
    return feed, mark.lstrip("=") + source


def read_feeds(file: Path) -> Iterator[Feed]:
    """Yield the feeds of an OPML file or a list. Raises UserError if the file cannot be read or parsed."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise UserError(f"{file} is larger than {MAX_BYTES // 1_000_000} MB.")
    text = data.decode("utf-8-sig", "replace")
    if text.lstrip().startswith("<"):
        yield from _of_opml(file, text)
    else:
        found = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
        for line in found:
            if line is not None:
                yield Feed(url=line["url"], channel=line["channel"] or "", name=line["name"].strip())


def _of_opml(file: Path, text: str) -> Iterator[Feed]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UserError(f"{file} defines entities, which OPML does not need: remove its DOCTYPE.")
    try:
        root = ET.fromstring(text)  # noqa: S314 -- without entities and of limited size
    except ET.ParseError as error:
        raise UserError(f"{file} is not well-formed XML: {error}.") from error
    for outline in root.iter("outline"):
        if url := outline.get("xmlUrl"):
            name = outline.get("title") or outline.get("text") or ""
            yield Feed(url=url, name=name.strip(), site=outline.get("htmlUrl") or "")


def repository_of(feed: Feed) -> str:
    """Return the repository of a forge's feed or pages site, from the addresses; "" if they do not tell."""
    for address in (feed.site, feed.url):
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        host = (parts.hostname or "").lower()
        if (forge := _FORGES.get(host)) is not None and (found := forge.fullmatch(parts.path)) is not None:
            return f"https://{host}/{found['path']}.git"
        if (found := _PAGES.fullmatch(host)) is not None:
            return _behind_pages(found, parts.path)
    return ""


def _behind_pages(host: re.Match[str], path: str) -> str:
    first = path.strip("/").split("/")[0]
    is_project = bool(first) and "." not in first and first not in {"feed", "rss", "atom", "feeds", "index"}
    name = first if is_project else f"{host['owner']}.{host['host']}.io"
    return f"https://{host['host']}.com/{host['owner']}/{name}.git"


def configuration(feeds: Sequence[Feed], repositories: dict[str, str]) -> tuple[str, int]:
    """Return the text of a configuration, and the number of feeds with unknown repository."""
    lines, follows, unnamed = ["newsletters:"], list[str](), 0
    taken: set[str] = set()
    for feed in feeds:
        name = _unique(feed.name or urlsplit(feed.url).hostname or "Newsletter", taken)
        source = repositories.get(feed.url) or repository_of(feed)
        lines.append(f"  - name: {_quoted(name)}")
        if source:
            lines.append(f"    source: {_quoted(source)}")
        else:
            unnamed += 1
            lines.append(f'    source: ""  # the repository behind {_comment(feed.url)}')
        if feed.site.startswith("http"):
            lines.append(f"    site_url: {_quoted(feed.site)}")
        if feed.channel:
            follows += [f"  - newsletter: {_quoted(name)}", f"    channel: {feed.channel}"]
    if follows:
        lines += ["subscriptions:", *follows]
    return "\n".join(lines) + "\n", unnamed


def _unique(name: str, taken: set[str]) -> str:
    base = " ".join(name.split())[:90]
    found = next(one for one in (base, *(f"{base} {n}" for n in range(2, 10_000))) if one.casefold() not in taken)
    taken.add(found.casefold())
    return found


def _quoted(text: str) -> str:
    """Return a text as a quoted YAML scalar on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000, default_style='"').strip()


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)[:200]
