"""Suggestions of patterns that may select a newsletter's issues better than its `include`, for its operator."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from digest.copies import language_folder
from digest.head.dates import MONTH_STEM, MONTHS, folded
from digest.side_pages import SERIES
from pipeline.siblings import Siblings
from sources.patterns import Matcher

_NUMBER = re.compile(r"\d+")
_COUNTED = re.compile(r"(?:/[^/]*\*)+\Z")  # trailing folders of years, weeks and issues: `/*/week_*`
_STARS = re.compile(rf"\*(?:[-_. ]?(?:{MONTH_STEM}[a-z]*[-_. ]?)?\*)+", re.IGNORECASE)  # `2026Aug24` becomes one star
_WORD = re.compile(r"[^\W\d_]{3}")
# names of the folder with the issues of a newsletter that is part of a site
_HOMES = frozenset({"newsletter", "newsletters", "weekly", "weeklies", "issues", "digest", "digests", "infolettre"})
_MOST_NAMED = 6
_FAR_MORE = 3  # ratio to the second largest folder from which the largest stands out
_MOST_OFFERED = 3
_A_SERIES = 0.1  # share of all issues above which files with similar names may be the newsletter
# read like Markdown if `include` matches them
_READ = frozenset({".qmd", ".rmd", ".mkd", ".mkdn", ".mdown", ".livemd", ".txt"})
_PAGES = frozenset({".html", ".htm"})  # also read; any site has some besides its issues
# folders of templates
_LAYOUTS = frozenset({"layouts", "_layouts", "templates", "_templates", "themes", "_includes", "partials", "_partials"})
_FOREIGN = {
    ".rst": "reStructuredText",
    ".adoc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".org": "Org",
    ".textile": "Textile",
}
_DATA = {".json": "JSON", ".ipynb": "notebooks"}  # any site has some besides its issues


def may_hold_issues(path: str) -> bool:
    """Whether a file may be an issue of a type not in the default `include`; hidden files and templates are not."""
    parts = path.split("/")
    if any(part.startswith(".") for part in parts) or (_kind(path) in _PAGES and not _LAYOUTS.isdisjoint(parts)):
        return False
    return _kind(path) in _READ | _PAGES | _FOREIGN.keys() | _DATA.keys()


def other_kinds(others: Iterable[str], issues: Collection[str]) -> Iterator[str]:
    """Yield a line if a folder has more files of another type than there are `issues`, else one if HTML pages are among
    the issues, such as posts from before a site changed to Markdown.
    """
    siblings = Siblings(issues)
    found, issues = siblings.together(others), siblings.together(issues)
    counts = Counter(
        _pattern(path) for path in found if len(issues) < SERIES or _kind(path) not in _PAGES | _DATA.keys()
    )
    series = {pattern: count for pattern, count in counts.items() if count >= SERIES and count > len(issues)}
    if series:
        pattern = max(series, key=lambda one: (_is_home(_COUNTED.sub("", folder_of(one))), series[one]))
        yield _other_kind(pattern, series[pattern])
        return
    yield from _pages_among(issues, found)


def _pages_among(issues: Collection[str], others: Iterable[str]) -> Iterator[str]:
    """Yield a line if HTML pages are in the folders of the issues and were not generated from them."""
    folders = {folder_of(path) for path in issues}
    read = {path.rpartition(".")[0] for path in issues}
    pages = [path for path in others if _kind(path) in _PAGES and folder_of(path) in folders]
    counts = Counter(_pattern(path) for path in pages if path.rpartition(".")[0] not in read)
    if not (beside := Counter({pattern: count for pattern, count in counts.items() if count >= SERIES})):
        return
    also = {_at_its_place(_pattern(path)) for path in issues}  # also of issues elsewhere, which must stay included
    named, rest = sorted(also | beside.keys()), ""
    if len(named) > _MOST_NAMED:
        place = folder_of(beside.most_common(1)[0][0])
        named, rest = (
            [one for one in named if folder_of(one) == place],
            ", with a pattern for each other place of issues",
        )
    told = f"{beside.total():,} files {', '.join(sorted(beside))} are not named by include"
    yield f"{told}: if they are issues too, {_write(*named)}{rest}"


def _other_kind(pattern: str, count: int) -> str:
    if (name := (_FOREIGN | _DATA).get(_kind(pattern))) is None:
        return f"{count:,} files {pattern} are not named by include: if they are the issues, {_write(pattern)}"
    return f"{count:,} files {pattern} are left out: Herald reads Markdown, not {name}"


def narrower(paths: Sequence[str]) -> str | None:
    """Return a suggested `include` for only one language, folder or kind of name; None without a suggestion.

    If several folders hold a series each and none stands out, the `include` of each of the largest is suggested.
    """
    if (line := _one_language(paths)) is not None:
        return line
    paths = Siblings(paths).together(paths)
    return _one_home(paths) or _one_folder(paths) or _one_name(paths) or _some_folder(paths)


def _one_language(paths: Sequence[str]) -> str | None:
    found: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for path in paths:
        if (language := language_folder(path)) is not None:
            before, _, behind = f"/{_pattern(path)}".partition(f"/{language}/")
            found[before, behind][language] += 1
    (before, behind), languages = max(found.items(), key=_size, default=(("", ""), Counter[str]()))
    named = [language for language, _ in languages.most_common()]
    if len(named) < 2 or languages.total() * 2 <= len(paths):
        return None
    first = "en" if "en" in named else named[0]
    several = ", ".join(named[:_MOST_NAMED]) + (" …" if len(named) > _MOST_NAMED else "")
    pattern = f"{before}/{first}/{behind}".removeprefix("/")
    return f"issues in {len(named)} languages ({several}): to follow {first} alone, {_write(pattern)}"


def _size(one: tuple[object, Counter[str]]) -> int:
    return one[1].total()


def _one_home(paths: Sequence[str]) -> str | None:
    counts = Counter(map(_place_of, paths))
    homes = list(filter(_is_home, counts))
    folder = max(homes, key=counts.__getitem__, default=None)
    if folder is None or counts[folder] < 2 or counts[folder] == len(paths):
        return None
    return _alone(paths, folder)


def _is_home(folder: str) -> bool:
    return folder.rpartition("/")[2].casefold().removeprefix("_") in _HOMES


def _one_folder(paths: Sequence[str]) -> str | None:
    (folder, count), (_, second), *_ = [*Counter(map(_place_of, paths)).most_common(2), ("", 0), ("", 0)]
    is_greater = second and (count * 2 > len(paths) or count > second * _FAR_MORE or second < SERIES)
    if count < SERIES or not is_greater:
        return None
    return _alone(paths, folder)


def _alone(paths: Sequence[str], folder: str) -> str:
    count = sum(_place_of(path) == folder for path in paths)
    return f"if only the {count:,} files in {folder or '.'}/ are issues, {_write(*_patterns(paths, folder))}"


def _some_folder(paths: Sequence[str]) -> str | None:
    counts = Counter(map(_place_of, paths)).most_common(_MOST_OFFERED)
    series = [folder for folder, count in counts if count >= SERIES]
    if len(series) < 2:
        return None
    *others, last = (_include(*_patterns(paths, folder)) for folder in series)
    return f"if only one of these places is the newsletter, write {', '.join(others)} or {last}"


def _place_of(path: str) -> str:
    """Return the folder of a file without trailing folders of years, weeks or single issues."""
    return _COUNTED.sub("", folder_of(path))


def _patterns(paths: Iterable[str], folder: str) -> list[str]:
    return sorted({_at_its_place(_pattern(path)) for path in paths if _place_of(path) == folder})


def _at_its_place(pattern: str) -> str:
    """Return the pattern anchored at its folder; without a slash it would match in every folder."""
    return pattern if "/" in pattern else f"/{pattern}"


def _one_name(paths: Sequence[str]) -> str | None:
    shapes = Counter(_starred(path) for path in paths)
    pattern, count = shapes.most_common(1)[0] if shapes else ("", 0)
    others = len(paths) - count
    # other posts have individual names; a second series ("monthly") belongs to the newsletter
    are_posts = others >= SERIES and (len(shapes) - 1) * 2 > others
    if count < max(SERIES, len(paths) * _A_SERIES) or not are_posts:
        return None
    place = PurePosixPath(pattern)
    if _WORD.search(place.stem) is None:  # only a date, so that "*.md" would match all other names too
        pattern = str(place.with_name(f"[0-9]{place.name}"))
        if not place.name.startswith("*") or sum(map(Matcher([pattern], []), paths)) > count:
            return None
    named = _write(_at_its_place(pattern))
    return f"{count:,} of {len(paths):,} issues are named {pattern}: if only they are issues, {named}"


def folder_of(path: str) -> str:
    """Return the folder of a file as a pattern with a star for each year, month, week or single issue."""
    place = PurePosixPath(path)
    folders = [_starred(part) for part in place.parts[:-1]]
    for index, (above, below) in enumerate(pairwise(folders), 1):
        if above == "*" and folded(below) in MONTHS:  # `2024/may`
            folders[index] = "*"
    return "/".join([*folders[:-1], "*"] if folders and place.stem.casefold() == "index" else folders)


def _pattern(path: str) -> str:
    """Return a pattern of the files in the same folder with the same suffix."""
    place, folder = PurePosixPath(path), folder_of(path)
    name = place.name if folder.endswith("*") and place.stem.casefold() == "index" else f"*{place.suffix}"
    return f"{folder}/{name}" if folder else name


def _starred(text: str) -> str:
    return _STARS.sub("*", _NUMBER.sub("*", text))


def _kind(path: str) -> str:
    return PurePosixPath(path).suffix.casefold()


def _write(*patterns: str) -> str:
    return f"write {_include(*patterns)}"


def _include(*patterns: str) -> str:
    named = ", ".join(f'"{pattern}"' for pattern in patterns)
    return f"include: [{named}]"
