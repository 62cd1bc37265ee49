"""Detects side pages: files beside a newsletter's issues, such as a README, a contributor list or an index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from digest.copies import translated_from
from digest.head.dates import path_date
from digest.model import Issue
from digest.order import is_dated

_SIDE_PAGE = re.compile(
    r"(?:readme|contributing|code[-_]?of[-_]?conduct|licen[cs]e|copying|security|support|governance|changelog|changes|"
    r"history|authors|contributors|maintainers|credits|acknowledgements|roadmap|todo|summary|toc|_?index|home|about|"
    r"archives?|subscribe|404|500|privacy(?:[-_]policy)?|imprint|impressum|terms(?:[-_](?:of|and)[-_]\w+)?|contact|copyright|claude|agents|gemini|skill|"
    r"copilot[-_]instructions|pull[-_]request)(?:[._-][a-z]{2}(?:[_-]\w{2,4})?)?"
)
# Names of undated issues in a folder of their own: `12.md`, `2026-03.md`, `issue-12.md`; not `bip-39.md`, nor
# `2026.md`, which lists a year. A number with words is an issue in a folder for issues (`12-spring.md`) and a chapter
# elsewhere (`2-setup.md`). Never issues: `2026-meeting.md`, and `0001-ponds.md`, a proposal.
_NUMBERED_ISSUE = re.compile(
    r"(?!(?:19|20)\d\d$)"
    r"(?:.*(?:issue|edition|vol|volume|number|no|nr|week|weekly|newsletter|digest)[\W_]*)?\d+(?:[-_]\d+)*"
)
_NUMBER_AND_WORDS = re.compile(r"(?!(?:19|20)\d\d[-_ ]\D|0\d{3}[-_ ])\d+[-_ ].*")
_NUMBER = re.compile(r"\d+")
_OLD_README = re.compile(r"readme[-_.]?\d[\d._-]*")  # `README-2018.md`, an earlier README
# folders of issues, even beside many pages
_HOMES = frozenset({"_posts", "posts", "_newsletters", "newsletters", "_newsletter", "newsletter", "issues", "weekly"})
# folders in which a number counts issues, even with words after it
_SERIALS = _HOMES | {"weeklies", "digest", "digests", "letters", "editions"}
# folders of test data and of third-party code
_TRIALS = frozenset({"test", "tests", "__tests__", "testdata", "fixtures", "vendor", "node_modules", "third_party"})
# folders in which a site's pages start, with its blog in a folder below: Hugo, Zola, Pelican, Hexo
_ROOTS = frozenset({"content", "source"})
_DOCS = frozenset({"docs", "versioned_docs"})  # documentation: Docusaurus, MkDocs, VitePress
# folders within documentation that are not documentation: `docs/blog/`
_IN_DOCS = _HOMES | {"blog", "news", "updates", "archive", "changelog", "release-notes"}
_PAGES = frozenset({"pages", "_pages", "about", "legal"})  # folders of pages, whatever their names
_LISTS = frozenset({"index", "_index", "readme"})  # names of pages that can be issues if they have a date
_FAR_FEWER = 2
_YOUNG = 2  # minimum issues of a new newsletter in a folder for issues
_FAR_MORE = 3
SERIES = 5  # minimum issues with a date or number from which pages elsewhere in the repository are not issues


def may_be_side_page(issue: Issue) -> bool:
    """Whether a file has no date and is named like a side page (README, CONTRIBUTING, an index, `blog/blog.md`).

    It is a side page if its folder or a subfolder has issues; otherwise a README may be the newsletter itself.
    """
    stem = _stem(issue.path)
    is_index = stem == _folder(issue.path).rpartition("/")[2].casefold() and _NUMBER.search(stem) is None
    return not is_dated(issue) and (is_index or _SIDE_PAGE.fullmatch(stem) is not None)


class Shelves:
    """The layout of a newsletter's issues in folders, from their paths and whether each has a date."""

    def __init__(self, places: Iterable[tuple[str, bool]]) -> None:
        self._dated, self._numbered, self._plain = Counter[str](), Counter[str](), Counter[str]()
        self._dated_in = Counter[str]()
        self._bundles: set[str] = set()  # folders of a dated `index.md` and the files that belong to it
        self._counted: set[tuple[str, int]] = set()  # folders, and the numbers that are whole names of files in them
        self._originals: dict[str, list[str]] = {}
        for path, has_date in places:
            self._dated_in[_folder(path)] += has_date
            kind = self._dated if has_date else self._numbered if _NUMBER.search(_stem(path)) else self._plain
            kind[_shelf(path)] += 1
            if (stem := _stem(path)).isdecimal():
                self._counted.add((_folder(path), int(stem)))
            if has_date and stem == "index":
                self._bundles.add(_folder(path))

    def is_side_page(self, issue: Issue, *, is_chosen: bool) -> bool:
        """Whether a file is a side page: a README, or a page of the repository that contains the issues.

        If the file was selected by `include` (`is_chosen`), only names of side pages are considered.
        """
        if issue.part:
            return False
        shelf = _shelf(issue.path)
        if not is_chosen and (self._is_of_trials(shelf) or self._is_of_collection(shelf)):
            return True
        if is_dated(issue):
            return not is_chosen and (
                self._is_beside_its_index(issue.path)
                or self._lists_issues(issue, shelf)
                or self._is_among_pages(shelf)
                or self._is_dated_page(issue.path, shelf)
            )
        if self._is_called_page(issue) and self._has_issues_below(shelf):
            return True
        return not is_chosen and self._stands_apart(issue, shelf)

    def lacks_date(self, issue: Issue) -> bool:
        """Whether an issue has neither date nor number although most in its folder do.

        It is a template, a list of issues, or an issue whose author forgot the date.
        """
        shelf = _shelf(issue.path)
        if issue.part or is_dated(issue) or _NUMBER.search(self._name(issue)) is not None:
            return False
        return self._dated[shelf] >= SERIES and self._size(shelf) > (_FAR_MORE + 1) * self._plain[shelf]

    def _is_called_page(self, issue: Issue) -> bool:
        """Whether a file is named like a side page; `404.md` is not, beside `403.md`."""
        folder, stem = _folder(issue.path), _stem(issue.path)
        is_counted = stem.isdecimal() and not self._counted.isdisjoint((folder, int(stem) + step) for step in (-1, 1))
        return not is_counted and may_be_side_page(issue)

    def _name(self, issue: Issue) -> str:
        """Return an issue's name: its folder's for `week-12/README.md`, else its file's."""
        path = issue.path
        return _folder(path).rpartition("/")[2] if self._is_called_page(issue) else _stem(path)

    def _stands_apart(self, issue: Issue, shelf: str) -> bool:
        """Whether a file without a date is apart from the issues."""
        if self._dated[shelf] and not self._is_for_pages(issue.path, shelf):
            return self._is_part_of_an_issue(issue.path, shelf)
        stem, name = _stem(issue.path), self._name(issue)
        others = self._numbered + self._plain
        if self._is_series(self._dated, others) or self._has_dated_folder(others):
            # a chapter: `quickstart/2/index.md`
            is_chapter = name != stem and name.isdecimal() and self._plain[shelf] < SERIES
            is_page = is_chapter or (name == stem and self._is_of_pages(shelf))
            return is_page or not _counts_issues(name, shelf)
        is_among_issues = self._numbered[shelf] > self._plain[shelf] or _NUMBER.search(name) is not None
        return self._is_series(self._dated + self._numbered, self._plain) and not is_among_issues

    def _is_for_pages(self, path: str, shelf: str) -> bool:
        """Whether a folder with some dated files is for pages, and another folder has a series of issues."""
        if self._is_among_pages(shelf) or self._is_dated_page(path, shelf) or (not shelf and self._has_pages_at_top()):
            return True
        others = self._numbered + self._plain
        return self._dated[shelf] < min(SERIES, others[shelf]) and self._has_dated_folder(others)

    def _is_part_of_an_issue(self, path: str, shelf: str) -> bool:
        """Whether each issue has a numbered folder, and a file without a number is in one of them: its notes."""
        is_bundle = self._dated[shelf] >= SERIES or _folder(path) in self._bundles
        has_folders = self._dated_in[_folder(path)] == 1 and is_bundle
        is_numbered = _NUMBER.search(_folder(path).rpartition("/")[2]) is not None
        return has_folders and is_numbered and _NUMBER.search(_stem(path)) is None

    def _is_beside_its_index(self, path: str) -> bool:
        """Whether a file's folder is one issue by its date (`2026/03-02-pond/`), of which the file is not the index."""
        folder = _folder(path)
        return _stem(path) != "index" and folder in self._bundles and path_date(f"{folder}/") is not None

    def _lists_issues(self, issue: Issue, shelf: str) -> bool:
        """Whether a file is an `_index.md`, with which Hugo and Zola list the pages below it, whatever its date."""
        is_list = _stem(issue.path) == "_index"
        return is_list and any(each.startswith(shelf) and each != shelf for each, count in self._dated.items() if count)

    def _is_of_trials(self, shelf: str) -> bool:
        """Whether a file is test data or third-party code, and a series of issues has a folder elsewhere."""
        return _is_trial(shelf) and any(count >= SERIES and not _is_trial(each) for each, count in self._dated.items())

    def _is_of_collection(self, shelf: str) -> bool:
        """Whether a folder is a Jekyll collection beside `_posts/`, most of whose files have no date."""
        top = shelf.partition("/")[0]
        posts = sum(count for each, count in self._dated.items() if each.startswith("_posts/"))
        return (
            top.startswith("_") and top not in _HOMES and posts >= SERIES and 2 * self._dated[shelf] < self._size(shelf)
        )

    def _is_of_documentation(self, shelf: str) -> bool:
        """Whether a folder is documentation, and a series of issues at least as long is elsewhere."""
        folders = set(shelf.split("/"))
        if _DOCS.isdisjoint(folders) or not _IN_DOCS.isdisjoint(folders):
            return False
        outside = (count for each, count in self._dated.items() if _DOCS.isdisjoint(each.split("/")))
        return max(outside, default=0) >= max(SERIES, self._dated[shelf])

    def _is_dated_page(self, path: str, shelf: str) -> bool:
        """Whether a file is a dated page of the site, while a series of issues has its own folder.

        For example an "About" page, or a page directly in the content root. A number or date in its name makes it an
        issue.
        """
        stem, folder = _stem(path), shelf.rstrip("/").rpartition("/")[2].casefold()
        if folder in _PAGES:
            return any(count >= SERIES and count > self._dated[shelf] for count in self._dated.values())
        if _OLD_README.fullmatch(stem):
            return self._has_dated_folder(self._numbered + self._plain)
        if self._is_of_documentation(shelf) and path_date(path) is None:
            return True
        if stem in _LISTS - {"_index"} or _NUMBER.search(stem) is not None:
            return False
        if folder in _ROOTS:
            below = [count for each, count in self._dated.items() if each != shelf and each.startswith(shelf)]
            return max(below, default=0) >= SERIES and sum(below) >= _FAR_FEWER * self._dated[shelf]
        is_page = _SIDE_PAGE.fullmatch(stem) is not None and self._dated[shelf] < SERIES
        return is_page and self._has_dated_folder(self._numbered + self._plain)

    def _is_among_pages(self, shelf: str) -> bool:
        """Whether a folder has more pages than issues, and a series of issues has a folder of its own.

        Documentation is an example, of which some pages have dates. A translation is among pages if its original is and
        its folder has no more files than the original's.
        """
        size = self._size(shelf)
        is_of_pages = any(self._is_of_pages(each) for each in self._with_originals(shelf) if size <= self._size(each))
        return is_of_pages and self._has_dated_folder(self._numbered + self._plain)

    def _with_originals(self, shelf: str) -> Iterator[str]:
        """Yield a folder and, judging by its path, those whose translations it holds."""
        yield shelf
        if shelf not in self._originals:
            self._originals[shelf] = [_shelf(path) for path in translated_from(f"{shelf}page.md")]
        yield from self._originals[shelf]

    def _size(self, shelf: str) -> int:
        return self._dated[shelf] + self._numbered[shelf] + self._plain[shelf]

    def _is_of_pages(self, shelf: str) -> bool:
        """Whether a folder has several files without date or number, and these are the majority."""
        return self._is_mostly_pages(shelf) and bool(shelf) and _HOMES.isdisjoint(shelf.split("/"))

    def _is_mostly_pages(self, shelf: str) -> bool:
        return self._plain[shelf] >= SERIES and 2 * self._plain[shelf] > self._size(shelf)

    def _has_pages_at_top(self) -> bool:
        """Whether a repository has notes at its top level, possibly mixed with new issues, and a folder of issues."""
        return self._is_mostly_pages("") and self._has_dated_folder(self._numbered + self._plain)

    def _has_issues_below(self, shelf: str) -> bool:
        """Whether a folder or its subfolders have an issue with a date, or a series of numbered ones."""
        below = [each for each in (*self._dated, *self._numbered) if each.startswith(shelf)]
        return any(self._dated[each] for each in below) or sum(self._numbered[each] for each in below) >= SERIES

    def _has_dated_folder(self, others: Counter[str]) -> bool:
        """Whether a series of dated issues has a folder of its own, such as a blog beside a project's documentation."""
        return any(count >= SERIES and count > others[shelf] for shelf, count in self._dated.items() if shelf)

    @staticmethod
    def _is_series(issues: Counter[str], others: Counter[str]) -> bool:
        has_home = any(
            (count >= SERIES or _YOUNG <= count > others[shelf]) and not _HOMES.isdisjoint(shelf.split("/"))
            for shelf, count in issues.items()
        )
        return has_home or (issues.total() >= SERIES and issues.total() > others.total())


def _counts_issues(name: str, shelf: str) -> bool:
    """Whether the number in a name is that of an issue rather than of a chapter, a proposal or a year."""
    is_for_issues = not _SERIALS.isdisjoint(shelf.casefold().split("/"))
    with_words = is_for_issues and _NUMBER_AND_WORDS.fullmatch(name) is not None
    return with_words or _NUMBERED_ISSUE.fullmatch(name) is not None


def _is_trial(shelf: str) -> bool:
    return not _TRIALS.isdisjoint(shelf.casefold().split("/"))


def _stem(path: str) -> str:
    return PurePosixPath(path).stem.casefold()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _shelf(path: str) -> str:
    """Return the folder of a path, ending in a slash, with numbers replaced, so that years and weeks share one."""
    return _NUMBER.sub("0", path[: path.rfind("/") + 1])
