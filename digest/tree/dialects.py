"""Rewrites syntax of Obsidian, Logseq, Pandoc, MkDocs and WordPress exports as equivalent Markdown.

`[[note|words]]` becomes a link without a URL, `![[picture.png]]` an image, a call-out a quotation. Comments between
`%%`, attributes in braces after a link and escaped shortcodes are removed. A reference with its definition in another
file becomes a link without a URL. Line numbers are preserved.
"""

from __future__ import annotations

import re

NOWHERE = "wiki:"  # scheme of links that only the author's tools can resolve

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif", ".bmp")
_COMMENT = re.compile(
    r"^[ \t]*%%[ \t]*\n(?:(?![ \t]*%%[ \t]*$)[^\n]*\n){0,400}[ \t]*%%[ \t]*$"  # delimiters on lines of their own
    r"|(?<![\w%])%%(?![%\n])(?:[^%\n]|%(?!%)|\n(?![ \t]*\n)){1,2000}%%(?!%)",
    re.MULTILINE,
)
_WIKI_LINK = re.compile(r"(?P<shown>!?)\[\[(?P<note>[^\[\]|\n]{1,300})(?:\|(?P<words>[^\[\]\n]{0,300}))?\]\](?![(\[:])")
_BRACED = r"\{(?=[^{}\n]{1,300}\})[ \t]*(?:(?:[.#][\w:-]+|[\w:-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}\"']+))[ \t]*)+\}"
_ATTRIBUTES = re.compile(rf"(?<=[)\]`*_]){_BRACED}")
_SPAN = re.compile(rf"(?<![\]\w!])\[(?P<words>[^\[\]\n]{{1,300}})\]{_BRACED}")
_SHORTCODE = re.compile(
    r"\\?\[[a-z][a-z0-9_-]{1,30}(?:[ \t]+[\w\\-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\[\]\"']+))+[ \t]*/?\\?\](?![(\[:])"
)
_CLOSING_SHORTCODE = re.compile(r"\\?\[/[a-z][a-z0-9_-]{1,30}\\?\](?![(\[:])")
_REFERENCE = re.compile(
    # "a[0][1]" is code; Chinese and Japanese have no space before a link
    r"(?<![A-Za-z0-9_À-ÿ\]\\!])\[(?P<words>(?:[^\[\]\n]|\n(?![ \t]*\n)){1,300})\]"
    r"\[(?P<label>(?!\^)(?:[^\[\]\n]|\n(?![ \t]*\n)){0,200})\]"
    r"(?![(\[:]|[ \t]*\[)"  # "[series][video] [Title](…)" are labels
)
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]\n]{1,300})\]:", re.MULTILINE)
_CALLOUT = re.compile(
    r"^(?P<quote>[ \t]*(?:>[ \t]*)+)\[![\w-]{1,30}(?:\|[^\]\n]*)?\][+-]?[ \t]*(?P<title>[^\n]*)$", re.MULTILINE
)
_ADMONITION = re.compile(
    r"^(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+[\w-]+)*(?:[ \t]+\"(?P<title>[^\"\n]*)\")?[ \t]*"
    r"(?P<body>(?:\n[ \t]*(?=\n(?: {4}|\t| *\n))|\n(?: {4}|\t)[^\n]*){1,200})",
    re.MULTILINE,
)
# personal fields of Mailchimp and similar services
_MERGE_TAG = re.compile(r"\*\|[A-Z][A-Z0-9_]{0,40}(?::[^|*\n]{0,120})?\|\*")
_BLOCK_REFERENCE = r"\(\([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\)\)"
# Logseq: block properties, each on a line, and references to blocks by ID
_LOGSEQ = re.compile(
    r"^[ \t]*(?:id|collapsed|heading|background-color|alias|icon|public|template|(?:created|updated)-at"
    r"|(?:logseq|ls|hl|query|card)[.-][\w.-]{1,40})::(?:[ \t][^\n]*)?$"
    rf"|\[(?P<words>[^\[\]\n]{{1,200}})\]\({_BLOCK_REFERENCE}\)|{_BLOCK_REFERENCE}",
    re.MULTILINE,
)
# Obsidian's block ID at the end of a block
_BLOCK_NAME = re.compile(r"(?<=\S)[ \t]+\^[a-zA-Z0-9][a-zA-Z0-9-]{3,40}[ \t]*$", re.MULTILINE)
_HIGHLIGHT = re.compile(r"(?<![=\w])==(?=[^\s=])(?P<words>[^=\n]{1,300})(?<=[^\s=])==(?![=\w])")


