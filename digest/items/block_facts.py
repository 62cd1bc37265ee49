"""Facts about blocks that many rules need, computed once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from digest.items import wording
from digest.items.accounts import is_row_of_accounts
from digest.items.frame import Line
from digest.items.link_lines import leads_out, link_line
from digest.items.titles import is_decoration, is_generic, leading_link
from digest.model import SplitOptions
from digest.tree.nodes import Block, Facts, Inline, one_line, raw_text

_MAIL = re.compile(r"\W*[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+\W*")  # a line that is only an email address
_LONGEST_LINE = 400  # maximum characters of a line that is only a link
DIGEST_PARAGRAPH = 1500  # maximum characters of a story in an issue known to be a digest of paragraphs
_LEADS_BACK = 40  # maximum characters of a line that only links within the page ("Back to top")
_ASKING = 80  # maximum characters of a line that is little more than a call-to-action link
_ASKING_PAGES = {"sponsor", "sponsors", "sponsoring", "sponsorship", "advertise", "advertising", "subscribe", "donate"}
_NOTES = 3  # minimum lines of a paragraph that is a list of calls to action


@dataclass(slots=True)
class View:
    """The rules' view of an issue: facts about it as a whole, and cached results."""

    options: SplitOptions = field(default_factory=SplitOptions)
    title: str = ""  # of the issue
    bare: list[Block] = field(default_factory=list[Block])  # all blocks of an issue without headings
    roundups: frozenset[int] = frozenset()  # ids of the block lists below headings that announce several short stories
    sources: frozenset[str] = frozenset()  # link texts shared by stories, which only name a source
    nothing: frozenset[str] = (
        frozenset()
    )  # lines of one form in several sections, meaning that there is nothing this time
    recurring: Sequence[Line | None] = ()  # whether each line of the file recurs in earlier issues (Frame.recurring)
    standing: set[int] = field(default_factory=set[int])  # ids of recurring boilerplate paragraphs
    _learned: dict[str, Any] = field(default_factory=dict[str, Any])
    _asked: set[str] = field(default_factory=set[str])  # facts read by rules since this was last emptied
    _bodies: dict[int, tuple[Any, dict[str, Any]]] = field(default_factory=dict[int, tuple[Any, dict[str, Any]]])
    _units: dict[int, list[Block]] = field(default_factory=dict[int, list[Block]])
    _lists: list[list[Block]] = field(
        default_factory=list[list[Block]]
    )  # keeps these alive, so that their ids stay valid

    def facts(self, block: Block) -> Facts:
        """Return the statistics of `block`."""
        facts = block.facts
        if facts is None:
            facts = block.facts = _measure(block)
        return facts

    # Learned facts: rules that read them may return something else once more is known.

    @property
    def is_digest(self) -> bool:
        """Whether the sections are runs of short paragraphs with links."""
        return bool(self._ask("is_digest"))

    def is_run(self, blocks: list[Block]) -> bool:
        """Whether a section consists of paragraphs of which each starts a story."""
        return self.is_digest or id(blocks) in self.roundups or id(blocks) in (self._ask("runs") or ())

    @property
    def tells_several(self) -> bool:
        """Whether an issue without headings has several stories, according to its title or the settings."""
        return bool(self._ask("tells_several"))

    @property
    def has_numbers(self) -> bool:
        """Whether the issue numbers its stories."""
        return bool(self._ask("has_numbers"))

    @property
    def has_groups(self) -> bool:
        """Whether at least two sections have several stories."""
        return bool(self._ask("has_groups"))

    @property
    def labels(self) -> frozenset[str]:
        """The bold leads that several stories share: they name aspects of a story and are not titles."""
        return self._ask("labels") or frozenset()

    def is_usual(self, rule: str) -> bool:
        """Whether `rule` applies to other sections of the issue."""
        return bool(self._ask(_usual(rule)))

    def are_enough(self, count: int, rule: str) -> bool:
        """Whether stories found by a rule are enough for it to apply: two, or one if the rule is usual in the issue."""
        return count >= 2 or (count == 1 and self.is_usual(rule))

    def _ask(self, name: str) -> Any:
        self._asked.add(name)
        return self._known(name)

    def _known(self, name: str) -> Any:
        """Return a learned fact; False if it is unknown or negative, so that both compare equal."""
        return self._learned.get(name) or False

    def learn(self, *, usual: Iterable[str] = (), **known: Any) -> None:
        """Set facts about the issue as a whole, by name, and `usual` rules."""
        self._learned.update(known, **{_usual(rule): True for rule in usual})

    def once(self, blocks: list[Block], work: Callable[[list[Block], View], Any]) -> Any:
        """Return the result of `work` for `blocks`, cached until a fact that it read changes."""
        known = self._bodies.get(id(blocks))
        if known is not None and all(self._known(name) == value for name, value in known[1].items()):
            self._asked.update(known[1])
            return known[0]
        before, self._asked = self._asked, set()
        found = work(blocks, self)
        asked = self._asked
        self._bodies[id(blocks)] = (found, {name: self._known(name) for name in asked})
        self._lists.append(blocks)
        self._asked = before | asked
        return found

    def stand(self, block: Block) -> None:
        """Mark a paragraph as boilerplate, which rules treat like a call to action."""
        self.standing.add(id(block))
        self.facts(block).is_plea = True

    def text(self, block: Block) -> str:
        """Return the visible text of `block` in one line."""
        return (block.facts or self.facts(block)).text

    def links(self, block: Block) -> int:
        """Return the number of links in `block`."""
        return (block.facts or self.facts(block)).links

    def link_line(self, block: Block) -> tuple[Inline, bool] | None:
        """Return the cached result of `link_line` for a block."""
        if block.kind != "paragraph":
            return None
        facts = block.facts or self.facts(block)
        if not facts.links or facts.chars > _LONGEST_LINE:
            return None
        if facts.link_line is None:
            facts.link_line = link_line(block, facts) or False
        return facts.link_line or None

    def is_named_line(self, block: Block) -> bool:
        """Whether a line is only a link whose text is a title."""
        line = self.link_line(block)
        return line is not None and not line[1]

    def is_generic_line(self, block: Block) -> bool:
        """Whether a line is only a generic link ("Paper", a bare URL)."""
        line = self.link_line(block)
        return line is not None and line[1]

    def units(self, blocks: list[Block]) -> list[Block]:
        """Return the blocks, with paragraphs that contain a line that is only a link split into lines."""
        known = self._units.get(id(blocks))
        if known is not None:
            return known
        out: list[Block] = []
        for block in blocks:
            lines = lines_of(block) if block.kind == "paragraph" and self.links(block) else [block]
            out += lines if len(lines) > 1 and any(self.link_line(line) for line in lines) else [block]
        self._lists.append(blocks)
        self._units[id(blocks)] = out
        return out

    def is_plea(self, block: Block) -> bool:
        """Whether `block` is only a call to action, thanks, a goodbye, or says that there is nothing."""
        if block.kind not in {"paragraph", "quote"}:
            return False
        facts = block.facts or self.facts(block)
        if facts.is_plea is None:
            facts.is_plea = self._says_plea(block, facts.text) or self._leads_to_plea(block, facts)
        return facts.is_plea

    def _says_plea(self, block: Block, text: str) -> bool:
        """Whether a block's text is a call to action, thanks, a goodbye, or says that there is nothing."""
        return (
            wording.is_plea(text)
            or (block.kind == "paragraph" and wording.asks_reader(text))
            or (_is_callout(block) and wording.ends_in_thanks(text))
            or self.reports_nothing(text)
            or (not text[:1].isalnum() and _asks_line_by_line(block))
        )

    def _leads_to_plea(self, block: Block, facts: Facts) -> bool:
        """Whether a line is only a link to an email address, within the page, or to a payment or subscription page."""
        if _MAIL.fullmatch(facts.text):
            return True
        if facts.links != 1:
            return is_row_of_accounts(block) if facts.links else facts.fragments > 0 and facts.chars <= _LEADS_BACK
        is_short = facts.chars <= _ASKING
        return is_short and _asks(facts.urls[0]) and self.link_line(block) is not None

    def reports_nothing(self, text: str) -> bool:
        """Whether a text says that there is nothing this time: by its words, or because it recurs in the issue."""
        return text in self.nothing or wording.reports_nothing(text)

    def leading_link(self, entry: Block) -> Inline | None:
        """Return the link at the start of a list's entry, if its text is a title."""
        facts = entry.facts or self.facts(entry)
        if facts.leading_link is None:
            first = next((child for child in entry.children if child.kind == "paragraph"), None)
            found = leading_link(first.inlines) if first else None
            facts.leading_link = found[0] if found and not is_generic(raw_text(found[0].children)) else False
        return facts.leading_link or None

    def is_picture(self, block: Block) -> bool:
        """Whether `block` is a paragraph of pictures alone."""
        return block.kind == "paragraph" and self.facts(block).images > 0 and is_decoration(self.text(block))

    def size(self, blocks: Iterable[Block]) -> int:
        """Return the number of visible characters of `blocks`."""
        return sum([(block.facts or self.facts(block)).chars for block in blocks])

    def prose(self, blocks: Iterable[Block]) -> list[Block]:
        """Return the paragraphs with text that are not calls to action, thanks or goodbyes."""
        return [block for block in blocks if self.is_prose(block) and not self.is_plea(block)]

    def is_prose(self, block: Block) -> bool:
        """Whether `block` is a paragraph with text."""
        return block.kind == "paragraph" and not is_decoration(self.text(block))


