"""Extracts an issue's metadata from front matter, with fallbacks: the first heading and the file's name for the title.

Keys are compared without case, dashes and underscores ("publishDate", "publish_date"), and all names used by common
generators are recognised. Template placeholders ("<image path/url>", PaperMod's "Desc Text.") count as missing.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from digest.emoji import with_emoji
from digest.head import dates
from digest.head.front_matter import Head, read_head
from digest.head.titles import heading_title, name_title
from digest.head.visibility import DRAFT, EXPIRY_KEYS, NO, YES, withheld
from digest.model import Notice

_RULE = "front-matter"

_FOOTNOTE = re.compile(r"[ \t]*\[\^[^\]\s]{1,40}\]")  # a footnote reference, which does not belong in the title
_TITLE_KEYS = (
    "title", "name", "headline", "subject", "pagetitle", "posttitle", "newstitle", "issuetitle", "articletitle",
    "metatitle",
)  # fmt: skip
# Publication dates take precedence over creation dates, because an issue dated in the future is held back.
_DATE_KEYS = (
    "publishdate", "pubdate", "pubdatetime", "publisheddate", "publicationdate", "datepublished", "publishedat",
    "publishedon", "publishedtime", "publishat", "publishon", "published", "date", "issuedate", "datetime", "postdate",
    "posted", "postedon", "postedat", "sentat", "senton", "sentdate", "senddate", "sent",
    "created", "createdat", "createdon", "datecreated", "createddate", "day", "fecha", "datum", "data", "дата", "日期",
    "日付", "날짜",
)  # fmt: skip
_SUMMARY_KEYS = (
    "summary", "description", "excerpt", "customexcerpt", "abstract", "tldr", "metadescription", "desc", "teaser",
    "blurb", "subtitle", "subheading", "dek",
)  # fmt: skip
_LANGUAGE_KEYS = ("lang", "language", "locale", "langcode")
_URL_KEYS = ("canonicalurl", "canonical", "canonicallink", "canonicaluri", "absoluteurl", "url", "permalink")
_LINK_KEYS = ("link", "externalurl", "externallink")  # the target of a link post
_PLACE_KEYS = ("permalink", "url", "path")  # the path on its site
_IMAGE_KEYS = (
    "image", "cover", "coverimage", "featuredimage", "featureimage", "featured", "thumbnail", "thumb",
    "hero", "heroimage", "banner", "bannerimage", "socialimage", "ogimage", "twitterimage", "images", "img", "photo",
    "header", "preview", "previewimage", "poster", "thumbnailurl", "imageurl", "coverurl", "metaimage",
)  # fmt: skip
_IMAGE_PARTS = ("image", "src", "url", "path", "file", "href", "ogimage", "teaser", "overlayimage", "feature")
_NESTED = ("extra", "params", "eleventycomputed", "seo", "meta", "attributes", "frontmatter", "opengraph")
_PLACEHOLDERS = re.compile(
    r"<[^>]*>|desc text\.?|lorem ipsum.*|todo|tbd|n/a|none|null|nil|path/to/.*|https?://canonical\.url/.*"
    r"|https?://(?:www\.)?example\.(?:com|org|net)/?(?:path/.*)?",
    re.IGNORECASE,
)
# placeholders of dates: "2026-(TODO: MM-DD)", "YYYY-MM-DD"
_NO_DATE_YET = re.compile(r"\b(?:todo|tb[da]|y{4}|x{4})\b|-(?:mm|xx)\b", re.IGNORECASE)
_NO_DAY = ("0001-01-01", "1970-01-01")  # written by programs for no date, and by sites on which dates only sort pages
_NOTE_LINK = re.compile(r"\[\[(?P<note>[^\[\]|]+)(?:\|(?P<words>[^\[\]]+))?\]\]")
_COMMAS = re.compile(r"[,;，；、]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The metadata of an issue.

    `title` is never empty; `date`, `published_at`, `withheld` and `expires_at` are as in `model.Issue`. `url` is an
    absolute canonical URL, `link` that of the page a link post is about; None if missing. `body_start_line` is the
    number of lines to skip, `kind` the format of the front matter ("yaml", "toml", "json", "edn", "pelican", "pandoc",
    "mdx", "definitions", "notion", "" for none). `values` holds the variables of permalink patterns: the scalars in
    front matter by folded key, and "categories" joined by "/".
    """

    title: str = ""
    date: dt.date | None = None
    published_at: dt.datetime | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    language: str = ""
    withheld: str = ""
    expires_at: dt.datetime | None = None
    slug: str = ""
    url: str | None = None
    link: str | None = None
    image: str | None = None
    body_start_line: int = 0
    kind: str = ""
    notices: tuple[Notice, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])


