"""Blocks and inlines -> Discord Markdown.

What Discord has no form for is shown in the nearest one: a heading is a bold line, a table lines of
cells, a nested quote a plain one; pictures and separating lines are left out. A link becomes a masked
link only where Discord shows it as one: text with an address or an emoji in it, or with a lone bracket,
is followed by the address instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

from digest.cutting import cut
from digest.escape import clean, escape, escape_line_starts, length, neutral, plain_inline
from digest.nodes import Block, Inline, one_line

__all__ = ["cut", "length", "plain_inline", "render", "render_inlines"]

_MAX_DEPTH = 40  # of blocks or inlines within each other; what is deeper shows as plain text
_MAX_INDENT = 4  # levels of lists that Discord tells apart
_MARKS = {"strong": "**", "emph": "*", "strike": "~~"}
_SOFT = "\x1f"  # a line end of the source, until it is known what stands around it
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_SOFT_CJK = re.compile(f"(?<=[{_CJK}]){_SOFT}(?=[{_CJK}])")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+.#-]{1,30}")
_EMOJI = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u231a\u231b\u23e9-\u23fa\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d"
    "\u3297\u3299]|.\ufe0f"
)
_EMOJI_ANY = re.compile(_EMOJI)
_EMOJI_EDGE = re.compile(
    rf"^(?P<before>(?:(?:{_EMOJI})[\ufe0f\u200d\s]*)*)(?P<text>.*?)(?P<after>(?:\s*(?:{_EMOJI})[\ufe0f\u200d]*)*)$",
    re.DOTALL,
)
_ADDRESS = re.compile(r"https?://|^(?:www\.)?[\w-]+(?:\.[\w-]+)+/\S*$|^www\.\S+$", re.IGNORECASE)


def render(blocks: Sequence[Block]) -> str:
    """The blocks as Discord Markdown, uncut; "" where they show nothing."""
    return _blocks(blocks, 0)


def render_inlines(inlines: Sequence[Inline]) -> str:
    """A run of inlines as Discord Markdown; a line end only where the page has one."""
    text = _Run().render(inlines)
    text = _SOFT_CJK.sub("", text).replace(_SOFT, " ")
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n"))
    return escape_line_starts("\n".join(line for line in lines if line))


# -- blocks -------------------------------------------------------------------------------------


def _blocks(blocks: Sequence[Block], depth: int) -> str:
    """Blocks one below the other: a list and what follows a heading close up, all else stands apart."""
    out: list[str] = []
    previous = ""
    for block in blocks:
        shown = _block(block, depth)
        if not shown:
            continue
        if out:
            out.append("\n" if previous == "heading" or (block.kind == "list" and previous == "paragraph") else "\n\n")
        out.append(shown)
        previous = block.kind
    return "".join(out)


def _block(block: Block, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return plain_inline(_deep_text(block))
    return _FORMS.get(block.kind, _text_block)(block, depth)


def _text_block(block: Block, depth: int) -> str:
    own = render_inlines(block.inlines) if block.inlines else ""
    below = _blocks(block.children, depth + 1) if block.children else ""
    return "\n".join(part for part in (own, below) if part)


def _heading(block: Block, _depth: int) -> str:
    text = _Run(active=("strong",)).render(block.inlines)
    text = " ".join(_SOFT_CJK.sub("", text).replace(_SOFT, " ").split())
    return f"**{text}**" if text else ""


def _quote(block: Block, depth: int) -> str:
    inner = _blocks(block.children, depth + 1)
    return inner if depth and inner.startswith("> ") else _quoted(inner)


def _footnote(block: Block, depth: int) -> str:
    inner = _blocks(block.children, depth + 1)
    return f"\\[{plain_inline(block.text)}] {inner}" if inner else ""


def _table(block: Block, _depth: int) -> str:
    return "\n".join(line for row in block.children if (line := _row(row)))


def _quoted(text: str) -> str:
    """Every line behind ">"; quotes within are of one level, as Discord knows no other."""
    if not text:
        return ""
    lines = (re.sub(r"^(?:> ?)+", "", line) for line in text.split("\n"))
    return "\n".join(f"> {line}".rstrip() if line else "> " for line in lines)


def _code_block(block: Block, _depth: int) -> str:
    code = neutral(clean(block.text)).strip("\n").rstrip()
    if not code.strip():
        return ""
    language = _LANGUAGE.match(block.info.strip())
    code = code.replace("```", "`\u200b`\u200b`")  # nothing else keeps Discord from ending the block here
    return f"```{language.group() if language else ''}\n{code}\n```"


def _row(row: Block) -> str:
    cells = [render_inlines(cell.inlines).replace("\n", " ") for cell in row.children]
    if row.ordered:
        cells = [f"**{cell}**" if "*" not in cell else cell for cell in cells if cell]
    return " · ".join(cell for cell in cells if cell)


def _list(block: Block, indent: int, depth: int) -> list[str]:
    lines: list[str] = []
    number = block.start
    for entry in block.children:
        mark = f"{number}." if block.ordered else "-"
        number += 1
        lines += _entry(entry, mark, indent, depth)
    return lines


def _entry(entry: Block, mark: str, indent: int, depth: int) -> list[str]:
    """The lines of a list's entry: text behind its mark, more text below it, lists within moved in."""
    space = "  " * min(indent, _MAX_INDENT)
    if depth > _MAX_DEPTH:
        text = plain_inline(_deep_text(entry))
        return [f"{space}{mark} {text}"] if text else []
    lines: list[str] = []
    has_mark = False
    if entry.inlines:
        shown = render_inlines(entry.inlines).split("\n")
        lines = [f"{space}{mark} {shown[0]}", *(f"{space}  {line}" for line in shown[1:])]
        has_mark = True
    for child in entry.children:
        if child.kind == "list":
            lines += _list(child, indent + 1, depth + 1)
            continue
        shown = [line for line in _block(child, depth + 1).split("\n") if line]
        if child.kind in ("code", "quote"):  # Discord knows both only at a line's start
            lines += shown
        elif shown and not has_mark:
            lines += [f"{space}{mark} {shown[0]}", *(f"{space}  {line}" for line in shown[1:])]
            has_mark = True
        else:
            lines += (f"{space}  {line}" for line in shown)
    return lines