def _usual(rule: str) -> str:
    """Return the key of the fact that a rule is usual."""
    return f"usual: {rule}"


def _is_callout(block: Block) -> bool:
    """Whether a quotation is one paragraph below a bold title, as call-outs and admonitions are parsed."""
    if block.kind != "quote" or len(block.children) != 1 or block.children[0].kind != "paragraph":
        return False
    kinds = [inline.kind for inline in block.children[0].inlines[:2]]
    return kinds == ["strong", "break"]


def _asks(url: str) -> bool:
    """Whether a URL is that of a subscription, payment or advertising page."""
    return url.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1] in _ASKING_PAGES


def _asks_line_by_line(block: Block) -> bool:
    """Whether at least half of a paragraph's lines are calls to action, each after a bullet of its own."""
    lines = ["".join(texts) for texts in _texts_of_lines(block)]
    if len(lines) < _NOTES or any(line[:1].isalnum() for line in lines):
        return False
    return 2 * sum(map(wording.is_plea, lines)) >= len(lines)


def _texts_of_lines(block: Block) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    for inline in block.inlines:
        if inline.kind in {"softbreak", "break"}:
            lines.append([])
        else:
            lines[-1].append(raw_text([inline]))
    return lines


def _measure(block: Block) -> Facts:
    children = block.children
    for child in children:
        if child.facts is None:
            child.facts = _measure(child)
    if block.kind == "entry" and len(children) == 1 and children[0].kind == "paragraph" and not block.inlines:
        return children[0].facts or _measure(children[0])
    texts: list[str] = []
    urls: list[str] = []
    counts = [0, 0]  # pictures, links within the page
    if block.inlines:
        _count(block.inlines, texts, urls, counts)
    if block.kind == "code":
        texts = [block.text]
    text = one_line("".join(texts))
    if not children:
        return Facts(text, len(text), len(urls), len(urls), counts[0], counts[1], urls)
    return _sum(block, Facts(text, len(text), len(urls), len(urls), counts[0], counts[1], urls))


