"""Front matter that keeps an issue unpublished: one table for all generators, also shown in docs/authors.md.

Each generator only reads its own keys. Herald does not know which one builds the site, and posting an unpublished issue
is worse than holding one back, so all keys count for every issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, cast

from errors import S_

NO = frozenset({"false", "no", "off", "0", "n"})
YES = frozenset({"true", "yes", "on", "1", "y"})
_IS_TEMPLATE, _IS_PART = S_("a template, not an issue"), S_("a part of the site, not an issue")
NO_ISSUE = frozenset({_IS_TEMPLATE, _IS_PART})  # reasons for files that are not issues at all
DRAFT, _PRIVATE = S_("a draft"), S_("not for the public ({key})")
# Values with which a CMS or membership site restricts access; spaces, "-" and "_" are ignored.
HIDING_WORDS = frozenset({
    "draft", "autodraft", "private", "hidden", "skip", "unpublished", "unlisted", "pending", "wip", "review",
    "inreview", "needsreview", "notstarted", "inprogress", "internal", "password", "trash", "embargo", "embargoed",
    "members", "membersonly", "paid", "tiers", "premium", "onlypaid", "onlyfree", "founding",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to keep an issue unpublished: any of `keys`, as they are written, with one of `values`.

    `values` None means anything but "no"; a dotted key refers to a key in a group. `source` is the URL of the
    documentation. A value that `is_secret` is not repeated in the reason.
    """

    keys: tuple[str, ...]
    values: frozenset[str] | None
    generators: str
    source: str
    is_draft: bool = False
    is_secret: bool = False


RULES = (
    Rule(
        ("draft", "isDraft", "unpublished", "saveAsDraft"), YES, "Hugo, Docusaurus, Zola, Quarto, Material for MkDocs",
        "https://gohugo.io/content-management/front-matter/#draft", is_draft=True,
    ),
    Rule(
        ("published", "publish", "isPublished"), NO, "Jekyll, Hexo, Middleman, Obsidian Publish",
        "https://jekyllrb.com/docs/front-matter/#predefined-global-variables", is_draft=True,
    ),
    Rule(("dg-publish",), NO, "Obsidian Digital Garden", "https://dg-docs.ole.dev/getting-started/03-note-settings/"),
    Rule(("unlisted",), YES, "Docusaurus", "https://docusaurus.io/docs/api/plugins/@docusaurus/plugin-content-blog"),
    Rule(("private", "hidden", "_hidden"), YES, "themes of Jekyll and Hexo, Lektor",
         "https://www.getlektor.com/docs/content/"),
    Rule(("hide",), YES, "themes of Hexo", "https://hexo.fluid-dev.com/docs/en/guide/"),
    Rule(("visible", "listed"), NO, "Grav, themes of Zola", "https://learn.getgrav.org/17/content/headers#visible"),
    Rule(("password",), None, "plug-ins of Hexo, Hugo and Astro that encrypt a post",
         "https://github.com/D0n9X1n/hexo-blog-encrypt#readme", is_secret=True),
    Rule(("encrypted", "encrypt", "protected"), YES, "plug-ins of Hexo, Hugo and Astro that encrypt a post",
         "https://github.com/D0n9X1n/hexo-blog-encrypt#readme"),
    Rule(("_discoverable",), NO, "Lektor", "https://www.getlektor.com/docs/content/"),
    Rule(("headless",), YES, "Hugo", "https://gohugo.io/content-management/page-bundles/#headless-bundle"),
    Rule(("build.render", "_build.render"), frozenset({"never", "link"}) | NO, "Hugo",
         "https://gohugo.io/content-management/build-options/"),
    Rule(("build.list", "_build.list"), frozenset({"never", "local"}) | NO, "Hugo",
         "https://gohugo.io/content-management/build-options/"),
    Rule(("permalink",), NO, "Eleventy",
         "https://www.11ty.dev/docs/permalinks/#skip-writing-to-the-file-system"),
    Rule(("eleventyExcludeFromCollections",), None, "Eleventy",
         "https://www.11ty.dev/docs/collections/#how-to-exclude-content-from-collections"),
    Rule(("status", "state", "visibility", "draft"), HIDING_WORDS, "Ghost, Pelican, Nikola, WordPress, most CMS",
         "https://docs.ghost.org/admin-api/posts/overview"),
    Rule(("audience", "email_type"), HIDING_WORDS, "exports of Substack and Buttondown",
         "https://docs.buttondown.com/api-emails-introduction"),
)  # fmt: skip
# From that moment, a rebuilt site no longer shows the issue: Hugo's expiryDate and equivalents.
EXPIRY_KEYS = (
    "expiryDate", "unpublishDate", "expires", "expiresAt", "expiresOn", "expirationDate", "unpublishAt", "unpublishOn",
)  # fmt: skip

