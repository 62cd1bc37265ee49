"""The headline of an entry or paragraph: the text of a link, a line of its own, or the first sentence."""

from __future__ import annotations

import re

from digest.head.dates import is_day
from digest.items.sentences import cut, first_sentence_end, strip_start
from digest.items.titles import clean, is_code_name, is_decoration, is_generic, is_numbered, leading_link
from digest.items.trailing import before_bracket, before_labels, before_remark, before_source, without_bar
from digest.tree.nodes import Inline, plain, raw_text, walk

_ENDS = ".,:;!?–—-(（[【|·/、，。：；！？…~→<>\n&+"  # a link followed by one of these can be a title
_LONGEST_CREDIT = 60  # maximum characters after a link that credit its author or source
_CREDIT = re.compile(
    r"(?:(?:an? )?(?:\w{1,12} )?(?:note|post|talk|video|article|paper|essay|thread|book|podcast|interview|slides|guide"
    r"|tutorial|story|piece|report|review) by|by|from|via|von|par|de|di|da[li]?|dalla|por|van|av|od|от)\s+\S.{0,60}$"
    r"|@\s*\S.{0,60}$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(  # a comma after a name in a sentence: "[Ann](…), who builds boats, wrote …"
    r",\s+(?:who|whose|quien|который|которая|która|który)\b"
)
# a word that begins a sentence and no part of a name, right behind a link
_OPENS = re.compile(
    r"[ \xa0](?:The|An?|This|These|We|Our|It|There|Der|Die|Das|Eine?|Wir|Les?|La|Une?|Nous|El|L[oa]s|Una|Il|Gli)"
    r" [^\W\d_]"
)
_NAME_WORDS = 3  # words of a link from which a capital letter after it starts a sentence instead of continuing a name
_OPENING = 200  # characters after such a link that are examined
_COUNT = re.compile(r"\W*[\d.,]{1,8}\s?[km]?\W*", re.IGNORECASE)  # after a link: stars, comments
_LABEL_BEFORE = re.compile(r"\W*(?P<name>[^\W\d_][\w.&'’/ -]{0,38}?)\s*[:：]\s*[“\"«「*_]*$")
_BEHIND_LINK = (
    " \t\xa0\u202f*_\"'”’»"  # allowed before the mark that ends a title; French has a non-breaking space there
)
_AROUND_DAY = " *_:：–—-|"
_CALL_WORDS = 2  # maximum words of a first sentence that is an exclamation
_DASH = re.compile(r"\s[-–—]\s")
_LONGEST_CALL = 10  # maximum characters of an exclamation before a link
_LONGEST_IN_PARTS = 250  # maximum characters of a headline in parts
_LONGEST_LINE = 64  # maximum characters of a first line that is a headline because of its line break
_SEPARATED = re.compile(r"\s[|·•‖]\s|\|")


def _runs_on(rest: str, name: str = "") -> bool:
    """Whether the sentence continues after a link; not if the link's `name` ends it."""
    stripped = rest.lstrip(_BEHIND_LINK)
    if not stripped or _is_ended(name, rest):
        return False
    if rest[0] == "\n":  # a hard-wrapped line continues in lower case
        stripped = stripped.lstrip()
        if not stripped[:1].islower():
            return False
    if stripped[0] == ",":
        return _GOES_ON.match(stripped) is not None
    if (
        stripped[0] in _ENDS
        or _COUNT.fullmatch(stripped)
        or is_decoration(stripped)
        or is_day(stripped.split("\n", 1)[0].strip(" *_"))
    ):
        return False
    return len(stripped) > _LONGEST_CREDIT or not _CREDIT.match(stripped)


def _is_ended(name: str, rest: str) -> bool:
    """Whether a link's text ends like a sentence, and a new sentence follows."""
    if _OPENS.match(rest):
        return True
    following = rest.lstrip()[:1]
    if name.endswith(("!", "?", ":", "！", "？", "：", "。")):
        return following.isupper() or following.isdigit()
    return name[-1:] != "." and len(name.split()) >= _NAME_WORDS and _begins_sentence(rest)


def _begins_sentence(rest: str) -> bool:
    """Whether a sentence follows a link without punctuation: with a capital letter or a handle."""
    first, *others = rest[:_OPENING].split(None, _NAME_WORDS) or [""]
    opens = first[:1] == "@" if not first[:1].isupper() else first[1:] == first[1:].lower()
    return rest[:1] in " \n" and opens and len(others) == _NAME_WORDS and all(word[0].isalnum() for word in others[:2])


def split_lead(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]]:
    """Return the title of an entry or paragraph, the inlines it was taken from, and the remaining ones."""
    linked = (
        _plain_link(inlines)
        or _link_lead(inlines)
        or _behind_address(inlines)
        or _own_line(inlines)
        or _behind_label(inlines)
    )
    if linked:
        return linked
    if remarked := before_remark(inlines):
        title, head, rest = split_lead(remarked[0])
        return title, head, [*rest, *remarked[1]]
    labelled = before_bracket(inlines) or before_source(inlines) or before_labels(inlines)
    if labelled:
        title, head, rest = split_lead(without_bar(labelled[0]))
        return title.rstrip(" -–—:：|·>→"), head, strip_start(_joined(rest, labelled[1]))
    return _strong_lead(inlines) or _first_line(inlines) or _first_sentence(inlines)