def _sum(block: Block, facts: Facts) -> Facts:
    """Add the facts of a block's children to those of its own inlines."""
    texts = [facts.text] if facts.text else []
    for child in block.children:
        below = child.facts
        if below is None:
            continue
        facts.urls += below.urls
        facts.images += below.images
        facts.fragments += below.fragments
        if block.kind == "entry" and child.kind not in {"list", "quote"}:
            facts.own_links += below.links
        if below.text:
            texts.append(below.text)
    facts.text = " ".join(texts)
    facts.chars = len(facts.text)
    facts.links = len(facts.urls)
    return facts


def _count(inlines: list[Inline], texts: list[str], urls: list[str], counts: list[int]) -> None:
    """Collect from `inlines` the visible text (as `raw_text` does), URLs, pictures and fragments."""
    for inline in inlines:
        kind = inline.kind
        if kind == "text" or kind == "code":  # noqa: PLR1714 - the hottest line of all; a set is slower
            texts.append(inline.text)
            continue
        if kind == "link":
            if leads_out(inline.url):
                urls.append(inline.url)
            elif inline.url.startswith(("#", "./#")):
                counts[1] += 1
        elif kind == "image":
            counts[0] += 1
        elif kind in {"softbreak", "break"}:
            texts.append("\n")
        if inline.children:
            _count(inline.children, texts, urls, counts)


def lines_of(block: Block) -> list[Block]:
    """Return a paragraph's lines as paragraphs of their own."""
    lines: list[list[Inline]] = [[]]
    for inline in block.inlines:
        if inline.kind in {"softbreak", "break"}:
            lines.append([])
        else:
            lines[-1].append(inline)
    if len(lines) == 1:
        return [block]
    out: list[Block] = []
    for number, line in enumerate(lines):
        at = min(block.first + number, block.last)
        if line:
            out.append(Block("paragraph", at, at, inlines=line))
    return out
