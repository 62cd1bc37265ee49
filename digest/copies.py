"""Detects files that hold the same issue: copies, translations, renamed files, and files overwritten by a new issue."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import PurePosixPath

from digest.match import visible
from digest.model import Issue, Item

# suffixes that programs add to conflicting versions and backups; never part of an issue's name
_CONFLICT = re.compile(
    r"(?:"
    r"\.sync-conflict-\d{8}-\d{6}-\w+"  # Syncthing
    r"| ?\([^()]*(?:conflict|konflikt|conflit|conflitto|冲突|衝突|競合)[^()]*\)"  # Dropbox, Nextcloud, Google Drive
    r"|-(?:DESKTOP|LAPTOP)-[A-Z0-9]{7}(?:-\d+)?"  # OneDrive
    r"|_(?:BACKUP|BASE|LOCAL|REMOTE)_\d+"  # git mergetool
    r"|\.(?:orig|bak|backup)|~"  # editors
    r")$",
    re.IGNORECASE,
)
# suffixes of copies made by programs or people, which can also be part of an issue's name
_NUMBERED = re.compile(
    r"(?: \d{1,2}| ?\(\d{1,2}\)|[ _-]+(?:copy|kopie|copie|copia)(?: \(?\d{1,2}\)?)?)$", re.IGNORECASE
)
# a language code in a path: "fr", "pt-BR", "zh_Hans"
_LANGUAGE = re.compile(
    r"(?:ar|bg|bn|ca|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|id|it|ja|jp|ko|kr|lt|lv|nb|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|ta|"
    r"th|tr|uk|ur|vi|zh|cn|tw)(?:[-_](?:[a-z]{2}|hans|hant|419))?",
    re.IGNORECASE,
)
_LANGUAGE_AT_END = re.compile(rf"(?<=.)[._-]{_LANGUAGE.pattern}$", re.IGNORECASE)
_LANGUAGE_IN_URL = re.compile(rf"(?<=[^/])/{_LANGUAGE.pattern}(?=/)", re.IGNORECASE)
_ENGLISH = re.compile(r"en(?:[-_][a-z]{2})?", re.IGNORECASE)  # the original if each language has a folder
_TRANSLATIONS = {
    "i18n",
    "l10n",
    "lang",
    "langs",
    "locale",
    "locales",
    "translations",
    "translated",
}  # names of folders that hold language folders
_DOCUSAURUS = re.compile(r"docusaurus-plugin-content-(?:blog|docs|pages)-?")  # followed by the ID of the site's blog
_HALF, _A_THIRD, _TWO_THIRDS = 0.5, 1 / 3, 2 / 3
_NUMBER = re.compile(r"\d+")
_PAIR = 2
_FEW = 3  # items; if this many, or two and the title, are all replaced, it is not a correction


def original_of(path: str) -> tuple[str, bool] | None:
    """Return the path of the original that a copy's name derives from, and whether only copies have such names.

    None if the name is not that of a copy.
    """
    place = PurePosixPath(path)
    for pattern, is_sure in ((_CONFLICT, True), (_NUMBERED, False)):
        stem = pattern.sub("", place.stem)
        if stem and stem != place.stem:
            return str(place.with_name(stem + place.suffix)), is_sure
    return None


def translated_from(path: str) -> set[str]:
    """Return possible originals of `i18n/fr/…`, `fr/…` and `….fr.md`: the path without a language, or in English."""
    place = PurePosixPath(path)
    folders, found = place.parent.parts, set[str]()
    if (stem := _LANGUAGE_AT_END.sub("", place.stem)) != place.stem:
        found |= {str(place.with_name(f"{name}{place.suffix}")) for name in (stem, f"{stem}.en")}
    for number, folder in enumerate(folders):
        if _LANGUAGE.fullmatch(folder) is None:
            continue
        before, behind = list(folders[:number]), list(folders[number + 1 :])
        found.add(str(PurePosixPath(*before, "en", *behind, place.name)))
        if before and before[-1].casefold() in _TRANSLATIONS:
            before.pop()
        if behind and (plugin := _DOCUSAURUS.match(behind[0])):
            behind[0] = behind[0][plugin.end() :] or "blog"
        found.add(str(PurePosixPath(*before, *behind, place.name)))
    return found - {path}


def language_folder(path: str) -> str | None:
    """Return the outermost folder of a path that is named by a language code; None if there is none."""
    return next((name for name in PurePosixPath(path).parent.parts if _LANGUAGE.fullmatch(name)), None)


def says_translation(path: str) -> bool:
    """Whether a path is unambiguously that of a translation, such as `i18n/fr/…`."""
    folders = PurePosixPath(path).parent.parts
    return any(
        before.casefold() in _TRANSLATIONS and _LANGUAGE.fullmatch(folder) for before, folder in pairwise(folders)
    )


def turn(path: str) -> int:
    """Return when a file is read, 0 first: files that are copies or translations by their paths come last, with 2.

    English versions beside other languages get 1: they are the most likely originals.
    """
    if original_of(path) is None and not translated_from(path):
        return 0
    place = PurePosixPath(path)
    languages = [name for name in place.parent.parts if _LANGUAGE.fullmatch(name)]
    if (at_end := _LANGUAGE_AT_END.search(place.stem)) is not None:
        languages.append(at_end[0][1:])
    return 1 if languages and all(_ENGLISH.fullmatch(name) for name in languages) else 2


def spellings(path: str) -> set[str]:
    """Return the NFC and NFD spellings of a path, except `path` itself."""
    return {unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)} - {path}


def is_same_name(path: str, other: str) -> bool:
    """Whether two paths differ only in case or Unicode normalisation, so that macOS and Windows treat them as one."""
    return path != other and _folded(path) == _folded(other)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def is_copy(old: Issue, new: Issue) -> bool:
    """Whether `new`, in another file, repeats `old`: all of its text, or half of it under the same title and date.

    Issues of different dates are never copies.
    """
    if old.part != new.part or not new.items or (old.date and new.date and old.date != new.date):
        return False
    if (old.title, old.date) == (new.title, new.date):
        return _share(_seen(old), _seen(new)) >= _HALF
    is_of_size = len(old.items) == len(new.items) > 1
    return is_of_size and any(item.links for item in new.items) and _share(_seen(old), _seen(new)) == 1


def is_moved(old: Issue, new: Issue) -> bool:
    """Whether `new`, whose file replaced that of `old`, is `old` renamed, possibly with another title or date.

    At least two stories, and most of each issue's, must be shared. A single story must keep its title and most of its
    paragraphs.
    """
    if len(old.items) == len(new.items) == 1:
        return old.part == new.part and _is_corrected(old.items[0], new.items[0])
    known, told = _told(old), _told(new)
    shared = sum(1 for names in told if any(names & each for each in known))
    return old.part == new.part and shared >= _PAIR and shared > max(len(known), len(told)) / 2


def _is_corrected(old: Item, new: Item) -> bool:
    """Whether two stories have the same title and share most of their paragraphs."""
    known, told = ({_plain(line) for line in item.text.splitlines()} - {""} for item in (old, new))
    return _plain(old.title) == _plain(new.title) and len(known & told) > max(len(known), len(told)) / 2


def is_translation(old: Issue, new: Issue) -> bool:
    """Whether `new` translates `old`; its path must already suggest a translation.

    It either has most of the links of `old`, regardless of language codes in URLs, or has the same date and a matching
    path: beside the English version, beside `old` with a language suffix, or in a folder of its own language below
    `old`.
    """
    is_of_its_day = old.date is not None and old.date == new.date
    is_beside = _LANGUAGE_AT_END.sub("", new.path.rpartition(".")[0]) == old.path.rpartition(".")[0]
    if is_of_its_day and (is_beside or _is_in_english(old.path, new.path) or _is_in_its_language(old, new)):
        return True
    links, known = _links(new), _links(old)
    return old.part == new.part and len(links) > 1 and len(links & known) > len(links) / 2


def _is_in_english(old: str, new: str) -> bool:
    """Whether two paths differ only in their language folder, which is English in the first."""
    pairs = list(zip(PurePosixPath(old).parts, PurePosixPath(new).parts, strict=False))
    others = [pair for pair in pairs if pair[0] != pair[1]]
    is_one = len(others) == 1 and old.count("/") == new.count("/")
    return is_one and others[0][0].casefold() == "en" and _LANGUAGE.fullmatch(others[0][1]) is not None


def _is_in_its_language(old: Issue, new: Issue) -> bool:
    """Whether `new` is in a folder such as `de/` below `old` and in that language, and `old` is not."""
    folders = [folder.casefold() for folder in PurePosixPath(new.path).parent.parts]
    language = new.language[:2].casefold()
    is_below = language in folders and old.path in translated_from(new.path)
    return is_below and old.language[:2].casefold() != language


def _links(issue: Issue) -> set[str]:
    return {_LANGUAGE_IN_URL.sub("", link.url) for item in issue.items for link in item.links}


def is_edited_copy(old: Issue, new: Issue) -> bool:
    """Whether `new`, named as a copy, repeats half of the items of `old`, whatever its front matter."""
    return bool(new.items) and _share(_seen(old), _seen(new)) >= _HALF


def is_another(old: Issue, new: Issue) -> bool:
    """Whether a file that held `old` now holds the next issue, as a file overwritten each week does.

    Its stories are new, and so is its title or date. If both title and date changed, some stories may recur (a footer,
    a standing link); more of them if only the number in the title changed and the date is later, as in a list of recent
    days. A correction keeps the stories, or else title and date.
    """
    if not old.items or not new.items:
        return False
    share = _share(_told(old), _told(new))
    has_other_title, has_other_date = old.title != new.title, old.date != new.date
    if has_other_title and has_other_date and old.date and new.date:
        return share <= (_TWO_THIRDS if old.date < new.date and _counts_on(old.title, new.title) else _A_THIRD)
    enough = 1 if has_other_date else _FEW - has_other_title
    return share == 0 and min(len(old.items), len(new.items)) >= enough


def _counts_on(old: str, new: str) -> bool:
    """Whether titles differ only in their numbers."""
    return old != new and _NUMBER.sub("0", old) == _NUMBER.sub("0", new)


def _seen(issue: Issue) -> list[set[object]]:
    return [{visible(item)} for item in issue.items]


def _told(issue: Issue) -> list[set[object]]:
    """Return the keys of each item: its first link, because rubrics keep their titles, else its title and text."""
    return [
        {item.links[0].url.rstrip("/")} if item.links else {_plain(item.title), _plain(item.text) or _plain(item.title)}
        for item in issue.items
    ]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _share(old: list[set[object]], new: list[set[object]]) -> float:
    """Return the share of new items that are among the old ones, from 0 to 1."""
    known = set[object]().union(*old)
    return sum(1 for names in new if names & known) / len(new)
