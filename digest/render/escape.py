"""Escapes plain text for Discord, so that nothing in it formats, pings, links or hides text.

Discord's Markdown accepts a backslash before any character except letters, digits and spaces. Mentions that the server
detects in the raw text (`@everyone`, `@here`, `<@1>`) are broken up as well; the first two need an invisible character
for that.
"""

from __future__ import annotations

import re

ZERO_WIDTH_SPACE = "\u200b"

# Controls, invisible fillers and all bidirectional controls; line ends and tabs are kept. Joiners, selectors and tags
# are checked individually, because some scripts and emoji need them.
_GONE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]+"
)
# Characters removed by `clean` that Python considers printable; printable text without any of them is clean.
_PRINTABLE_BUT_GONE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\ufffc\U000e0100-\U000e01ef]"
)
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_JOINER = "\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_JOINERS = re.compile(f"[{_JOINER}]")
_JOINER_RUN = re.compile(f"(?s)([^{_JOINER}]?)([{_JOINER}]+)(?=(.?))")
_EMOJI_LIKE = re.compile("[#*0-9©®\u203c-\u3299\U0001f000-\U0001faff]")
_JOINING_SCRIPTS = re.compile("[\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\U00010a00-\U00011fff]")
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_FLAG = "\U0001f3f4"
_FLAG_END = "\U000e007f"

# each alternative starts with a distinct character, so that the engine skips all others
_SPECIAL = re.compile(r"https?://[^\s<>`|\\]+|@(?=everyone|here)|<[@#:/]?|\\|\*|_|~|`|\||\[")
_SPECIAL_OR_SCHEME = re.compile(rf"https?:(?=//)|{_SPECIAL.pattern.split('|', 1)[1]}")
_LINE_START = re.compile(
    r"^(?P<space>[ \t]*)(?:(?P<mark>#{1,3}(?=\s|$)|-\#|>|[-+](?=\s|$))|(?P<number>\d+)(?=[.)](?:\s|$)))", re.MULTILINE
)


def length(text: str) -> int:
    """Return the length of `text` as Discord counts it, in UTF-16 code units."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Return `text` without invisible and bidirectional controls; joiners that a script or emoji needs are kept."""
    if text.isprintable() and (text.isascii() or not _PRINTABLE_BUT_GONE.search(text)):
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _GONE.sub("", text)
    if _JOINERS.search(text):
        text = _JOINER_RUN.sub(_needed_joiners, text)
    return text


def _needed_joiners(found: re.Match[str]) -> str:
    """Return the part of a run of joiners, selectors and tags that the adjacent characters need."""
    before, run, after = found.groups()
    if before == _FLAG and run.endswith(_FLAG_END) and "\U000e0020" <= run[0] <= "\U000e007f" and len(run) <= 8:
        return before + run
    selector = run[0] if _selects(run[0], before) else ""
    return before + selector + (run[-1] if _joins(run[-1], before, after) else "")


def _selects(char: str, before: str) -> bool:
    """Whether a selector is valid for the character before it."""
    if "\ufe00" <= char <= "\ufe0f":
        return bool(before.strip())
    return char > "\U000e00ff" and _HAN.match(before) is not None


def _joins(char: str, before: str, after: str) -> bool:
    """Whether a joiner is needed by the adjacent characters."""
    if char not in "\u200c\u200d" or not after.strip():
        return False
    if _JOINING_SCRIPTS.match(before) and not after.isascii():
        return True
    return char == "\u200d" and _EMOJI_LIKE.match(before) is not None and after > "\u2000"


def unturned(text: str) -> str:
    """Return `text` without bidirectional controls, which could disguise a name."""
    return text if text.isascii() else _TURNING.sub("", text)


def escape(text: str) -> str:
    """Return `text`, which must be clean, with inline formatting escaped; URLs are unchanged."""
    return _SPECIAL.sub(_literal, text)


def escape_all(text: str) -> str:
    """Return `text`, which must be clean, with inline formatting and URLs escaped, so that nothing is linked."""
    return _SPECIAL_OR_SCHEME.sub(_literal, text)


def _literal(found: re.Match[str]) -> str:
    special = found.group()
    if special == "@":
        return "@" + ZERO_WIDTH_SPACE
    if len(special) == 1:
        return "\\" + special
    if special[0] == "h":
        return neutral(special) if "/" in special else special + "\\"
    return "".join(["\\" + char for char in special])


def escape_line_starts(markdown: str) -> str:
    """Return text escaped by `escape` with markers of headings, quotes, lists and subtext escaped at line starts."""
    if markdown[:1].isalpha() and "\n" not in markdown:
        return markdown
    return _LINE_START.sub(_literal_start, markdown)


def _literal_start(found: re.Match[str]) -> str:
    if found["number"]:
        return f"{found['space']}{found['number']}\\"
    return f"{found['space']}\\{found['mark']}"


def neutral(text: str) -> str:
    """Return `text` without mentions of everyone; for code and other places where a backslash would be visible."""
    return re.sub("@(?=everyone|here)", "@" + ZERO_WIDTH_SPACE, text) if "@" in text else text


def plain_inline(text: str) -> str:
    """Return plain text on one line, escaped for any position within a line of Discord's Markdown."""
    return escape_line_starts(escape(" ".join(clean(text).split())))
