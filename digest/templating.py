"""What a site's generator takes out of an issue before anybody reads it.

HTML comments, Liquid and Hugo tags, MDX imports and components, `:::` directives and kramdown attributes do not
show; what they wrap does. They are replaced within their lines, so that line numbers stay true; code is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.model import Notice

_TRIGGER = re.compile(
    r"<!--|\{[%{:/]|^ {0,3}::|^(?:import|export) |</?[A-Z]|"
    r"^ {0,3}<(?:img|a|b|i|em|strong|u|s|span|sup|sub|small|code|kbd|font|mark|br)\b|^[ \t]*\[\[?_?toc_?\]\]?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_SCAN = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*$|(?P<comment><!--)|(?P<ticks>`+)"
    r"|(?P<verbatim>\{%-?\s*(?:highlight|raw)\b[^%\n]*%\})",
    re.MULTILINE,
)
_END_VERBATIM = re.compile(r"\{%-?\s*end(?:highlight|raw)\s*-?%\}")
_MAX_TAGS = 10_000  # in one stretch of prose; more is no issue, and looking for their ends would take too long
_CODE_SPAN_LIMIT = 2000  # characters in which a code span has to end

_TAGS = re.compile(
    r"(?P<liquid>\{%-?\s*(?P<lname>[\w/]*)(?P<largs>[^%\n]{0,500}(?:%(?!\})[^%\n]{0,200}){0,5})%\})"
    r"|(?P<hugo>\{\{[<%]\s*(?P<hclose>/?)\s*(?P<hname>[\w./-]*)(?P<hargs>(?:\"[^\"]*\"|`[^`]*`|[^\"`>%]){0,600}+)[>%]\}\})"
    r"|(?P<output>\{\{-?\s*(?P<oargs>[^{}\n]{0,300})\}\})"
    r"|(?P<ial>\{:[^{}\n]{0,200}\})"
    r"|(?P<jsxcomment>\{/\*.{0,5000}?\*/\})"
    r"|(?<![\w`])(?P<jsx><(?P<jclose>/?)(?P<jname>[A-Z][\w.]*)"
    r"(?P<jargs>(?:\"[^\"]*\"|'[^'\n]*'|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^<>\"'{}]){0,500}+)>)",
    re.DOTALL,
)
_ARGUMENT = re.compile(r"""([\w:-]+)\s*=\s*(?:\{\s*)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'`{}>]+))""")
_LITERAL = re.compile(r"""^\s*["']([^"'\n]*)["']\s*\|\s*(?:relative_url|absolute_url|prepend)""")
_LINES = re.compile(
    r"^(?P<directive>[ \t]{0,3}:{3,}[ \t]*(?P<dname>[\w-]*)(?:\[(?P<dlabel>[^\]\n]*)\])?[^\n]{0,200})$"
    r"|^(?P<leaf>[ \t]{0,3}::[A-Za-z][\w-]*(?:\[(?P<llabel>[^\]\n]*)\])?(?:\{[^}\n]*\})?[ \t]*)$"
    r"|^(?P<esm>(?:import\s[^\n]{0,300}?\sfrom\s*[\"'][^\"'\n]+[\"'];?|import\s*[\"'][^\"'\n]+[\"'];?"
    r"|export\s+(?:const|let|default|function)\b[^\n]*(?:\n(?![ \t]*\n)[^\n]*){0,60}))[ \t]*$"
    r"|^(?P<toc>[ \t]*(?:[-*][ \t]+TOC|\[\[?_?(?:TOC|toc)_?\]\]?))[ \t]*$",
    re.MULTILINE,
)
_INLINE_TAG = re.compile(
    r"^([ \t]{0,3})(?=<(?:img|a|b|i|em|strong|u|s|span|sup|sub|small|code|kbd|font|mark|br)\b)",
    re.MULTILINE | re.IGNORECASE,
)
_FILLER = "\u2060"  # makes an inline tag at the start of a line what its author means: part of a paragraph


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something in the source that does not show, with its lines and the rule that says so."""

    first: int
    last: int
    text: str
    rule: str


def mask(text: str, first_line: int) -> tuple[str, list[Hidden], list[Notice]]:
    """`text` without what does not show, line for line; what was taken out; what its author should know."""
    if not _TRIGGER.search(text):
        return text, [], []
    masker = _Masker(text, first_line)
    return masker.run(), masker.hidden, masker.notices


class _Masker:
    def __init__(self, text: str, first_line: int) -> None:
        self.source = text
        self.hidden: list[Hidden] = []
        self.notices: list[Notice] = []
        self._line = first_line
        self._position = 0
        self._wraps: list[tuple[str, bool]] = []  # open shortcodes and components, and whether each is a link
        self._in_liquid_comment = False

    def run(self) -> str:
        out: list[str] = []
        text, position, prose = self.source, 0, 0
        while match := _SCAN.search(text, position):
            start, position = match.start(), match.end()
            if match["comment"]:
                out.append(self.prose(text[prose:start]))
                position = self.comment(start)
                out.append("\n" * text.count("\n", start, position))
                prose = position
                continue
            end = self.code_end(match)
            if end is None:
                continue
            code = self.verbatim(text[start:end]) if match["verbatim"] else text[start:end]
            out += [self.prose(text[prose:start]), code]
            self.advance(end)
            position = prose = end
        out.append(self.prose(text[prose:]))
        return "".join(out)

    def code_end(self, match: re.Match[str]) -> int | None:
        """Where the code that begins at `match` ends; None where it is only a backtick."""
        text = self.source
        if fence := match["fence"]:
            closing = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$", re.MULTILINE)
            found = closing.search(text, match.end())
            return found.end() if found else len(text)
        if match["verbatim"]:
            found = _END_VERBATIM.search(text, match.end())
            return found.end() if found else len(text)
        count = len(match["ticks"])
        if count > 50:
            return None
        limit = min(match.end() + _CODE_SPAN_LIMIT, len(text))
        blank = text.find("\n\n", match.end(), limit)
        found = re.compile(rf"(?<!`)`{{{count}}}(?!`)").search(text, match.end(), blank if blank >= 0 else limit)
        return found.end() if found else None

    def verbatim(self, source: str) -> str:
        """Liquid's own code block as a fenced one; what it wraps is left alone."""
        return _TAGS.sub(lambda match: self.tag(match) if match["liquid"] else match.group(), source)

    def comment(self, start: int) -> int:
        end = self.source.find("-->", start + 4)
        line = self.line_at(start)
        if end < 0:
            self.notices.append(Notice(line, "the comment that begins here never ends: nothing below shows", "comment"))
            end = len(self.source)
        else:
            end += 3
        inner = self.source[start:end].removeprefix("<!--").removesuffix("-->").strip()
        if inner:
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
        if not text:
            return text
        if ("{" in text or "<" in text) and text.count("{") + text.count("<") <= _MAX_TAGS:
            text = _TAGS.sub(self.tag, text)
            text = _INLINE_TAG.sub(rf"\1{_FILLER}", text)
        if "::" in text or "import" in text or "export" in text or "TOC" in text or "toc" in text:
            text = _LINES.sub(self.whole_line, text)
        return text

    def whole_line(self, match: re.Match[str]) -> str:
        source = match.group()
        label = match["dlabel"] or match["llabel"]
        kept = f"**{label}**" if label else ""
        return kept + "\n" * source.count("\n")

    def tag(self, match: re.Match[str]) -> str:
        source = match.group()
        if match["liquid"]:
            shown = self.liquid(match["lname"], match["largs"])
        elif match["hugo"]:
            shown = self.wrapper(match["hname"].lower(), match["hargs"], closing=bool(match["hclose"]), component=False)
        elif match["output"]:
            literal = _LITERAL.match(match["oargs"])
            shown = literal[1] if literal else ""
        elif match["jsx"]:
            if not match["jclose"] and not match["jargs"].strip() and f"</{match['jname']}" not in self.source:
                return source  # a type's parameter, not a component
            shown = self.wrapper(match["jname"], match["jargs"], closing=bool(match["jclose"]), component=True)
        else:
            shown = ""
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
        """What shows of a shortcode or component: a picture, a link, or nothing."""
        if closing:
            while self._wraps:
                opened, is_link = self._wraps.pop()
                if opened == name:
                    return "</a>" if is_link else ""
            return ""
        values = {
            m[1].lower(): next((g for g in m.groups()[1:] if g is not None), "") for m in _ARGUMENT.finditer(arguments)
        }
        alone = arguments.rstrip().endswith("/") or (not component and not self.closes(name))
        url = values.get("href") or values.get("url") or values.get("link") or ""
        is_link = bool(re.match(r"(?:https?:/)?/", url))
        if not alone:
            self._wraps.append((name, is_link))
            return f'<a href="{url}">' if is_link else ""
        source = values.get("src", "")
        if source and ("fig" in name.lower() or "im" in name.lower() or "pic" in name.lower()):
            caption = values.get("caption") or values.get("title") or ""
            return f"![{values.get('alt') or caption}](<{source}>) {caption}".rstrip()
        if is_link:
            label = values.get("title") or values.get("text") or values.get("label") or values.get("name") or url
            return f"[{label}](<{url}>) {values.get('description', '')}".rstrip()
        return ""

    def closes(self, name: str) -> bool:
        return re.search(r"\{\{[<%]\s*/\s*" + re.escape(name), self.source) is not None
