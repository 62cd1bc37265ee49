"""Which files hold the same issue: copies made by programs, and files that were overwritten with another issue."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import PurePosixPath

from digest.match import visible
from digest.model import Issue, Item

# what programs put before a file's ending when two versions of it meet: nobody names an issue so
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
# what they, and people, call a copy; an issue may be called so too
_NUMBERED = re.compile(
    r"(?: \d{1,2}| ?\(\d{1,2}\)|[ _-]+(?:copy|kopie|copie|copia)(?: \(?\d{1,2}\)?)?)$", re.IGNORECASE
)
# a language in a path: "fr", "pt-BR", "zh_Hans"
_LANGUAGE = re.compile(
    r"(?:ar|bg|bn|ca|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|id|it|ja|jp|ko|kr|lt|lv|nb|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|ta|"
    r"th|tr|uk|ur|vi|zh|cn|tw)(?:[-_](?:[a-z]{2}|hans|hant|419))?",
    re.IGNORECASE,
)
_LANGUAGE_AT_END = re.compile(rf"(?<=.)[._-]{_LANGUAGE.pattern}$", re.IGNORECASE)
_LANGUAGE_IN_URL = re.compile(rf"(?<=[^/])/{_LANGUAGE.pattern}(?=/)", re.IGNORECASE)
_ENGLISH = re.compile(
    r"en(?:[-_][a-z]{2})?", re.IGNORECASE
)  # the original where every language has a folder of its own
_TRANSLATIONS = {
    "i18n",
    "l10n",
    "lang",
    "langs",
    "locale",
    "locales",
    "translations",
    "translated",
}  # folders of languages
_DOCUSAURUS = re.compile(r"docusaurus-plugin-content-(?:blog|docs|pages)-?")  # followed by which of the site's blogs
_HALF, _A_THIRD, _TWO_THIRDS = 0.5, 1 / 3, 2 / 3
_NUMBER = re.compile(r"\d+")
_PAIR = 2
_FEW = 3  # items; where so many, or two and the title, are all replaced, nobody corrected them


def original_of(path: str) -> tuple[str, bool] | None:
    """Return the path that a copy's name is made from, and whether nothing but a copy is called so; None for other
    names.
    """
    place = PurePosixPath(path)
    for pattern, is_sure in ((_CONFLICT, True), (_NUMBERED, False)):
        stem = pattern.sub("", place.stem)
        if stem and stem != place.stem:
            return str(place.with_name(stem + place.suffix)), is_sure
    return None


def translated_from(path: str) -> set[str]:
    """Return what `i18n/fr/…`, `fr/…` and `….fr.md` translate: the paths without the language, or in English."""
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
    """Return the outermost folder of a path that is called like a language, None if there is none."""
    return next((name for name in PurePosixPath(path).parent.parts if _LANGUAGE.fullmatch(name)), None)


def says_translation(path: str) -> bool:
    """Whether a path leaves no doubt that its file is a translation: it is in `i18n/fr/` or the like."""
    folders = PurePosixPath(path).parent.parts
    return any(
        before.casefold() in _TRANSLATIONS and _LANGUAGE.fullmatch(folder) for before, folder in pairwise(folders)
    )


def turn(path: str) -> int:
    """Return when a file is read: 0 first, 2 last, for what its path calls another one's copy or translation.

    1 is what has a place for its language, and that is English: of many languages it is the original.
    """
    if original_of(path) is None and not translated_from(path):
        return 0
    place = PurePosixPath(path)
    languages = [name for name in place.parent.parts if _LANGUAGE.fullmatch(name)]
    if (at_end := _LANGUAGE_AT_END.search(place.stem)) is not None:
        languages.append(at_end[0][1:])
    return 1 if languages and all(_ENGLISH.fullmatch(name) for name in languages) else 2


def spellings(path: str) -> set[str]:
    """Return the same path as other systems write its accents (NFC and NFD), without `path` itself."""
    return {unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)} - {path}


def is_same_name(path: str, other: str) -> bool:
    """Whether two paths are one where accents or capitals are not told apart, as on macOS and Windows."""
    return path != other and _folded(path) == _folded(other)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def is_copy(old: Issue, new: Issue) -> bool:
    """Whether `new`, in another file, is `old` again: all of its text, or half of it under the same title and date.

    Two issues of different dates are two issues, whatever they hold.
    """
    if old.part != new.part or not new.items or (old.date and new.date and old.date != new.date):
        return False
    if (old.title, old.date) == (new.title, new.date):
        return _share(_seen(old), _seen(new)) >= _HALF
    is_of_size = len(old.items) == len(new.items) > 1
    return is_of_size and any(item.links for item in new.items) and _share(_seen(old), _seen(new)) == 1


def is_moved(old: Issue, new: Issue) -> bool:
    """Whether `new`, whose file came as that of `old` went, is `old` under another name, with another title or date:
    most stories of each, and two at least, are those of the other. One story has its title and most of its paragraphs.
    """
    if len(old.items) == len(new.items) == 1:
        return old.part == new.part and _is_corrected(old.items[0], new.items[0])
    known, told = _told(old), _told(new)
    shared = sum(1 for names in told if any(names & each for each in known))
    return old.part == new.part and shared >= _PAIR and shared > max(len(known), len(told)) / 2


def _is_corrected(old: Item, new: Item) -> bool:
    """Whether two stories have the same title and share most of the paragraphs of each."""
    known, told = ({_plain(line) for line in item.text.splitlines()} - {""} for item in (old, new))
    return _plain(old.title) == _plain(new.title) and len(known & told) > max(len(known), len(told)) / 2


def is_translation(old: Issue, new: Issue) -> bool:
    """Whether `new`, whose path says that it may be one, tells the stories of `old` in another language: it has most of
    its links, whichever language their sites are read in, or stands under its name and date next to the English one or,
    with a language behind its name, next to it, or below it in the folder of the language that it is written in.
    """
    is_of_its_day = old.date is not None and old.date == new.date
    is_beside = _LANGUAGE_AT_END.sub("", new.path.rpartition(".")[0]) == old.path.rpartition(".")[0]
    if is_of_its_day and (is_beside or _is_in_english(old.path, new.path) or _is_in_its_language(old, new)):
        return True
    links, known = _links(new), _links(old)
    return old.part == new.part and len(links) > 1 and len(links & known) > len(links) / 2


def _is_in_english(old: str, new: str) -> bool:
    """Whether two paths differ by the folder of their language alone, which is English for the first."""
    pairs = list(zip(PurePosixPath(old).parts, PurePosixPath(new).parts, strict=False))
    others = [pair for pair in pairs if pair[0] != pair[1]]
    is_one = len(others) == 1 and old.count("/") == new.count("/")
    return is_one and others[0][0].casefold() == "en" and _LANGUAGE.fullmatch(others[0][1]) is not None


def _is_in_its_language(old: Issue, new: Issue) -> bool:
    """Whether `new` is in `de/` below `old` and is German, and `old` is not, as far as its words tell."""
    folders = [folder.casefold() for folder in PurePosixPath(new.path).parent.parts]
    language = new.language[:2].casefold()
    is_below = language in folders and old.path in translated_from(new.path)
    return is_below and old.language[:2].casefold() != language


def _links(issue: Issue) -> set[str]:
    return {_LANGUAGE_IN_URL.sub("", link.url) for item in issue.items for link in item.links}


def is_edited_copy(old: Issue, new: Issue) -> bool:
    """Return the same for a file whose name says that it is a copy: half of its items tell it, whatever its head
    says.
    """
    return bool(new.items) and _share(_seen(old), _seen(new)) >= _HALF


def is_another(old: Issue, new: Issue) -> bool:
    """Whether a file that held `old` holds the next issue now, as one that is overwritten each week does.

    Its stories are others, and its title or date is. Some may come back each time (a footer, a standing link) where
    both title and date are others, and more of them where the title counts on and the date is later: a list of the
    last days. A correction keeps the stories, or else the head.
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
    """Whether titles differ in their numbers alone."""
    return old != new and _NUMBER.sub("0", old) == _NUMBER.sub("0", new)


def _seen(issue: Issue) -> list[set[object]]:
    return [{visible(item)} for item in issue.items]


def _told(issue: Issue) -> list[set[object]]:
    """Return what each item is known by: its first link, for rubrics have the same title each time, else its title or
    its text, for a letter is called what its issue is.
    """
    return [
        {item.links[0].url.rstrip("/")} if item.links else {_plain(item.title), _plain(item.text) or _plain(item.title)}
        for item in issue.items
    ]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _share(old: list[set[object]], new: list[set[object]]) -> float:
    """Return the share of the new items that are among the old ones, from 0 to 1."""
    known = set[object]().union(*old)
    return sum(1 for names in new if names & known) / len(new)
