"""Truncates Discord Markdown, never inside a link, code or other markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

from digest.items.sentences import ENDS, WIDE_ENDS, is_abbreviated
from digest.render.escape import length
from digest.render.paging import HEADING

ELLIPSIS = "…"

_ATOM = re.compile(
    r"(?P<fence>```)"
    r"|(?P<whole>\\[^0-9A-Za-z\s]"  # an escaped character
    r"|(?P<ticks>`{1,2})(?!`)(?:[^`]|(?<!`)`(?!(?P=ticks))(?!`)){1,2000}?(?<!`)(?P=ticks)(?!`)"  # code
    r"|\[(?:\\.|`[^`\n]{1,200}`|[^\[\]\\\n`]){1,2000}\]\(<?https?://[^\s()<>]{1,8000}>?\)"  # a link
    r"|<https?://[^\s<>]{1,8000}>"
    r"|<(?:[@#][!&]?|a?:\w{1,40}:|t:-?|/[^<>\n]{1,40}:)\d{1,25}(?::\w)?>)"
    r"|(?P<address>https?://[^\s<>]{1,8000})"
    r"|(?P<mark>\*{1,3}|__|~~|\|\||(?<!\w)_(?=\S)|(?<=\S)_(?!\w))"
    r"|(?P<line>[ \t]*\n[ \t\n]*)|(?P<space>\s+)"
    r"|(?P<word>[A-Za-z0-9]+)|(?P<text>[^\s\\`<\[*_~|h]+|.)",
    re.DOTALL,
)
_CLOSERS = "\"')]»”’」』】）》"
# possessive, because "### ### …" can be matched in exponentially many ways
_DANGLING = re.compile(r"(?:\n|^)[ \t]*+(?:(?:>|[-*]|\d++\.|#{1,3})[ \t]*+)++$")
_SENTENCE_SHARE = 0.5  # minimum share of the limit that must be kept to truncate at a sentence's end
_WORD_SHARE = 0.6


@dataclass(slots=True)
class _Place:
    """A possible truncation point: its position, open markup, and what to insert before the ellipsis."""

    position: int
    open_marks: tuple[tuple[str, int], ...]
    in_fence: bool = False
    gap: str = ""


def cut(markdown: str, limit: int) -> str:
    """Return `markdown` truncated to at most `limit` UTF-16 code units, including "…" if anything was removed.

    It is truncated after a sentence if one ends in the second half of the limit, else after a word, else between two
    graphemes; never inside a link, code or an escaped character. Open markup and fences are closed.
    """
    if length(markdown) <= limit:
        return markdown
    if limit < 1:
        return ""
    return _Cutter(markdown, limit).result()


def cut_to_room(markdown: str, room: int) -> str:
    """Return `markdown` truncated to `room` narrow letters; wide letters (Chinese, Japanese, Korean) count as two."""
    if markdown.isascii():
        return cut(markdown, room)
    wide = sum(east_asian_width(letter) in "WF" for letter in markdown)
    units = length(markdown)
    return cut(markdown, room * units // (units + wide))


def _without_heading(text: str) -> str:
    """Return `text` without a bold line at its end, because the text below that heading is cut off."""
    above, _, last = text.rpartition("\n")
    while above.strip() and HEADING.fullmatch(last.strip()):
        text = above.rstrip()
        above, _, last = text.rpartition("\n")
    return text


class _Cutter:
    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._open: list[tuple[str, int]] = []  # open marks with the positions after them
        self._used = 0
        self._best: dict[str, tuple[_Place, int]] = {}
        self._last = {mark: text.rfind(mark) for mark in ("*", "**", "__", "_", "~~", "||")}

    def result(self) -> str:
        self._scan()
        sentence = self._best.get("sentence")
        word = self._best.get("word")
        any_place = self._best.get("any")
        if sentence and sentence[1] >= self._limit * _SENTENCE_SHARE:
            return self._ended(sentence[0])
        if word and (word[1] >= self._limit * _WORD_SHARE or not any_place):
            return self._ended(word[0])
        best = max((found for found in (sentence, word, any_place) if found), key=lambda found: found[1], default=None)
        return self._ended(best[0]) if best else ELLIPSIS

    def _ended(self, place: _Place) -> str:
        """Return the text up to `place` with open markup closed, and the ellipsis."""
        kept = self._text[: place.position].rstrip()
        if place.in_fence:
            return f"{kept}\n{place.gap}```\n{ELLIPSIS}"
        marks = list(place.open_marks)
        kept = _without_dangling(kept, marks) + "".join(mark for mark, _ in reversed(marks))
        above = _without_heading(kept)
        if above != kept:
            return f"{above} {ELLIPSIS}" if above else ELLIPSIS
        gap = "\n" if kept.endswith("```") and place.gap else place.gap
        return f"{kept}{gap}{ELLIPSIS}" if kept else ELLIPSIS

    # -- finding truncation points --------------------------------------------------------------

    def _scan(self) -> None:
        text, position = self._text, 0
        while position < len(text) and self._used <= self._limit:
            found = _ATOM.match(text, position)
            if not found:  # not reachable: every character matches
                break
            kind = found.lastgroup or ""
            if kind == "fence":
                position = self._fence(position)
            elif kind == "address":
                position = self._address(position, found.end())
            elif kind in ("text", "word"):
                position = self._letters(position, found.end())
            else:
                position = self._atom(found, kind, position)

    def _atom(self, found: re.Match[str], kind: str, position: int) -> int:
        """Consume an unbreakable part: white space, a mark, or an atomic element."""
        if kind in ("line", "space"):
            self._blank(position, kind)
        elif kind == "mark":
            self._toggle(found.group(), found.end())
        self._used += length(found.group())
        if kind == "whole" and self._whole_grapheme(found.end()) == found.end():
            self._offer("any", found.end())
        return found.end()

    def _address(self, position: int, end: int) -> int:
        """Consume a bare URL; it ends where an open mark is closed, because URLs are matched before marks."""
        for mark, _ in self._open:
            if mark != "_" and (closing := self._text.find(mark, position, end)) > 0:
                end = closing
        self._used += length(self._text[position:end])
        if self._whole_grapheme(end) == end:
            self._offer("any", end)
        return end

    def _offer(self, kind: str, position: int, gap: str = "") -> None:
        need = self._used + sum(len(mark) for mark, _ in self._open) + len(gap) + len(ELLIPSIS)
        if need <= self._limit:
            self._best[kind] = (_Place(position, tuple(self._open), gap=gap), self._used)

    def _blank(self, position: int, kind: str) -> None:
        if kind == "line" or self._ends_sentence(position):
            tail = self._text[position - 1 : position]
            self._offer("sentence", position, "" if tail in WIDE_ENDS else " ")
        else:
            self._offer("word", position)

    def _ends_sentence(self, position: int) -> bool:
        """Whether a sentence ends before the space at `position`."""
        start = max(0, position - 24)
        before = self._text[start:position].rstrip(_CLOSERS + "*_~|")
        if before[-1:] in WIDE_ENDS:
            return True
        following = self._text[position : position + 8].strip()[:1]
        if before[-1:] not in ENDS or not before or following.islower():
            return False
        return before[-1] != "." or not is_abbreviated(before, len(before) - 1)

    def _letters(self, position: int, end: int) -> int:
        """Consume the text up to `end`: it can be truncated between any two graphemes; "。" ends a sentence."""
        from wcwidth import iter_graphemes

        end = self._whole_grapheme(end)
        for grapheme in iter_graphemes(self._text[position:end]):
            self._offer("any", position)
            self._used += length(grapheme)
            position += len(grapheme)
            if grapheme in WIDE_ENDS and self._text[position : position + 1] not in (*_CLOSERS, *WIDE_ENDS):
                self._offer("sentence", position)
            if self._used > self._limit:
                break
        return position

    def _whole_grapheme(self, end: int) -> int:
        """Return `end`, moved forward if it is within a grapheme."""
        if end < len(self._text) and not self._text[end].isascii():
            from wcwidth import iter_graphemes

            nearby = self._text[max(0, end - 40) : end + 200]
            done = max(0, end - 40)
            for grapheme in iter_graphemes(nearby):
                done += len(grapheme)
                if done >= end:
                    return done
        return end

    def _toggle(self, run: str, end: int) -> None:
        for mark in ("**", "*") if run == "***" else (run,):
            opened = next((entry for entry in self._open if entry[0] == mark), None)
            if opened:
                self._open.remove(opened)
            elif self._last[mark] >= end and not self._text[end : end + 1].isspace():
                self._open.append((mark, end))

    def _fence(self, position: int) -> int:
        """Consume a fenced block, with a truncation point after any line but the first."""
        text = self._text
        end = text.find("```", position + 3)
        if end < 0:  # three literal backticks, not a fence
            self._used += 3
            return position + 3
        self._offer("word", position)
        whole_end = end + 3
        before = text[text.rfind("\n", 0, position) + 1 : position]
        prefix = before if before.strip("> ") == "" else ""
        for number, line in enumerate(self._lines(position, end)):
            position += len(line)
            self._used += length(line)
            need = self._used + len(prefix) + len("\n```\n") + len(ELLIPSIS)
            if number and line.strip() and need <= self._limit:
                self._best["sentence"] = (_Place(position, (), in_fence=True, gap=prefix), self._used)
            if self._used > self._limit:
                return whole_end
        self._used += 3
        return whole_end

    def _lines(self, start: int, end: int) -> Iterator[str]:
        while start < end:
            stop = self._text.find("\n", start, end) + 1 or end
            yield self._text[start:stop]
            start = stop


def _without_dangling(kept: str, marks: list[tuple[str, int]]) -> str:
    """Return `kept` without dangling line prefixes and marks opened at its very end; also remove these from `marks`."""
    before = ""
    while kept != before:
        before = kept
        while marks and marks[-1][1] >= len(kept):  # it has no content
            mark, position = marks.pop()
            kept = kept[: position - len(mark)].rstrip()
        if dangling := _DANGLING.search(kept):
            kept = kept[: dangling.start()].rstrip()
    return kept