# A folder of drafts, or the file in which the next issue is written.
_DRAFTS = frozenset({"_drafts", "drafts", "_draft", "draft"})
# Unpublished issues, at the top level of a repository only, because elsewhere `future/` may be a subject.
_LATER = frozenset({"future", "_future", "upcoming", "_upcoming", "unpublished", "wip"})
# Folders of site sources: Hugo's archetypes, and the page fragments of Jekyll and Eleventy.
_BUILDING = frozenset({"archetypes", "_includes", "_layouts", "_partials"})
# example posts of a theme
_OF_A_THEME = re.compile(r"(?:^|/)themes/[^/]+/(?:content|examplesite|source)/", re.IGNORECASE)
# Templates of issues: `_template/`, `TWIT-template.md`, `ISSUE_TEMPLATE/`; not `2024-05-01-template.md` and
# `introducing-our-template.md`, which are issues about a template.
_TEMPLATE = re.compile(r"_?(?:[^\W\d_]+[-_. ])?template|_?templates")

Fold = Callable[[str], str]


def withheld(get: Callable[[str], object], path: str, fold: Fold) -> str:
    """Return the reason not to publish an issue, "" if there is none.

    `get` returns a value in front matter by its folded key.
    """
    by_path = _withheld_by_path(PurePosixPath(path))
    if by_path in NO_ISSUE:  # regardless of front matter, because Hugo's archetypes are also drafts
        return by_path
    for rule in RULES:
        for key in rule.keys:
            if (value := _forbidding(_value(get, key, fold), rule, fold)) is not None:
                named = key if rule.is_secret else f"{key}: {value}"
                return DRAFT if rule.is_draft else _PRIVATE.format(key=named)
    return by_path


def _withheld_by_path(path: PurePosixPath) -> str:
    folders = [folder.casefold() for folder in path.parent.parts]
    top = folders[0] if folders else ""
    if top in _LATER or not _DRAFTS.isdisjoint((*folders, path.stem.casefold())):
        return DRAFT
    if any(_TEMPLATE.fullmatch(name) for name in (*folders, path.stem.casefold())):
        return _IS_TEMPLATE
    is_named_part = path.name.startswith("_") and path.stem.casefold() != "_index"
    is_part = is_named_part or _OF_A_THEME.search(str(path)) is not None
    return _IS_PART if is_part or not _BUILDING.isdisjoint(folders) else ""


def _value(get: Callable[[str], object], key: str, fold: Fold) -> object:
    group, dot, inner = key.partition(".")
    value = get(fold(group))
    if not dot:
        return value
    if not isinstance(value, dict):
        return None
    members = {fold(str(name)): each for name, each in cast("Mapping[str, object]", value).items()}
    return members.get(fold(inner))


def _forbidding(value: Any, rule: Rule, fold: Fold) -> str | None:
    """Return the value that forbids publishing; in a list, any entry."""
    entries = cast("Sequence[object]", value) if isinstance(value, list) else [value]
    words = [entry.strip() for entry in entries if isinstance(entry, str) and entry.strip()]
    for word in words:
        plain = fold(word)
        if plain in rule.values if rule.values is not None else plain not in NO:
            return word[:60]
    return None