def read_metadata(text: str, path: str) -> Metadata:
    """Return the metadata of the issue `text` in the file `path`; never raises."""
    head = read_head(text)
    keys = _Keys(head)
    when, notices = _date(keys, path)
    expires_at, more = _expiry(keys)
    name = name_title(path)
    named = _FOOTNOTE.sub("", keys.first_text(_TITLE_KEYS) or heading_title(text, head.length, name))
    title = with_emoji(named) or name
    date = when.date if when else dates.path_date(path) or _address_date(keys) or _named_date(title, path)
    return Metadata(
        title=title,
        date=date,
        published_at=when.moment if when else None,
        tags=_tags(keys, by_commas=head.kind in {"pelican", "notion"}),
        summary=keys.first_text(_SUMMARY_KEYS),
        language=keys.first_text(_LANGUAGE_KEYS),
        withheld=withheld(keys.get, path, fold_key) or (DRAFT if _is_unfilled(keys) else ""),
        expires_at=expires_at,
        slug=keys.text("slug"),
        url=_canonical(keys),
        link=_link(keys),
        image=_image(keys),
        body_start_line=head.length,
        kind=head.kind,
        notices=(*head.notices, *notices, *more),
        values=keys.for_permalink(),
    )


def fold_key(key: str) -> str:
    """Return a key normalised for comparison: lower case, without dashes, underscores, dots, colons and spaces."""
    return re.sub(r"[-_.\s:]", "", key.casefold())


class _Keys:
    """Values in front matter by folded key; nested groups such as `extra:` and `params:` provide missing keys."""

    def __init__(self, head: Head) -> None:
        self._values: dict[str, Any] = {}
        self._lines = {fold_key(key): line for key, line in head.lines.items()}
        for key, value in head.values.items():
            self._values[fold_key(key)] = value
        for group in _NESTED:
            inner = self._values.get(group)
            if isinstance(inner, dict):
                for key, value in cast("dict[str, Any]", inner).items():
                    self._values.setdefault(fold_key(key), value)

    def get(self, key: str) -> Any:
        return self._values.get(key)

    def line(self, key: str) -> int:
        return self._lines.get(key, 1)

    def text(self, key: str) -> str:
        """Return the value as one line of plain text; "" if it is missing, a placeholder or not a scalar."""
        return _text(self._values.get(key))

    def first_text(self, keys: Sequence[str]) -> str:
        """Return the first value that is set; a template expression counts as unset."""
        return next((text for key in keys if (text := self.text(key)) and "{{" not in text), "")

    def for_permalink(self) -> dict[str, str]:
        values = {key: text for key, value in self._values.items() if isinstance(value, str) and (text := _text(value))}
        categories = self._values.get("categories") or self._values.get("category") or ""
        if isinstance(categories, str):
            parts = _COMMAS.split(categories) if _COMMAS.search(categories) else categories.split()
        else:
            parts = _names(categories)
        values["categories"] = "/".join(part.strip() for part in parts if part.strip())
        return values


def _text(value: object) -> str:
    if isinstance(value, dict):  # a title in several languages
        value = next(iter(cast("dict[str, object]", value).values()), "")
    if not isinstance(value, str):
        return ""
    text = " ".join(value.split())
    if "&" in text:
        text = html.unescape(text)
    return "" if _PLACEHOLDERS.fullmatch(text) else text


def _names(value: object) -> list[str]:
    """Return the names in a list of strings, or of objects with names, as in Ghost's exports of tags."""
    names: list[str] = []
    for entry in cast("list[object]", value) if isinstance(value, list) else [value]:
        name = entry
        if isinstance(entry, dict):
            group = {fold_key(key): inner for key, inner in cast("dict[str, object]", entry).items()}
            name = group.get("name") or group.get("title") or group.get("label") or group.get("slug")
        if text := _text(name):
            names.append(text)
    return names


def _is_no_date(text: str) -> bool:
    """Whether the value of a date key is not a date: it is empty, a boolean, or a program's value for no date."""
    return not text or text.casefold() in NO | YES or text.startswith(_NO_DAY)


def _date(keys: _Keys, path: str) -> tuple[dates.When | None, list[Notice]]:
    """Return the date and moment in front matter, with notices about invalid or ambiguous dates."""
    notices: list[Notice] = []
    for key in _DATE_KEYS:
        text = _text(_dated_value(keys.get(key)))
        if _is_no_date(text):
            continue
        when = dates.parse_when(text)
        if when is None:
            notices.append(Notice(keys.line(key), f'"{text[:60]}" is not a date: write 2023-09-07', "date"))
            continue
        if when.is_guess:
            other = dt.date(when.date.year, when.date.day, when.date.month)
            if dates.path_date(path) == other:
                return dates.When(other, when.moment and dt.datetime.combine(other, when.moment.timetz())), notices
            message = f'"{text[:60]}" was read as {when.date.isoformat()}: write that, or the day that is meant'
            notices.append(Notice(keys.line(key), message, "date"))
        return when, notices
    return None, notices