_FORMS: dict[str, Callable[[Block, int], str]] = {
    "heading": _heading,
    "list": lambda block, depth: "\n".join(_list(block, 0, depth)),
    "quote": _quote,
    "code": _code_block,
    "table": _table,
    "footnote": _footnote,
}


def _deep_text(block: Block) -> str:
    """All text below a block, without recursion."""
    parts: list[str] = []
    stack = [block]
    while stack:
        here = stack.pop()
        if here.kind == "code":
            parts.append(one_line(here.text))
        elif here.inlines:
            parts.append(_flat(here.inlines))
        stack.extend(reversed(here.children))
    return " ".join(part for part in parts if part)


def _flat(inlines: Iterable[Inline]) -> str:
    parts: list[str] = []
    stack = list(inlines)[::-1]
    while stack:
        here = stack.pop()
        if here.kind in ("text", "code"):
            parts.append(here.text)
        elif here.kind in ("softbreak", "break"):
            parts.append("\n")
        stack.extend(reversed(here.children))
    return one_line("".join(parts))


# -- inlines ------------------------------------------------------------------------------------


class _Run:
    """Renders one run of inlines; knows which marks are open around it."""

    def __init__(self, active: tuple[str, ...] = (), depth: int = 0, *, in_link: bool = False) -> None:
        self._active = active
        self._depth = depth
        self._in_link = in_link
        self._out: list[str] = []

    def render(self, inlines: Sequence[Inline]) -> str:
        if self._depth > _MAX_DEPTH:
            return escape(clean(_flat(inlines)))
        for inline in _joined(inlines):
            self._add(inline)
        return "".join(self._out)

    def _add(self, inline: Inline) -> None:
        kind = inline.kind
        if kind == "text":
            self._out.append(escape(clean(inline.text).replace("\n", _SOFT)))
        elif kind == "code":
            self._out.append(_code(inline.text))
        elif kind == "softbreak":
            self._out.append(_SOFT)
        elif kind == "break":
            self._out.append(" " if self._in_link else "\n")
        elif kind == "link":
            self._out.append(self._link(inline))
        elif kind == "footnote":
            self._out.append(f"\\[{escape(clean(inline.text))}]")
        elif kind in _MARKS:
            self._marked(inline)
        elif kind != "image":
            self._out.append(self._inner(inline, self._active))

    def _inner(self, inline: Inline, active: tuple[str, ...], *, in_link: bool = False) -> str:
        return _Run(active, self._depth + 1, in_link=in_link or self._in_link).render(inline.children)

    def _marked(self, inline: Inline) -> None:
        mark = _MARKS[inline.kind]
        if inline.kind in self._active:
            self._out.append(self._inner(inline, self._active))
            return
        inner = self._inner(inline, (*self._active, inline.kind))
        text = inner.strip(f" \t\n{_SOFT}")
        if not text:
            self._out.append(inner)
            return
        start = inner.index(text[0]) if inner[0] != text[0] else 0
        before, after = inner[:start], inner[start + len(text) :]
        if mark != "~~" and self._touches_star():
            mark = "_" if mark == "*" and not text[0].isalnum() else ""
        self._out.append(f"{before}{mark}{text}{mark}{after}")

    def _touches_star(self) -> bool:
        """Whether a mark that ends with a star stands right before: another one beside it would melt into it."""
        last = next((part for part in reversed(self._out) if part), "")
        return last.endswith("*") and not last.endswith("\\*")

    def _link(self, inline: Inline) -> str:
        inner = self._inner(inline, self._active, in_link=True)
        if self._in_link or not inner.strip(f" \t\n{_SOFT}"):
            return inner
        address = _address(inline.url)
        if not address:
            return inner
        shown = _flat(inline.children)
        if _same_address(shown, inline.url):
            return f"<{address}>"
        before, text, after = _without_edges(_SOFT_CJK.sub("", inner).replace(_SOFT, " "))
        if not text:
            return f"{inner} (<{address}>)"
        if _ADDRESS.search(shown) or _EMOJI_ANY.search(text) or not _balanced(text):
            return f"{before}{text} (<{address}>){after}"
        return f"{before}[{text.replace(']', chr(92) + ']')}]({address}){after}"