def _joined(text: list[Inline], labels: list[Inline]) -> list[Inline]:
    """Return the text behind a headline and the links behind that, with a space between."""
    is_apart = not text or raw_text(text)[-1:].isspace() or raw_text(labels)[:1].isspace()
    return [*text, *labels] if is_apart else [*text, Inline("text", " "), *labels]


def _plain_link(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return the link at the start of `inlines`, if it is the title; most entries start like this."""
    if not inlines or inlines[0].kind != "link":
        return None
    name, rest = plain(inlines[0].children), inlines[1:]
    if not name or is_generic(name) or is_code_name(name) or _runs_on(raw_text(rest), name):
        return None
    return clean(name), inlines[:1], strip_start(rest)


def _first_line(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return a first line that is a headline in parts ("2024-06-18 | Virtual | Club")."""
    first_line = raw_text(inlines).split("\n", 1)[0]
    if len(first_line) > _LONGEST_IN_PARTS or not _is_in_parts(inlines, first_line):
        return None
    head, tail = cut(inlines, len(first_line))
    return clean(raw_text(head)), head, strip_start(tail)


def _first_sentence(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]]:
    """Return the first sentence, or the text before the author's line break."""
    end = _past_call(inlines, _before_dash(inlines, first_sentence_end(inlines)))
    hard = _hard_break(inlines)
    if 0 < hard < end and raw_text(inlines)[:hard].strip():
        end = hard
    head, tail = cut(inlines, end)
    title = clean(raw_text(head))
    if title.endswith((".", "。", ":", "：")) and not title.endswith("..."):
        title = title[:-1]
    tail = strip_start(tail)
    is_call = 0 < len(title) <= _LONGEST_CALL and " " not in title
    if is_call and tail[:1] and tail[0].kind == "link":  # "New! [Title](…)"
        title, lead, rest = split_lead(tail)
        return title, lead, [*head, *rest]
    return title.rstrip(), head, tail


def _past_call(inlines: list[Inline], end: int) -> int:
    """Return the end of the second sentence if the first is an exclamation of a word or two ("Good news! …")."""
    text = raw_text(inlines)
    first = text[:end].strip()
    if not first.endswith("!") or len(first.split()) != _CALL_WORDS or not text[end:].strip():
        return end
    return end + first_sentence_end(cut(inlines, end)[1])


def _before_dash(inlines: list[Inline], end: int) -> int:
    """Return the index of the dash between a headline after a code and its text ("SE-1 A mast - It is …")."""
    if not inlines or inlines[0].kind != "link" or not is_code_name(plain(inlines[0].children)) or end <= _LONGEST_LINE:
        return end
    dash = _DASH.search(raw_text(inlines), 0, end)
    return dash.start() if dash is not None and dash.start() <= 2 * _LONGEST_LINE else end