def _address_date(keys: _Keys) -> dt.date | None:
    """Return the date in the path in front matter, which may be the only one in Zola: `path = "2026/08/21/ducks"`.

    Absolute URLs are ignored because they may belong to other pages.
    """
    places = (text for key in _PLACE_KEYS if "://" not in (text := keys.text(key)))
    return next((date for place in places if (date := dates.path_date(place)) is not None), None)


def _named_date(title: str, path: str) -> dt.date | None:
    return dates.find_date(title) or dates.name_date(path, title)


def _is_unfilled(keys: _Keys) -> bool:
    """Whether a publication date is still a placeholder, as in a copied template."""
    written = (_dated_value(keys.get(key)) for key in _DATE_KEYS)
    return any(isinstance(value, str) and _NO_DATE_YET.search(value) for value in written)


def _dated_value(value: object) -> object:
    """Return the value of a date key; MkDocs nests several: `date: {created: …, updated: …}`."""
    if not isinstance(value, dict):
        return value
    inner = {fold_key(name): entry for name, entry in cast("dict[str, object]", value).items()}
    return next((inner[name] for name in ("created", *_DATE_KEYS) if inner.get(name)), None)


def _tags(keys: _Keys, *, by_commas: bool) -> tuple[str, ...]:
    """Return tags from a list or a string, split at commas if it has any, else at spaces as in Jekyll."""
    value = keys.get("tags") or keys.get("tag") or _taxonomy(keys.get("taxonomies"))
    if isinstance(value, str):
        text = _text(value).strip("[]")
        found = _COMMAS.split(text) if by_commas or _COMMAS.search(text) else text.split()
    else:
        found = _names(value)
    plain = (_plain_tag(tag) for tag in found)
    return tuple(dict.fromkeys(tag for tag in plain if tag))


def _plain_tag(tag: str) -> str:
    """Return a tag without quotes and "#", or the displayed text of an Obsidian link: `[[Topics/AI|AI]]`."""
    link = _NOTE_LINK.fullmatch(tag.strip().strip("\"'"))
    shown = link["words"] or link["note"].rsplit("/", 1)[-1] if link else tag
    return shown.strip().strip("\"'").removeprefix("#").strip()


def _taxonomy(value: object) -> object:
    return cast("dict[str, object]", value).get("tags") if isinstance(value, dict) else None


def _expiry(keys: _Keys) -> tuple[dt.datetime | None, list[Notice]]:
    """Return the moment from which the site no longer shows the issue, as written; a day means its start."""
    for key in EXPIRY_KEYS:
        text = keys.text(fold_key(key))
        if _is_no_date(text):
            continue
        when = dates.parse_when(text)
        if when is None:
            message = f'"{text[:60]}" is not a date: write 2023-09-07'
            return None, [Notice(keys.line(fold_key(key)), message, "date")]
        return when.moment or dt.datetime.combine(when.date, dt.time()), []
    return None, []


def _canonical(keys: _Keys) -> str | None:
    return _web_address(keys, _URL_KEYS)


def _link(keys: _Keys) -> str | None:
    """Return the URL of the target of a link post; `link` in WordPress exports is the post's own URL."""
    return None if keys.text("wordpressid") else _web_address(keys, _LINK_KEYS)


def _web_address(keys: _Keys, names: Sequence[str]) -> str | None:
    for key in names:
        text = keys.text(key)
        if re.match(r"https?://[^\s/]", text, re.IGNORECASE) and not re.search(r"\s", text):
            return text
    return None


def _image(keys: _Keys) -> str | None:
    for key in _IMAGE_KEYS:
        value = keys.get(key)
        if isinstance(value, list):
            value = cast("list[object]", value)[0] if value else None
        if isinstance(value, dict):
            inner = {fold_key(name): entry for name, entry in cast("dict[str, object]", value).items()}
            value = next((inner[part] for part in _IMAGE_PARTS if _text(inner.get(part))), None)
        text = _text(value)
        if _is_picture(text):
            return text
    return None


def _is_picture(text: str) -> bool:
    """Whether a value can be an image's URL; "featured: true" and "header: dark" are not."""
    if not text or text.casefold() in YES | NO or " " in text.strip():
        return False
    return "/" in text or bool(re.search(r"\.(?:png|jpe?g|gif|webp|avif|svg|bmp)$", text, re.IGNORECASE))