def _joined(inlines: Sequence[Inline]) -> Iterable[Inline]:
    """The inlines with neighbours of one kind of mark made one: "**a****b**" is no bold text for Discord."""
    waiting: Inline | None = None
    for inline in inlines:
        if waiting and waiting.kind == inline.kind and inline.kind in _MARKS:
            waiting.children.extend(inline.children)
            continue
        if waiting:
            yield waiting
        waiting = Inline(inline.kind, children=list(inline.children)) if inline.kind in _MARKS else inline
    if waiting:
        yield waiting


def _code(text: str) -> str:
    """Code within a line; a backtick in it is fenced by two, and a run of them shown by look-alikes."""
    text = neutral(" ".join(clean(text).split()))
    if not text:
        return ""
    if "`" not in text:
        return f"`{text}`"
    if "``" in text:
        return "`" + text.replace("`", "\u02cb") + "`"
    return f"`` {text} ``" if text[0] == "`" or text[-1] == "`" else f"``{text}``"


def _without_edges(text: str) -> tuple[str, str, str]:
    """`text` without the spaces and emoji at its ends, which break a masked link, and these."""
    stripped = text.strip()
    start = text.index(stripped) if stripped else 0
    found = _EMOJI_EDGE.match(stripped[:2000]) if _EMOJI_ANY.search(stripped) and len(stripped) <= 2000 else None
    before, inner, after = (found["before"], found["text"], found["after"]) if found else ("", stripped, "")
    return text[:start] + before, inner, after + text[start + len(stripped) :]


def _balanced(text: str) -> bool:
    """Whether the brackets in `text` come in pairs, none within another."""
    return re.sub(r"[^\[\]]", "", text).replace("[]", "") == ""


def _address(url: str) -> str:
    """`url` as it can stand in a masked link; "" where Discord links no such address."""
    url = clean(url).strip()
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return ""
    url = re.sub("@(?=everyone|here)", "%40", url)
    return re.sub(r"[\s()<>\"\\|`*~\[\]{}^]", lambda found: quote(found.group(), safe=""), url)


def _same_address(text: str, url: str) -> bool:
    """Whether a link's text is its own address, perhaps without "https://" or the last slash."""

    def bare(address: str) -> str:
        return re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip(), flags=re.IGNORECASE).rstrip("/")

    return " " not in text and bool(text) and bare(text) == bare(url) and ("/" in text or "://" in text)
