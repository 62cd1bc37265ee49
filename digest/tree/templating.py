"""Masks template syntax that site generators process, so that it does not appear in items.

HTML comments, Liquid, Hugo and Zola tags, MDX imports and components, `:::` directives and kramdown attributes are
removed; the content they wrap is kept. Line numbers are preserved, and code is unchanged.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property

from digest.model import Notice
from digest.tree import dialects

_INLINE = r"(?:img|video|audio|a|b|i|em|strong|u|s|span|sup|sub|small|code|kbd|font|mark|br)\b"
# Each alternative of a pattern that scans whole issues starts with a literal. This is several times faster, because the
# engine then skips all other characters.
_TAG_START = re.compile(rf"<(?:!--|/?[A-Z]|{_INLINE})")
_SCAN = re.compile(r"``*|~~~+|<!--|\{%-?\s*(?:highlight|raw)\b[^%\n]*%\}")
_END_VERBATIM = re.compile(r"\{%-?\s*end(?:highlight|raw)\s*-?%\}")
_MAX_TAGS = 10_000  # maximum tags in one stretch of prose; real issues have fewer, and matching more takes too long
_MAX_HIDDEN = 20_000  # maximum comments that are listed; real issues have fewer
_LONGEST_INDENT = 1_000  # maximum characters before a fence, including quotation marks
_LONGEST_TICKS = 50
_CODE_SPAN_LIMIT = 2000  # maximum characters of a code span

# A name and the white space around it are possessive to avoid backtracking at each character.
_BRACES = re.compile(
    r"\{(?:"
    r"(?P<liquid>%-?\s*+(?P<lname>[\w/]*+)(?P<largs>[^%\n]{0,500}(?:%(?!\})[^%\n]{0,200}){0,5})%\})"
    r"|(?P<hugo>\{[<%]\s*+(?P<hclose>/?+)\s*+(?P<hname>[\w./-]*+)"
    r"(?P<hargs>(?:\"[^\"]*\"|`[^`]*`|[^\"`>%]){0,600}+)[>%]\}\})"
    r"|(?P<zola>\{\s*+(?P<zname>[a-zA-Z_]\w*+)\((?P<zargs>(?:\"[^\"]*\"|'[^']*'|[^\"'{}()]){0,600}+)\)\s*+\}\})"
    r"|(?P<output>\{-?\s*+(?P<oargs>(?:[^{}\n]|\{[^{}\n]{0,200}\}){0,300})\}\})"
    r"|:[^{}\n]{0,200}\}"
    r"|/\*.{0,5000}?\*/\})",
    re.DOTALL,
)
_JSX = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Z][\w.]*+)"
    r"(?P<args>(?:\"[^\"]*\"|'[^'\n]*'|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^<>\"'{}]){0,500}+)>"
)
# MDX expressions, with up to two levels of braces; quoted text is visible
_EXPRESSION = re.compile(
    r"(?<![\\_^$])\{(?:[ \t]*(?P<quote>[\"'])(?P<words>[^\"'`{}\n]{0,1000})(?P=quote)[ \t]*"
    r"|(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,500}+\}){0,500}+\}){0,1000}+)\}"
)
_CLOSED = re.compile(r"</([A-Z][\w.]*)")
_CLOSED_CODE = re.compile(r"\{\{[<%]\s*/\s*([\w./-]+)")
_ARGUMENT = re.compile(r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:\{\s*)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'`{}>]+))""")
# Jekyll's template with arguments, which may extend over several lines and contain Markdown
_INCLUDE = re.compile(r"\{%-?[ \t]*include(?:_cached|_relative)?[ \t]+(?P<name>[\w./-]+)")
_LONGEST_INCLUDE = 8_000  # characters
_TEXT_ARGUMENT = re.compile(
    r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|([^\s"']++))""", re.DOTALL
)
_SHOWN = ("title", "heading", "headline")  # arguments that are the heading of an included box
_BOXES = 2  # boxes of one kind from which each is a part of the issue with a heading of its own
_SAID = 3  # words from which an argument is text that is shown
_ASSIGNED = re.compile(
    r"""\{%-?[ \t]*assign[ \t]+(\w+)[ \t]*=[ \t]*(?:"([^"\n]{0,300})"|'([^'\n]{0,300})')[ \t]*-?%\}"""
)
_LITERAL = re.compile(r"""^\s*["']([^"'\n]*)["']\s*\|\s*(?:relative_url|absolute_url|prepend)""")
_LINES = re.compile(
    r"^(?P<directive>[ \t]{0,3}:{3,}[ \t]*(?P<dname>[\w-]*)(?:\[(?P<dlabel>[^\]\n]*)\])?[^\n]{0,200})$"
    r"|^(?P<leaf>[ \t]{0,3}::[A-Za-z][\w-]*(?:\[(?P<llabel>[^\]\n]*)\])?(?:\{[^}\n]*\})?[ \t]*)$"
    r"|^(?P<esm>(?:import\s[^\n]{0,300}?\sfrom\s*[\"'][^\"'\n]+[\"'];?|import\s*[\"'][^\"'\n]+[\"'];?"
    r"|import\s(?:type\s)?[\w ,]{0,100}\{[^{}]{0,2000}\}\s*from\s*[\"'][^\"'\n]+[\"'];?"
    r"|export\s+(?:const|let|default|function)\b[^\n]*(?:\n(?![ \t]*\n)[^\n]*){0,60}))[ \t]*$"
    r"|^(?P<toc>[ \t]*(?:[-*][ \t]+TOC|\[\[?_?(?:TOC|toc)_?\]\]?))[ \t]*$",
    re.MULTILINE,
)
# a tag over several lines, the last of which is only ">", which CommonMark parses as a quotation
_SPLIT_TAG = re.compile(
    r"(?P<tag><[A-Za-z][\w-]*\s[^<>]{0,2000}?)\n[ \t]*(?P<end>/?>)(?P<alone>[ \t]*$)?", re.MULTILINE
)
_OPENING_TAG = re.compile(rf"^( {{0,3}})(?=<{_INLINE})", re.IGNORECASE | re.MULTILINE)
_NO_ADDRESS = re.compile(r"[^A-Za-z0-9.]+")
_BEFORE_ADDRESS = re.compile(r"(?<!!)\[[^\[\]\n]{1,300}\]\($")
_LONGEST_BEFORE = 310
FILLER = "\u2060"  # makes an inline tag at the start of a line part of a paragraph, as its author means


@dataclass(frozen=True, slots=True)
class Hidden:
    """An invisible part of the source, with its lines and the rule that hides it."""

    first: int
    last: int
    text: str
    rule: str


def mask(text: str, first_line: int, *, is_mdx: bool = False) -> tuple[str, list[Hidden], list[Notice]]:
    """Return `text` with invisible parts masked line by line, the masked parts, and notices for the author."""
    is_tagged = "<" in text and _TAG_START.search(text) is not None
    has_signs = dialects.has_signs(text)
    is_split = is_tagged and _SPLIT_TAG.search(text) is not None
    if has_signs or is_split or "<!--" in text or "{" in text or _JSX.search(text) or _has_lines(text):
        masker = _Masker(text, first_line, has_signs=has_signs, is_mdx=is_mdx)
        text = masker.run()
        hidden, notices = masker.hidden, masker.notices
    else:
        hidden, notices = [], []
    return _OPENING_TAG.sub(rf"\1{FILLER}", text) if is_tagged else text, hidden, notices


def _has_lines(text: str) -> bool:
    """Whether there may be directives, imports or a table-of-contents marker."""
    return "::" in text or "import " in text or "export " in text or "TOC" in text or "[toc" in text or "[_toc" in text


def _joined(match: re.Match[str]) -> str:
    """Return a tag with its end moved to the line above; the other line is not blank, which would end a block."""
    return f"{match['tag']} {match['end']}\n{'' if match['alone'] is None else FILLER}"


def _evaluated(match: re.Match[str]) -> str:
    """Return the visible text of an MDX expression if it is a string literal, else nothing."""
    return (match["words"] or "") + "\n" * match.group().count("\n")


@cache
def _ticks(count: int) -> re.Pattern[str]:
    """Return the pattern for the end of a code span with that many backticks."""
    return re.compile(rf"(?<!`)`{{{count}}}(?!`)")


def _begins_line(text: str, start: int) -> bool:
    """Whether only quotation marks and indentation precede a position, as before a fence."""
    earliest = max(start - _LONGEST_INDENT, 0)  # a line may have megabytes, and as many backticks
    begin = text.rfind("\n", earliest, start) + 1
    return (begin > 0 or earliest == 0) and not text[begin:start].strip(" \t>")


class _Masker:
    def __init__(self, text: str, first_line: int, *, has_signs: bool, is_mdx: bool) -> None:
        self.source = text
        self.hidden: list[Hidden] = []
        self.notices: list[Notice] = []
        self._line = first_line
        self._position = 0
        self._wraps: list[tuple[str, bool]] = []  # open shortcodes and components, and whether each is a link
        self._has_signs = has_signs
        self._is_mdx = is_mdx

    @cached_property
    def closed(self) -> frozenset[str]:
        """The names of components that are closed somewhere."""
        return frozenset(_CLOSED.findall(self.source))

    @cached_property
    def defined(self) -> frozenset[str]:
        """The link reference labels that are defined somewhere."""
        return dialects.definitions(self.source)

    @cached_property
    def assigned(self) -> dict[str, str]:
        """The texts that Liquid variables have, by name; of one that changes, none."""
        found: dict[str, set[str]] = {}
        for match in _ASSIGNED.finditer(self.source):
            found.setdefault(match[1], set()).add(match[2] or match[3] or "")
        return {name: next(iter(texts)) for name, texts in found.items() if len(texts) == 1}

    @cached_property
    def closed_codes(self) -> frozenset[str]:
        """The names of shortcodes that are closed somewhere, in lower case."""
        return frozenset(name.lower() for name in _CLOSED_CODE.findall(self.source))

    def run(self) -> str:
        out: list[str] = []
        text, position, prose = self.source, 0, 0
        while match := _SCAN.search(text, position):
            start, position = match.start(), match.end()
            if match.group() == "<!--":
                out.append(self.prose(text[prose:start]))
                position = self.comment(start)
                out.append("\n" * text.count("\n", start, position))
                prose = position
                continue
            end = self.code_end(match)
            if end is None:
                continue
            code = self.verbatim(text[start:end]) if match.group()[0] == "{" else text[start:end]
            out += [self.prose(text[prose:start]), code]
            position = prose = end
        out.append(self.prose(text[prose:]))
        return "".join(out)

    def code_end(self, match: re.Match[str]) -> int | None:
        """Return where the code that starts at `match` ends; None if it is only a backtick or a tilde."""
        text, opening, start = self.source, match.group(), match.end()
        if opening[0] == "{":
            found = _END_VERBATIM.search(text, start)
            return found.end() if found else len(text)
        is_fence = len(opening) >= 3 and _begins_line(text, match.start())
        if is_fence and "`" not in text[start : text.find("\n", start)]:
            closing = re.compile(rf"^[ \t>]*{re.escape(opening[0])}{{{len(opening)},}}[ \t]*$", re.MULTILINE)
            found = closing.search(text, start)
            return found.end() if found else len(text)
        if opening[0] == "~" or len(opening) > _LONGEST_TICKS:
            return None
        limit = min(start + _CODE_SPAN_LIMIT, len(text))
        blank = text.find("\n\n", start, limit)
        found = _ticks(len(opening)).search(text, start, blank if blank >= 0 else limit)
        return found.end() if found else None

    def verbatim(self, source: str) -> str:
        """Return Liquid's code block as a fenced one with its content unchanged."""
        return _BRACES.sub(lambda match: self.brace(match) if match["liquid"] else match.group(), source)

    def comment(self, start: int) -> int:
        end = self.source.find("-->", start + 4)
        line = self.line_at(start)
        if end < 0:
            self.notices.append(Notice(line, "the comment that begins here never ends: nothing below shows", "comment"))
            end = len(self.source)
        else:
            end += 3
        inner = self.source[start:end].removeprefix("<!--").removesuffix("-->").strip()
        if inner and len(self.hidden) < _MAX_HIDDEN:
            self.hidden.append(Hidden(line, line + self.source.count("\n", start, end), inner, "html-comment"))
        return end

    def line_at(self, offset: int) -> int:
        if offset > self._position:
            self.advance(offset)
        return self._line

    def advance(self, offset: int) -> None:
        self._line += self.source.count("\n", self._position, offset)
        self._position = offset

    # -- prose between code and comments

    def prose(self, text: str) -> str:
        if self._has_signs and dialects.has_signs(text):
            text = dialects.rewrite(text, self.defined)
        if "{" in text and text.count("{") <= _MAX_TAGS:
            text = _BRACES.sub(self.brace, self.includes(text) if "include" in text else text)
        if "<" in text and text.count("<") <= _MAX_TAGS:
            text = _SPLIT_TAG.sub(_joined, _JSX.sub(self.component, text))
        if _has_lines(text):
            text = _LINES.sub(self.whole_line, text)
        if self._is_mdx and "{" in text and text.count("{") <= _MAX_TAGS:
            text = _EXPRESSION.sub(_evaluated, text)
        return text

    def includes(self, text: str) -> str:
        """Return `text` with each included template that has arguments replaced by what it shows of them."""
        out: list[str] = []
        done = 0
        for match in _INCLUDE.finditer(text):
            end = text.find("%}", match.end(), match.end() + _LONGEST_INCLUDE)
            if match.start() < done or end < 0:
                continue
            arguments = text[match.end() : end].rstrip("-")
            out += [text[done : match.start()], self.include(match["name"], arguments)]
            done = end + 2
        return "".join([*out, text[done:]])

    def include(self, name: str, arguments: str) -> str:
        """Return a picture, a link, or the heading and the texts of a box, each in its line."""
        found = list(_TEXT_ARGUMENT.finditer(arguments))
        values = {match[1].lower(): _value(match) for match in found}
        if shown := _picture(name, values) or _template_link(values):
            return shown + "\n" * arguments.count("\n")
        is_heading = self.boxes[name] >= _BOXES
        out: list[str] = []
        done = 0
        for match in found:
            out += ["\n" * arguments.count("\n", done, match.start()), _shown_argument(match, is_heading=is_heading)]
            done = match.end()
        return "".join([*out, "\n" * arguments.count("\n", done)])

    @cached_property
    def boxes(self) -> Counter[str]:
        """How often each template is included."""
        return Counter(match["name"] for match in _INCLUDE.finditer(self.source))

    def whole_line(self, match: re.Match[str]) -> str:
        source = match.group()
        label = match["dlabel"] or match["llabel"]
        kept = f"**{label}**" if label else ""
        return kept + "\n" * source.count("\n")

    def brace(self, match: re.Match[str]) -> str:
        source = match.group()
        shown = ""
        if match["liquid"]:
            shown = self.liquid(match["lname"], match["largs"])
        elif match["hugo"]:
            shown = self.wrapper(match["hname"].lower(), match["hargs"], closing=bool(match["hclose"]), component=False)
        elif match["zola"]:
            shown = self.wrapper(match["zname"].lower(), match["zargs"], closing=False, component=False)
        elif match["output"]:
            literal = _LITERAL.match(match["oargs"])
            shown = literal[1] if literal else self.assigned.get(match["oargs"].strip(" \t-"), "")
        if not shown and _is_address(match):
            shown = f"template:{_NO_ADDRESS.sub('-', source)}"
        return shown + "\n" * source.count("\n")

    def component(self, match: re.Match[str]) -> str:
        source, before = match.group(), match.string[match.start() - 1 : match.start()]
        is_bare = not match["close"] and not match["args"].strip() and match["name"] not in self.closed
        if is_bare or (match.start() and (before.isalnum() or before in "_`")):
            return source  # a type parameter, not a component
        shown = self.wrapper(match["name"], match["args"], closing=bool(match["close"]), component=True)
        return shown + "\n" * source.count("\n")

    def liquid(self, name: str, arguments: str) -> str:
        if name == "highlight":
            return f"```{arguments.split(maxsplit=1)[0] if arguments.split() else ''}"
        if name == "endhighlight":
            return "```"
        if name == "comment":
            return "<!--"
        if name == "endcomment":
            return "-->"
        return ""

    def wrapper(self, name: str, arguments: str, *, closing: bool, component: bool) -> str:
        """Return the visible part of a shortcode or component: an image, a link, or nothing."""
        if closing:
            return self._close(name)
        values = _arguments(arguments)
        url = _first(values, "href", "url", "link")
        is_link = re.match(r"(?:https?:/)?/", url) is not None
        is_alone = arguments.rstrip().endswith("/") or (not component and name not in self.closed_codes)
        if not is_alone:
            self._wraps.append((name, is_link))
            return f'<a href="{url}">' if is_link else ""
        return _picture(name, values) or (_link(url, values) if is_link else "")

    def _close(self, name: str) -> str:
        """Return the end of the innermost open wrapper of that name, and close those opened within it."""
        while self._wraps:
            opened, is_link = self._wraps.pop()
            if opened == name:
                return "</a>" if is_link else ""
        return ""


def _is_address(match: re.Match[str]) -> bool:
    """Whether a tag is the whole URL of a link ("[Pond]({{< ref "pond.md" >}})").

    Only the site generator can resolve it; it becomes a URL with a scheme of its own, so that the link is kept.
    """
    text, start, end = match.string, match.start(), match.end()
    if text[start - 2 : start] != "](" or text[end : end + 1] not in {")", "#", " "}:
        return False
    return _BEFORE_ADDRESS.search(text[max(0, start - _LONGEST_BEFORE) : start]) is not None


def _arguments(text: str) -> dict[str, str]:
    """Return the named arguments of a shortcode or component, with names in lower case."""
    return {m[1].lower(): next((g for g in m.groups()[1:] if g is not None), "") for m in _ARGUMENT.finditer(text)}


def _value(match: re.Match[str]) -> str:
    """Return the text of an argument without quotation marks; "" for a variable."""
    return re.sub(r"\\([\"'\\])", r"\1", match[2] or match[3] or "")


def _template_link(values: dict[str, str]) -> str:
    url = _first(values, "href", "url", "link")
    return _link(url, values) if re.match(r"(?:https?:/)?/", url) else ""


def _shown_argument(match: re.Match[str], *, is_heading: bool) -> str:
    """Return what a box shows of an argument: a heading, text, or nothing but its line breaks."""
    value, is_title = _value(match), match[1].lower() in _SHOWN
    if is_title and value.strip():
        is_alone = is_heading and "\n" not in value
        return f"###### {value.strip()}" if is_alone else f"**{' '.join(value.split())}** " + "\n" * value.count("\n")
    if len(value.split()) >= _SAID or "](" in value:
        return f"{value}  "  # a line of its own
    return "\n" * value.count("\n")


def _first(values: dict[str, str], *names: str) -> str:
    """Return the first argument that is set, "" if there is none."""
    return next(filter(None, map(values.get, names)), "")


def _picture(name: str, values: dict[str, str]) -> str:
    """Return the image of a figure shortcode, "" for others."""
    source, name = values.get("src", ""), name.lower()
    if not source or "video" in name or not any(part in name for part in ("fig", "im", "pic")):
        return ""
    caption = _first(values, "caption", "title")
    return f"![{values.get('alt') or caption}](<{source}>) {caption}".rstrip()


def _link(url: str, values: dict[str, str]) -> str:
    label = _first(values, "title", "text", "label", "name") or url
    said = _first(values, "description", "subtitle")
    return f"[{label}](<{url}>)" + (f" – {said}" if said else "")
