"""Determines the URL of an issue, and the fragments of its headings.

Sources in order of precedence: the canonical URL in front matter; a path in front matter (`permalink`, `url`) on the
newsletter's site; the newsletter's `permalink` pattern; if none is configured, the default of the generator that the
file's path indicates (Jekyll, Hugo, Pelican); the file's page on its Git host. A pattern that needs missing metadata (a
date, a title) is skipped.

Patterns use the syntax of the site's generator:

- Jekyll and Hugo: `/:categories/:year/:month/:day/:title/`, `/posts/:slug/`, and Jekyll's names `date`, `pretty`,
  `ordinal`, `weekdate`, `none`;
- Pelican: `{date:%Y}/{slug}.html`;
- Eleventy: `/posts/{{ page.fileSlug }}/`, `{{ title | slugify }}`;
- Astro, Next and other file routes: `/blog/[slug]/`, `/blog/[...slug]/`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from digest.head.metadata import Metadata, fold_key
from digest.tree.urls import parts_of

_JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}
_CONTENT_ROOTS = frozenset({"content", "_posts", "_drafts", "docs", "pages", "public", "static"})
_INDEX = ("index", "_index", "readme")
_TOKEN = re.compile(
    r":(?P<colon>[a-z_]+)(?P<slice>\[[^\]]*\])?"
    r"|\{\{-?\s*(?P<braces>[^{}]{1,200}?)\s*-?\}\}"
    r"|\{(?P<brace>[a-z_]+)(?::(?P<format>[^{}]{1,50}))?\}"
    r"|\[(?:\.\.\.)?(?P<bracket>[a-z_]+)\]"
)
_DATE_FORMATS = {
    "year": "%Y", "short_year": "%y", "month": "%m", "short_month": "%b", "long_month": "%B", "monthname": "%B",
    "day": "%d", "short_day": "%a", "long_day": "%A", "weekdayname": "%A", "y_day": "%j", "yearday": "%j",
    "week": "%V", "w_year": "%G", "w_day": "%u", "weekday": "%w",
}  # fmt: skip
_TIME_FORMATS = {"hour": "%H", "minute": "%M", "second": "%S"}


class _MissingError(Exception):
    """The issue lacks the metadata that a pattern needs."""


def issue_url(
    metadata: Metadata, path: str, *, site_url: str = "", permalink: str = "", host_url: str = ""
) -> str | None:
    """Return the URL of the issue in the file `path` (relative to its source's root); None if it is unknown."""
    if metadata.url:
        return metadata.url
    if parts_of(site_url).scheme in ("http", "https"):
        place = _Place.of(metadata, path)
        own = next(
            (value for key in ("permalink", "url", "path") if "/" in (value := metadata.values.get(key, ""))), ""
        )
        for pattern in (own, permalink, "" if permalink else place.default):
            if pattern and (address := _built(site_url, pattern, place)):
                return address
    if host_url:
        return host_url.replace("{path}", quote(path.lstrip("/"), safe="/"))
    return None


def link_base(path: str, site_url: str) -> str:
    """Return the base URL of relative links in the file `path` on the newsletter's site.

    Generators resolve them from the file's folder within the site's content. If no folder of the path is a known
    content folder, the base is the site's root.
    """
    folders = [part for part in PurePosixPath(path).parts if part not in ("/", ".", "..")][:-1]
    root = next((index for index, folder in enumerate(folders) if folder in _CONTENT_ROOTS), len(folders))
    inner = [folder for folder in folders[root + 1 :] if folder not in _CONTENT_ROOTS]
    if not inner or not site_url:
        return site_url
    return f"{site_url.rstrip('/')}/{quote('/'.join(inner))}/"


def anchor(heading: str, used: dict[str, int]) -> str:
    """Return the fragment of a heading as GitHub does: "What's new?" becomes "whats-new".

    `heading` is plain text. `used` holds the fragments of one page across calls: repeated ones get "-1", "-2".
    """
    kept = (char for char in heading.strip().lower() if char in "-_ " or unicodedata.category(char)[0] in "LNM")
    slug = "".join(kept).replace(" ", "-")
    unique = slug
    while unique in used:
        used[slug] += 1
        unique = f"{slug}-{used[slug]}"
    used[unique] = 0
    return unique


def _built(site_url: str, pattern: str, place: _Place) -> str | None:
    try:
        path = place.fill(_JEKYLL_STYLES.get(pattern.strip(), pattern.strip()))
    except _MissingError:
        return None
    path = re.sub(r"/{2,}", "/", path).lstrip("/")
    return site_url.rstrip("/") + "/" + quote(path, safe="/:@!$&'()*+,;=~-._%?#")


@dataclass(frozen=True, slots=True)
class _Place:
    """An issue's file as its generator sees it."""

    metadata: Metadata
    generator: str  # "jekyll", "hugo", "pelican", "astro" or ""
    sections: tuple[str, ...]  # folders between the content root and the file
    name: str  # file name without date and extension; for an index file, the folder's name

    @classmethod
    def of(cls, metadata: Metadata, path: str) -> _Place:
        parts = [part for part in PurePosixPath(path).parts if part not in ("/", ".", "..")] or [""]
        folders, stem = parts[:-1], PurePosixPath(parts[-1]).stem
        generator, root = _generator(folders, metadata)
        sections = folders[root:]
        if stem.casefold() in _INDEX and sections:
            stem = sections.pop()
        return cls(metadata, generator, tuple(sections), re.sub(r"^\d{4}-\d{1,2}-\d{1,2}[-_]?(?=.)", "", stem))

    @property
    def default(self) -> str:
        """The generator's default pattern; "" if there is none."""
        hugo = "/:sections/:slugorfilename/"
        return {"jekyll": _JEKYLL_STYLES["date"], "hugo": hugo, "pelican": "{slug}.html"}.get(self.generator, "")

    def fill(self, pattern: str) -> str:
        """Return `pattern` with every token replaced; raises `_MissingError`."""
        return _TOKEN.sub(self._token, pattern)

    def _token(self, found: re.Match[str]) -> str:
        if expression := found["braces"]:
            return self._eleventy(expression)
        name = found["colon"] or found["brace"] or found["bracket"]
        if found["format"]:
            return self._when(found["format"])
        if found["slice"] and name == "sections":
            return _sliced(self.sections, found["slice"])
        return self._value(name)

    def _value(self, name: str) -> str:
        if name in _DATE_FORMATS:
            return self._when(_DATE_FORMATS[name])
        if name in _TIME_FORMATS:
            moment = self.metadata.published_at
            return moment.strftime(_TIME_FORMATS[name]) if moment else "00"
        if name in ("i_month", "i_day"):
            return str(int(self._when("%m" if name == "i_month" else "%d")))
        makers: Mapping[str, Callable[[], str]] = {
            "title": self._title,
            "slug": self._slug,
            "slugorfilename": lambda: self.metadata.slug or self._file(),
            "slugorcontentbasename": lambda: self.metadata.slug or self._file(),
            "categories": lambda: _lowered(self.metadata.values.get("categories", "")),
            "slugified_categories": lambda: slugify(self.metadata.values.get("categories", ""), keep="/"),
            "section": lambda: self.sections[0] if self.sections else "",
            "sections": lambda: "/".join(self.sections),
            "path": lambda: "/".join((*self.sections, self._file())),
            "output_ext": lambda: ".html",
        }
        if name in makers:
            return makers[name]()
        if name in ("name", "basename", "filename", "contentbasename", "fileslug", "id"):
            return self._file()
        return self._written(name)

    def _written(self, name: str) -> str:
        value = slugify(self.metadata.values.get(fold_key(name), ""))
        if not value:
            raise _MissingError(name)
        return value

    def _title(self) -> str:
        if self.generator == "jekyll":  # Jekyll derives `:title` from the file name, in its original case
            return re.sub(r"[^\w._~!$&'()+,;=@-]+", "-", self.metadata.slug or self.name).strip("-")
        return slugify(self.metadata.title) or self._file()

    def _slug(self) -> str:
        if self.metadata.slug:
            return self.metadata.slug
        if self.generator in ("hugo", "pelican"):
            return slugify(self.metadata.title, ascii_only=self.generator == "pelican") or self._file()
        return slugify(self.name)

    def _file(self) -> str:
        return self.name.lower() if self.generator == "hugo" else self.name

    def _when(self, format_: str) -> str:
        date = self.metadata.date
        if date is None:
            raise _MissingError("date")
        moment = self.metadata.published_at or dt.datetime.combine(date, dt.time())
        return moment.strftime(format_.replace("%-", "%"))

    def _eleventy(self, expression: str) -> str:
        name, *filters = (part.strip() for part in expression.split("|"))
        name = name.removeprefix("page.").removeprefix("post.").removeprefix("data.").casefold()
        if name == "date":
            named = re.search(r"%[-%/\w .]+|(?i:yyyy)[-/\w]*", " ".join(filters))
            if not named:
                raise _MissingError("date")
            return self._when(_luxon(named.group()))
        value = self.metadata.title if name == "title" else self._value(name)
        return slugify(value) if any(item.startswith("slug") for item in filters) else value


def _generator(folders: list[str], metadata: Metadata) -> tuple[str, int]:
    """Return the generator indicated by the folders, and how many of them lead to the content root."""
    for index, folder in enumerate(folders):
        if folder in ("_posts", "_drafts"):
            return "jekyll", index + 1
        if folder == "content":
            if index and folders[index - 1] == "src":
                return "astro", index + 1
            return ("pelican" if metadata.kind == "pelican" else "hugo"), index + 1
    return ("pelican" if metadata.kind == "pelican" else ""), len(folders)


def slugify(text: str, *, ascii_only: bool = False, keep: str = "") -> str:
    """Return `text` as generators use it in URLs: lower case, words joined by dashes."""
    if ascii_only:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    text = re.sub(rf"[^\w\s{re.escape(keep)}-]", "", text.lower())
    return re.sub(r"[-\s]+", "-", text).strip("-")


def _lowered(categories: str) -> str:
    return "/".join("-".join(part.split()).lower() for part in categories.split("/"))


def _sliced(sections: tuple[str, ...], written: str) -> str:
    """Evaluate Hugo's `:sections[1:]`, `:sections[last]`, `:sections[:2]`."""
    inner = written[1:-1].replace("last", str(len(sections) - 1))
    numbers = [int(part) if re.fullmatch(r"\d{1,3}", part) else None for part in inner.split(":")]
    if len(numbers) == 1:
        return "/".join(sections[numbers[0] or 0 :][:1])
    return "/".join(sections[numbers[0] : numbers[1]])


def _luxon(format_: str) -> str:
    """Return a date format of Luxon or Day.js ("yyyy/MM/dd") as Python's; others are unchanged."""
    if "%" in format_:
        return format_
    names = {"yyyy": "%Y", "YYYY": "%Y", "MM": "%m", "dd": "%d", "DD": "%d"}
    return re.sub("|".join(names), lambda found: names[found.group()], format_)
