"""What an issue is: frozen values that every other room passes around."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.items.frame import Frame
from errors import S_


@dataclass(frozen=True, slots=True)
class Link:
    """One address of an item; `text` is what the author wrote for it, plain, and may be empty."""

    text: str
    url: str


MANY_ISSUES = "many-issues"  # the rule of the notice that a file holds many issues
MANY_ADVICE = S_(
    'it holds {count} issues, each below a heading like "{heading}": '
    "set split.issue_level: {level} for this newsletter, so that each is an issue of its own"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about an issue that its author should know.

    `line` counts from 1 in the source file; 0 means the file as a whole. `rule` names the check
    that noticed it ("front-matter", "encoding", …); `level` is "error" or "warning".
    """

    line: int
    message: str
    rule: str
    level: str = "warning"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the issue that is in no item and in no introduction, and the rule that says so."""

    lines: tuple[int, int]
    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story of an issue (the smallest piece that a reader would forward to a friend).

    `id` is stable while the author corrects the item and unique within its issue. `text` is the
    body as plain text without the title; `body` is the same as Discord Markdown, uncut and safe
    to send; `lines` are the first and last source line, counted from 1; `anchor` is the fragment
    of its heading on the issue's page, "" if it has none.
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

    `part` is "" for a file that holds one issue, else the slug of the heading that opens it.
    `date` is the day as its author wrote it; `published_at` the moment, where a time was written
    (naive if no zone was written). `intro` is what is before the first item and belongs
    to no item, as plain text, `introduction` the same as Discord Markdown. `language` is the tag of
    what it is written in ("de", "zh-Hant"), "" if nothing tells. `left_out` lists everything else
    that no item shows. `withheld` is what its head says against publishing it ("" if nothing); from
    `expires_at` on its site shows it no longer
    (naive if no zone was written). `frame` holds the marks of its lines that were known to recur.
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
    frame: tuple[str, ...] = field(default=(), repr=False)  # no difference to a reader

    @property
    def has_text(self) -> bool:
        """Whether anything is below its head."""
        return bool(self.items or self.intro or self.introduction or self.left_out)

    @property
    def draft(self) -> bool:
        """Whether it is not to be published."""
        return bool(self.withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOptions:
    """A newsletter's own say about its issues (`split:` in the configuration).

    `skip` names sections (by their heading, case-insensitive) that hold no items; `item_level` is
    the heading level (1 to 6) that carries the items; `issue_level` the heading level that opens
    a new issue in a file of many; `one_story` whether each issue is one story, None to find out.
    """

    skip: tuple[str, ...] = ()
    item_level: int | None = None
    issue_level: int | None = None
    one_story: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What reading an issue has to know about its newsletter.

    `site_url` resolves relative links; `permalink` is the pattern by which the site builds an
    issue's address; `host_url` is the file's own page on its Git host, used where neither front
    matter nor `site_url` says more ("" if unknown). A `{path}` in it stands for the path. `frames` holds what
    the issues before a file share, by the file's path.
    """

    site_url: str = ""
    permalink: str = ""
    host_url: str = ""
    split: SplitOptions = field(default_factory=SplitOptions)
    frames: Mapping[str, Frame] = field(default_factory=dict[str, Frame])
