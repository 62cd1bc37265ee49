"""The data model of an issue: immutable values used throughout Herald."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.items.frame import Frame
from errors import S_


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an item; `text` is the author's link text as plain text, which may be empty."""

    text: str
    url: str


MANY_ISSUES = "many-issues"  # rule of the notice for a file that holds many issues
MANY_ADVICE = S_(
    'it holds {count} issues, each below a heading like "{heading}": '
    "set split.issue_level: {level} for this newsletter, so that each is an issue of its own"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A problem of an issue that its author should know about.

    `line` counts from 1 in the source file; 0 means the file as a whole. `rule` names the check that found it
    ("front-matter", "encoding", …); `level` is "error" or "warning".
    """

    line: int
    message: str
    rule: str
    level: str = "warning"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the issue that is in neither an item nor the introduction, and the rule that excluded it."""

    lines: tuple[int, int]
    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story of an issue (the smallest piece that a reader would forward to a friend).

    `id` is unique within its issue and stable across corrections. `text` is the body as plain text without the title;
    `body` is the same as Discord Markdown, not truncated and safe to send; `lines` are the first and last source line,
    counted from 1; `anchor` is the fragment of its heading on the issue's page, "" if it has none.
    """

    id: str
    title: str
    section: tuple[str, ...] = ()
    text: str = ""
    body: str = ""
    links: tuple[Link, ...] = ()
    image: str | None = None
    anchor: str = ""
    lines: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One published issue. Its identity within a newsletter is (`path`, `part`).

    `part` is "" for a file that holds one issue, else the slug of the heading that starts it. `date` is the day as its
    author wrote it; `published_at` is the moment, if a time was written (naive if without a time zone). `intro` is the
    text before the first item that belongs to no item, as plain text; `introduction` is the same as Discord Markdown.
    `language` is a language tag ("de", "zh-Hant"), "" if unknown. `left_out` lists everything else that is in no item.
    `withheld` is the reason in its front matter or path not to publish it, "" if there is none. From `expires_at`, its
    site no longer shows it (naive if without a time zone). `frame` holds the fingerprints of its recurring lines.
    """

    path: str
    part: str = ""
    title: str = ""
    date: dt.date | None = None
    published_at: dt.datetime | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    url: str | None = None
    image: str | None = None
    withheld: str = ""
    expires_at: dt.datetime | None = None
    intro: str = ""
    introduction: str = ""
    language: str = ""
    items: tuple[Item, ...] = ()
    notices: tuple[Notice, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    frame: tuple[str, ...] = field(default=(), repr=False)  # invisible to readers

    @property
    def has_text(self) -> bool:
        """Whether it has any content besides its metadata."""
        return bool(self.items or self.intro or self.introduction or self.left_out)

    @property
    def draft(self) -> bool:
        """Whether it must not be published."""
        return bool(self.withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOptions:
    """A newsletter's settings for splitting issues (`split:` in the configuration).

    `skip` names sections without items, by their headings (case-insensitive); `item_level` is the heading level (1 to
    6) of items; `issue_level` is the heading level that starts a new issue in a file of many; `one_story` is whether
    each issue is one story, None to detect it.
    """

    skip: tuple[str, ...] = ()
    item_level: int | None = None
    issue_level: int | None = None
    one_story: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """A newsletter's settings that are needed to read an issue.

    `site_url` resolves relative links; `permalink` is the pattern of the site's URLs for issues; `host_url` is the
    file's page on its Git host, the fallback if neither front matter nor `site_url` yields a URL ("" if unknown);
    `{path}` in it stands for the path. `frames` holds what the issues before a file have in common, by the file's path.
    """

    site_url: str = ""
    permalink: str = ""
    host_url: str = ""
    split: SplitOptions = field(default_factory=SplitOptions)
    frames: Mapping[str, Frame] = field(default_factory=dict[str, Frame])
