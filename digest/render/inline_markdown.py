"""Renders inlines as Discord Markdown within a line.

A link becomes a masked link only if Discord renders it as one; if its text contains a URL, an emoji or an unpaired
bracket, the URL follows the text instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from digest.render.escape import clean, escape, escape_all, neutral
from digest.tree.nodes import Inline, one_line
from digest.tree.urls import as_browsers_read, names_another_host, resolve

MAX_DEPTH = 40  # maximum nesting of blocks or of inlines; deeper ones are rendered as plain text
_MARKS = {"strong": "**", "emph": "*", "strike": "~~"}
_SOFT = "\x1f"  # placeholder for a line end of the source, until its context is known
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_SOFT_CJK = re.compile(f"(?<=[{_CJK}]){_SOFT}(?=[{_CJK}])")
_EMOJI = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u231a\u231b\u23e9-\u23fa\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d"
    "\u3297\u3299]|.\ufe0f"
)
_EMOJI_ANY = re.compile(_EMOJI)
_EMOJI_EDGE = re.compile(
    rf"^(?P<before>(?:(?:{_EMOJI})[\ufe0f\u200d\s]*)*)(?P<text>.*?)(?P<after>(?:\s*(?:{_EMOJI})[\ufe0f\u200d]*)*)$",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_BLANKS = re.compile(r"[ \t]+")
_CLOSING = re.compile(r"(?P<code>(`{1,2})(?!`).+?(?<!`)\2(?!`))|\]")
_LONGEST_EDGED = 2000  # maximum characters of a link's text that are searched for emoji at its ends
_NO_BRACKETS = re.compile(r"[^\[\]]+")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_EVERYONE = re.compile("@(?=everyone|here)")
_SHOWN = re.compile(r"https?://[^\s<>()]+", re.IGNORECASE)
_UNSAFE = re.compile(r"[\s()<>\"\\|`*~\[\]{}^]")
_ADDRESS = re.compile(r"https?://|^(?:www\.)?[\w-]+(?:\.[\w-]+)+/\S*$|^www\.\S+$", re.IGNORECASE)


def inline_markdown(inlines: Sequence[Inline], base: str = "", active: tuple[str, ...] = ()) -> str:
    """Return a run of inlines as Markdown with line ends only for breaks; `active` are the kinds of enclosing marks."""
    is_text = len(inlines) == 1 and inlines[0].kind == "text"
    text = _unsoftened(_plain(inlines[0].text) if is_text else _Run(base, active).render(inlines))
    if text.isprintable() and "  " not in text:  # the most common case: no white space other than single spaces
        return text.strip(" ")
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _unsoftened(text: str) -> str:
    """Return `text` with source line ends as spaces, or removed between Chinese or Japanese characters."""
    return _SOFT_CJK.sub("", text).replace(_SOFT, " ") if _SOFT in text else text


def _plain(text: str) -> str:
    """Return the text of an inline, escaped; any URL in it is one that the outline did not link."""
    text = clean(text)
    return escape_all(text.replace("\n", _SOFT) if "\n" in text else text)


def flat_text(inlines: Iterable[Inline]) -> str:
    """Return the visible text on one line, without recursion."""
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


class _Run:
    """Renders one run of inlines, given the marks open around it."""

    def __init__(
        self, base: str, active: tuple[str, ...], depth: int = 0, *, in_link: bool = False, after_star: bool = False
    ) -> None:
        self._base = base
        self._active = active
        self._depth = depth
        self._in_link = in_link
        self._after_star = after_star  # whether a mark that ends in a star directly precedes the run
        self._out: list[str] = []

    def render(self, inlines: Sequence[Inline]) -> str:
        if self._depth > MAX_DEPTH:
            return escape_all(clean(flat_text(inlines)))
        for inline in _joined(inlines):
            if inline.kind == "text":
                self._out.append(_plain(inline.text))
            else:
                self._add(inline)
        return "".join(self._out) if len(self._out) != 1 else self._out[0]

    def _add(self, inline: Inline) -> None:
        kind = inline.kind
        if kind == "link":
            self._out.append(self._link(inline))
        elif kind == "code":
            self._out.append(_code(inline.text))
        elif kind == "softbreak":
            self._out.append(_SOFT)
        elif kind == "break":
            self._out.append(" " if self._in_link else "\n")
        elif kind == "footnote":
            self._out.append(f"\\[{escape(clean(inline.text))}]")
        elif kind in _MARKS:
            self._marked(inline)
        elif kind != "image":
            self._out.append(self._inner(inline, self._active))

    def _inner(self, inline: Inline, active: tuple[str, ...], *, in_link: bool = False) -> str:
        children = inline.children
        if len(children) == 1 and children[0].kind == "text" and self._depth < MAX_DEPTH:
            return _plain(children[0].text)
        after_star = active is self._active and self._touches_star()
        in_link = in_link or self._in_link
        return _Run(self._base, active, self._depth + 1, in_link=in_link, after_star=after_star).render(children)

    def _marked(self, inline: Inline) -> None:
        mark = _MARKS[inline.kind]
        if inline.kind in self._active or (mark != "~~" and self._touches_star()):
            self._out.append(self._inner(inline, self._active))
            return
        inner = self._inner(inline, (*self._active, inline.kind))
        text = inner.strip(f" \t\n{_SOFT}")
        if not text:
            self._out.append(inner)
            return
        start = inner.index(text[0]) if inner[0] != text[0] else 0
        before, after = inner[:start], inner[start + len(text) :]
        self._out.append(f"{before}{mark}{text}{mark}{after}")

    def _touches_star(self) -> bool:
        """Whether the output ends in a mark with a star, which would merge with another one."""
        last = next((part for part in reversed(self._out) if part), "")
        return last.endswith("*") and not last.endswith("\\*") if last else self._after_star

    def _link(self, inline: Inline) -> str:
        inner = self._inner(inline, self._active, in_link=True)
        if self._in_link or not inner.strip(f" \t\n{_SOFT}"):
            return inner
        address = link_address(resolve(inline.url, self._base))
        if not address:
            return inner
        shown = flat_text(inline.children)
        if _same_address(shown, inline.url):
            return f"<{address}>"
        return _masked(_unsoftened(inner), shown, address)


def masked_link(text: str, url: str) -> str:
    """Return `text`, which is Discord Markdown on one line, as a link to `url` if Discord renders it as one.

    Otherwise the URL follows the text. If Discord does not link the URL, return the text alone.
    """
    address = link_address(url)
    return _masked(text, _ESCAPED.sub(r"\1", text), address) if address else text


def _masked(text: str, shown: str, address: str) -> str:
    """Return `text` linked to `address`; `shown` is the visible text."""
    before, inner, after = _without_edges(text)
    if not inner:
        return f"{text} (<{address}>)"
    is_address = _is_address(shown) or names_another_host(shown, address)
    if is_address or (not inner.isascii() and _EMOJI_ANY.search(inner)) or not _balanced(inner):
        return f"{before}{inner} (<{address}>){after}"
    if "]" in inner:
        inner = _CLOSING.sub(_escaped_closing, inner)
    return f"{before}[{inner}]({address}){after}"


def _joined(inlines: Sequence[Inline]) -> Iterable[Inline]:
    """Return the inlines with adjacent marks of one kind merged: Discord does not render "**a****b**" as bold."""
    last = ""
    for inline in inlines:
        if inline.kind == last and last in _MARKS:
            return _with_joined(inlines)
        last = inline.kind
    return inlines


def _with_joined(inlines: Sequence[Inline]) -> Iterable[Inline]:
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
    """Return code within a line, delimited by two backticks if it has one; runs of them become lookalikes."""
    text = neutral(" ".join(clean(text).split()))
    if not text:
        return ""
    if "`" not in text:
        return f"`{text}`"
    if "``" in text:
        return "`" + text.replace("`", "\u02cb") + "`"
    return f"`` {text} ``" if text[0] == "`" or text[-1] == "`" else f"``{text}``"


def _without_edges(text: str) -> tuple[str, str, str]:
    """Split off the spaces and emoji at both ends of `text`, which break a masked link: before, inner, after."""
    stripped = text.strip()
    start = text.index(stripped) if stripped else 0
    has_emoji = not stripped.isascii() and _EMOJI_ANY.search(stripped)
    found = _EMOJI_EDGE.match(stripped) if has_emoji and len(stripped) <= _LONGEST_EDGED else None
    before, inner, after = (found["before"], found["text"], found["after"]) if found else ("", stripped, "")
    return text[:start] + before, inner, after + text[start + len(stripped) :]


def _is_address(text: str) -> bool:
    """Whether `text` contains a URL, in which case Discord does not render a masked link."""
    return ("." in text or "/" in text) and _ADDRESS.search(text) is not None


def _escaped_closing(found: re.Match[str]) -> str:
    return found["code"] or "\\]"


def _balanced(text: str) -> bool:
    """Whether the brackets in `text` are paired and not nested."""
    if "[" not in text and "]" not in text:
        return True
    return _NO_BRACKETS.sub("", text).replace("[]", "") == ""


def link_address(url: str) -> str:
    """Return `url` encoded for a masked link; "" if Discord does not link it."""
    url = as_browsers_read(clean(url).strip())
    if not _WEB.match(url):
        return ""
    if "@" in url:
        url = _EVERYONE.sub("%40", url)
    return _UNSAFE.sub(_quoted, url)


def shown_addresses(markdown: str) -> frozenset[str]:
    """Return the URLs shown or linked by generated Discord Markdown, as encoded by `link_address`."""
    return frozenset(_SHOWN.findall(markdown))


def _quoted(found: re.Match[str]) -> str:
    return quote(found.group(), safe="")


def _same_address(text: str, url: str) -> bool:
    """Whether a link's text is its own URL, possibly without "https://" or the trailing slash."""
    return bool(text) and "/" in text and " " not in text and _bare(text) == _bare(url)


def _bare(address: str) -> str:
    return _SCHEME.sub("", address.strip()).rstrip("/")