_SIGNS = ("[[", "][", "%%", '="', "==", "[!", "[/", "{.", "!!! ", "??? ", "*|", ":: ", "((", " ^")


def has_signs(text: str) -> bool:
    """Whether `text` may contain such syntax; most issues do not."""
    return any(sign in text for sign in _SIGNS)


def definitions(text: str) -> frozenset[str]:
    """Return the link reference labels defined in `text`, normalised."""
    return frozenset(_label(found) for found in _DEFINITION.findall(text)) if "]:" in text else frozenset()


def _label(text: str) -> str:
    return " ".join(text.casefold().split())


def rewrite(text: str, defined: frozenset[str]) -> str:
    """Return prose without code as plain Markdown; `defined` are the issue's link reference labels."""
    if "%%" in text:
        text = _COMMENT.sub(_blank, text)
    if "[!" in text:
        text = _CALLOUT.sub(_callout, text)
    if "!!! " in text or "??? " in text:
        text = _ADMONITION.sub(_admonition, text)
    if "[[" in text:
        text = _WIKI_LINK.sub(lambda found: _wiki_link(found, defined), text)
    text = _without_codes(text)
    if "*|" in text:
        text = _MERGE_TAG.sub("", text)
    if ":: " in text or "((" in text:
        text = _LOGSEQ.sub(lambda found: found["words"] or "", text)
    if " ^" in text:
        text = _BLOCK_NAME.sub("", text)
    if "{" in text:
        text = _ATTRIBUTES.sub("", _SPAN.sub(lambda found: _span(found["words"], defined), text))
    if "][" in text:
        text = _REFERENCE.sub(lambda found: _reference(found, defined), text)
    return _HIGHLIGHT.sub(r"\g<words>", text) if "==" in text else text


def _without_codes(text: str) -> str:
    """Return `text` without escaped shortcodes."""
    if '="' not in text and "='" not in text and "[/" not in text:
        return text
    return _CLOSING_SHORTCODE.sub("", _SHORTCODE.sub("", text))


def _span(words: str, defined: frozenset[str]) -> str:
    return f"[{words}]" if _label(words) in defined else words


def _blank(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


def _wiki_link(found: re.Match[str], defined: frozenset[str]) -> str:
    note, words = found["note"].strip(), (found["words"] or "").strip()
    if not note or _label(note) in defined or _label(note).strip("_") == "toc":
        return found.group()
    if found["shown"]:
        is_picture = note.lower().split("#")[0].endswith(_PICTURES)
        return f"![{'' if words.replace('x', '').isdigit() else words}](<{note}>)" if is_picture else ""
    place, _, part = note.partition("#")
    shown = words or " > ".join(piece for piece in (place.rsplit("/", 1)[-1], *part.split("#")) if piece)
    return f"[{shown}](<{NOWHERE}{note.replace('<', '').replace('>', '')}>)"


def _reference(found: re.Match[str], defined: frozenset[str]) -> str:
    label = _label(found["label"] or found["words"])
    if label in defined or not any(map(str.isalpha, found["words"])):
        return found.group()
    words, broken = found["words"], found["label"].count("\n")
    if broken and " " in words:  # its line breaks must not move before a full stop
        words, broken = "\n".join(words.rsplit(" ", 1)), broken - 1
    return f"[{words}](<{NOWHERE}{label.replace('<', '').replace('>', '')}>)" + "\n" * broken


def _callout(found: re.Match[str]) -> str:
    title = found["title"].strip()
    return f"{found['quote']}**{title}**  " if title else found["quote"].rstrip()


def _admonition(found: re.Match[str]) -> str:
    title = (found["title"] or "").strip()
    lines = [f"> **{title}**  " if title else ">"]
    lines += [
        f"> {line.removeprefix(chr(9)).removeprefix('    ')}".rstrip(" ") for line in found["body"].split("\n")[1:]
    ]
    return "\n".join(lines)