def _link_lead(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return the link at the start of `inlines`, if it is the title and the sentence does not continue after it."""
    found = leading_link(inlines)
    if found is None:
        return None
    text, (link, end) = raw_text(inlines), found
    name = plain(link.children)
    if is_generic(name) or is_code_name(name) or _runs_on(text[end:], name):
        return None
    head, tail = cut(inlines, end)
    label = text[: end - len(raw_text(link.children))].strip()
    tail = strip_start(tail)
    if label and not is_decoration(label):  # what the title omits is part of the text
        tail = [Inline("text", f"{label} " if tail else label), *tail]
    return clean(name), head, tail


def _own_line(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return a first line that is a headline: entirely in bold or italics, or followed by a new sentence.

    A label alone ("News:") is not a headline; then the headline is below it.
    """
    place = next((index for index, one in enumerate(inlines) if one.kind in {"softbreak", "break"}), 0)
    if not place:  # most paragraphs have a single line
        return None
    line, below = inlines[:place], inlines[place + 1 :]
    text, rest = raw_text(line).strip(), raw_text(below).lstrip()
    if not rest or is_decoration(text):
        return None
    is_linked = any(one.kind == "link" for one in walk(line))
    if not is_linked and _is_short_label(text):
        title, lead, tail = split_lead(below)
        return title, lead, [*line, Inline("break"), *tail]
    if is_generic(text) or _is_date(text) or not (_is_marked(line) or (not is_linked and _is_broken_off(text, rest))):
        return None
    return clean(text).rstrip(":： "), line, strip_start(below)


def _is_date(text: str) -> bool:
    """Whether a line is only a date before an event ("**12 May** –")."""
    return is_day(text.strip(_AROUND_DAY))


def _is_short_label(text: str) -> bool:
    return text[-1] in ":：" and len(text) <= _LONGEST_LINE // 4


def _is_marked(line: list[Inline]) -> bool:
    """Whether a line is entirely in bold or italics."""
    return all(one.kind in {"strong", "emph"} or (one.kind == "text" and is_decoration(one.text)) for one in line)


def _is_broken_off(text: str, rest: str) -> bool:
    """Whether a line was ended on purpose: there was room for the next word, no punctuation, and a sentence follows."""
    if text[-1] in ".,;:!?…。，；：！？-–—(":
        return False
    first = rest.split(None, 1)[0]
    is_short = len(text) + len(first) < _LONGEST_LINE and len(rest.split("\n", 1)[0]) > len(text)
    return is_short and first[:1].isupper() and len(text.split()) > 1


def _behind_label(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return a named link after a label ("New: [Title](…) by Ann"); a one-word label is dropped, a longer one starts
    the headline.
    """
    link, start = _first_link(inlines)
    if link is None or not _names_story(name := plain(link.children)):
        return None
    text = raw_text(inlines)
    end = start + len(raw_text(link.children))
    label, rest = _LABEL_BEFORE.fullmatch(text[:start]), text[end:].lstrip('”"»」*_')
    if label is None or "\n" in text[:start] or _goes_on(rest) or _runs_on(rest, name):
        return None
    if " " in label["name"].strip():
        end = start if _is_first_of_several(inlines, link, rest) else end
    head, tail = cut(inlines, end)
    tail = strip_start(tail)
    if " " in label["name"].strip():
        return clean(raw_text(head)).rstrip(":： "), head, tail
    return clean(name), head, [Inline("text", f"{text[:start].strip()} " if tail else text[:start].strip()), *tail]


def _is_first_of_several(inlines: list[Inline], link: Inline, rest: str) -> bool:
    """Whether further links, separated by a mark, follow a link after a label: then the label is the headline."""
    place = next((at for at, one in enumerate(inlines) if one is link), len(inlines))
    return rest.lstrip()[:1] in set(",;，；、|/") and any(one.kind == "link" for one in inlines[place + 1 :])


def _names_story(name: str) -> bool:
    return not is_generic(name) and not is_code_name(name) and not name.startswith("http")


def _goes_on(rest: str) -> bool:
    """Whether a comma and the rest of the sentence follow a link."""
    return rest[:1] == "," and rest[1:].lstrip()[:1].isalnum()


def _first_link(inlines: list[Inline]) -> tuple[Inline | None, int]:
    """Return the first link and the offset of its text."""
    offset = 0
    for inline in inlines:
        if inline.kind == "link":
            return inline, offset
        inner, place = _first_link(inline.children) if inline.kind in {"strong", "emph"} else (None, 0)
        if inner is not None:
            return inner, offset + place
        offset += len(raw_text([inline]))
    return None, 0


def _behind_address(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return a bare URL before its description ("<https://…> - a month on a ship"), which is not part of the title."""
    if len(inlines) < 2 or inlines[0].kind != "link" or not raw_text(inlines[:1]).startswith(("http://", "https://")):
        return None
    rest = raw_text(inlines[1:])
    first = rest.lstrip(" ")[:1]
    if is_decoration(rest) or not (first in set("-–—:：|\n") or (rest[:1] == " " and first.isupper())):
        return None
    title, head, tail = split_lead(strip_start(inlines[1:]))
    return title, [inlines[0], *head], tail


def _is_in_parts(inlines: list[Inline], first_line: str) -> bool:
    """Whether a line is a headline in parts ("2024-06-18 | Virtual | Club"); bars within code do not count."""
    if not _SEPARATED.search(first_line):
        return False
    return (
        _SEPARATED.search(raw_text([inline for inline in inlines if inline.kind != "code"]).split("\n", 1)[0])
        is not None
    )


def _strong_lead(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """Return a bold lead ("**Title**: text"), if it is a title and not an emphasised word."""
    place = next((index for index, one in enumerate(inlines) if one.kind != "text" or not is_decoration(one.text)), -1)
    if place < 0 or inlines[place].kind not in {"strong", "emph"}:
        return None
    name, behind = plain(inlines[place].children), inlines[place + 1 :]
    if inlines[place].kind == "emph" and not name.endswith((":", "：")):
        return None
    if not _may_be_title(name) or not _stands_alone(name, raw_text(behind)):
        return None
    return clean(name).rstrip(":：. "), inlines[: place + 1], strip_start(behind)


def _may_be_title(name: str) -> bool:
    return len(clean(name)) >= 3 and not is_generic(name) and not is_day(name) and not is_code_name(name)


def _stands_alone(name: str, rest: str) -> bool:
    """Whether the text after a bold lead does not continue its sentence."""
    if name[-1:] == "." and rest[:1] == ",":
        return False  # initials: "**Doe, J.**, …"
    if name[-1:] in ".:!?：。！？" or is_numbered(name) or not _runs_on(rest):
        return True
    return rest[:1] == " " and rest.lstrip()[:1].isupper() and len(name.split()) >= 2


def _hard_break(inlines: list[Inline]) -> int:
    offset = 0
    for inline in inlines:
        if inline.kind == "break":
            return offset
        offset += len(raw_text([inline]))
    return 0
