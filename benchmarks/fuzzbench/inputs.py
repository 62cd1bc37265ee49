"""Hostile text: fragments that mean something to a parser, repeated, nested and cut, some of them very often."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

TIMES = (1, 1, 1, 2, 3, 7, 41, 300, 5_000, 70_000, 500_000)


def _cut(*lines: str) -> tuple[str, ...]:
    """Fragments that are next to each other in lines, with ¦ between them."""
    return tuple(fragment for line in lines for fragment in line.split("¦"))


HEAD = _cut(
    "---\n¦---yaml\n¦+++\n¦---toml\n¦---json\n¦...\n¦{:title ¦export const metadata = {\n¦% ¦import a\n",
    "title: a\n¦date: 2023-09-07\n¦draft: true\n¦title¦date¦tags¦: ¦ = ¦=¦:¦\n¦  ¦\t¦:tags¦ #{¦})¦};¦a.b.c",
    '[¦]¦{¦}¦[[a]]\n¦[a.b]\n¦,¦"¦\'¦`¦"""¦\'\'\'¦\\¦\\"¦\\u12¦\\ud800¦|\n¦>\n¦- ¦? ¦& a¦*a¦<<: *a\n',
    "!!python/object:os.system ¦!a ¦#¦%¦@¦~¦null¦true¦1¦1e9¦0x¦1_¦.¦2023¦-¦/¦9月¦Sept ¦10:00¦Z¦+02:00",
    "a¦é¦\u2028¦\ufdfa¦{{ ¦ }}¦<¦&amp;¦https://example.org/¦./¦\0",
)
MARKDOWN = _cut(
    "# ¦## ¦### ¦#¦\n¦\n\n¦---\n¦===\n¦***\n¦- ¦* ¦1. ¦  ¦    ¦> ¦\t¦[a](https://example.org/a)¦[¦](¦)¦![",
    "[a]¦[a]: ¦[^a]¦[^a]: ¦<https://a.b>¦https://a.b/¦*¦**¦_¦~~¦`¦```\n¦~~~\n¦|¦|a¦|-¦\n|-|-|\n¦\\¦&¦&amp;¦&#1;",
    "<¦>¦<div>¦</div>¦<p>¦<a href='a'>¦</a>¦<!--¦-->¦<script>¦<![CDATA[¦<?¦<table><tr><td>¦<details><summary>¦<br>",
    "{{<¦>}}¦{{ ¦}}¦{%¦%}¦:::note\n¦%%¦$$¦import a\n¦{/*¦a¦word ¦Sponsor¦Story 1¦Read more¦🚀¦中文¦e\u0301",
    "\u202e¦\u200d¦\ufeff¦：¦•¦^¦=¦+¦1¦2023-09-07¦@everyone¦.¦:¦(¦\"¦'¦/¦?¦ﷺ",
)
# what is between blank lines; where a rule takes for granted that there is something, there may be nothing
BLOCKS = _cut(
    "## ¦# A duck¦### [A duck](https://a.example)¦## <br>¦- ¦- a\n- b¦- [A](https://a.example): it swims\n- [B](https://b.example)",
    "1. one\n2. two¦> ¦> said¦---¦***¦<br>¦<span></span>¦**Ducks**¦**Ducks** <br>¦****¦*a*¦[](https://a.example)¦![](a.png)",
    "**[A duck](https://a.example)**: it swims¦[A duck](https://a.example)¦https://a.example¦A duck swims. It is grey.",
    "- **Duck**: [](https://a.example)¦```\ncode\n```¦| a |\n|---|\n| [b](https://b.example) |¦&nbsp;¦\\¦[^1]: a",
    "<details><summary></summary>\n\n</details>¦10:00 – Duck¦🚀 Duck¦Sponsor¦{{< a >}}¦1\\. A duck¦Thanks for reading!",
)
ADDRESS = _cut("https://¦git@¦ssh://¦file://¦/¦..¦:¦@¦a¦[¦]¦%20¦-¦~¦*¦!¦\\¦**/¦.git¦ ¦\0¦::")
SETTINGS = _cut(
    "newsletters:\n¦  - name: a\n¦    source: b\n¦    poll: 5m\n¦    include: ['*.md']\n¦subscriptions:\n¦a: ",
    "  ¦- ¦[¦]¦{¦}¦,¦: ¦\n¦&a ¦*a ¦<<: *a\n¦!!int ¦? ¦\"¦'¦|\n¦${A}¦${¦$${¦é¦#",
)
GIT = _cut(
    "fatal: ¦error: ¦unable to access '¦\t¦refs/heads/¦HEAD\n¦\n¦\0¦100644 blob ¦ ¦\xff¦redirect¦.lock¦'¦0a1b2c3d4e"
)
QUERY = _cut(
    '"¦-¦:¦in:¦since:¦2023¦last month¦a¦word ¦中文¦*¦(¦)¦AND ¦https://a.b/c ¦c++ ¦\u0301¦🚀¦tag:¦“¦C#',
)


def hostile(fragments: Sequence[str], max_chars: int) -> SearchStrategy[str]:
    """Text of at most `max_chars`: runs of repeated fragments, which may be in a run that is repeated in turn."""
    word = st.sampled_from(fragments) | st.text(max_size=4)
    run = st.tuples(word, st.sampled_from(TIMES))
    group = st.tuples(st.lists(run, min_size=1, max_size=4), st.sampled_from(TIMES))
    sizes = st.sampled_from((max_chars // 500, max_chars // 20, max_chars))
    return st.builds(_written, st.lists(group, min_size=1, max_size=5), sizes)


def blocks() -> SearchStrategy[str]:
    """Return a small text of blocks that are each what people write, in an order in which nobody writes them."""
    return st.lists(st.sampled_from(BLOCKS), max_size=12).map("\n\n".join)


def _written(groups: Sequence[tuple[list[tuple[str, int]], int]], max_chars: int) -> str:
    """Return the text of groups; what is repeated too often for the bound is repeated less."""
    share = max(9, max_chars // len(groups))
    parts: list[str] = []
    for runs, times in groups:
        room = max(3, share // len(runs))
        inner = "".join(word * min(count, max(1, room // max(1, len(word)))) for word, count in runs)
        parts.append(inner * min(times, max(1, share // max(1, len(inner)))))
    return "".join(parts)[:max_chars]


def bytes_of(text: SearchStrategy[str]) -> SearchStrategy[bytes]:
    """Return the text in encodings that people save in, or with bytes that belong to none, or no text at all."""
    codecs = st.sampled_from(("utf-8", "utf-8", "utf-16", "utf-16-le", "utf-32-be", "gb18030", "cp1252", "utf-8-sig"))
    encoded = st.builds(_encoded, text, codecs)
    return encoded | st.builds(_mangled, encoded, st.integers(0, 99), st.binary(max_size=9)) | st.binary(max_size=2_000)


def _encoded(text: str, codec: str) -> bytes:
    return text.encode(codec, "replace")


def _mangled(data: bytes, at: int, junk: bytes) -> bytes:
    return data[:at] + junk + data[at:]
