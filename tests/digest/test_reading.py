"""Reading never raises, stays within bounds, and loses nothing: of invented issues and, where present, real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept_whole import assert_nothing_is_lost

from cli.split import as_json
from digest.introduction import introduction_of
from digest.items.split import split
from digest.model import Issue, ReadOptions, SplitOptions
from digest.reading import read_issues
from digest.repair import decode
from digest.tree.nodes import inlines_of
from digest.tree.outline import parse

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = sorted((ROOT / "tests" / "issues").glob("*.md"))
CORPUS = ROOT.parent / "shared" / "corpus" / "newsletters"
SITE = ReadOptions(site_url="https://site.example")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_issue_reads_as_stored(path: Path):
    """Set UPDATE_ISSUES=1 to write the stored answers anew; then read the difference."""
    shown = json.loads(json.dumps(as_json(read_issues(path.read_bytes(), path.name, SITE)[0]), ensure_ascii=False))
    stored = path.with_suffix(".json")
    if os.environ.get("UPDATE_ISSUES"):
        stored.write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert shown == json.loads(stored.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Letter of __May 2026__", "Letter of May 2026"),
        ("We were [accepted](https://a.example/x) for `--fast`", "We were accepted for --fast"),
        ("`__init__`, *args, 2 * 3 * 4, ~50%", "__init__, *args, 2 * 3 * 4, ~50%"),
        ("Issue #1 and a_b_c", "Issue #1 and a_b_c"),
        ("<br>", ""),
    ],
)
def test_the_markdown_of_a_summary_does_not_show(written: str, shown: str):
    assert read_issues(f"---\nsummary: '{written}'\n---\n\n## A\n\nText.\n".encode(), "a.md", SITE)[0].summary == shown


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_nothing_is_lost_of_an_invented_issue(path: Path):
    assert_nothing_is_lost(path.read_bytes(), path.name)


HOSTILE = {
    "5 MB on one line": b"word " * 1_000_000,
    "links on one line": b"[a](https://x.example/z) " * 200_000,
    "addresses on one line": b"https://x.example/z?a=b " * 200_000,
    "nested quotes": b"> " * 20_000 + b"x",
    "nested lists": b"- " * 20_000 + b"x",
    "a staircase of lists": b"\n".join(b" " * (2 * depth) + b"- x" for depth in range(2_000)),
    "brackets": b"[" * 100_000,
    "empty links": b"[](" * 100_000,
    "stars": b"*a " * 100_000,
    "backticks": b"".join(b"`" * (count % 300 + 1) + b" " for count in range(20_000)),
    "an unclosed comment": b"text\n\n<!-- " + b"x" * 1_000_000,
    "comments in comments": b"<!-- " * 200_000,
    "NUL bytes": b"\0" * 1_000_000,
    "lone surrogates": b"\xed\xa0\x80" * 100_000,
    "UTF-16": "# héllo\n\nwörld\n".encode("utf-16") * 20_000,
    "Liquid": b"{% " * 200_000,
    "shortcodes": b'{{< a "' * 100_000,
    "components": b"<A {" * 100_000,
    "comments of components": b"{/* " * 200_000,
    "nested divs": b"<div>" * 100_000,
    "bold without end": b"x <b>" * 100_000,
    "details": b"<details><summary>x</summary>\n\n" * 30_000,
    "lists in HTML": b"<ul><li>" * 50_000,
    "headings": b"# a\n" * 200_000,
    "headings of all levels": b"".join(b"#" * (n % 6 + 1) + b" a\n\ntext\n\n" for n in range(60_000)),
    "underlined headings": b"a\n---\n" * 150_000,
    "bold paragraphs": b"**a**\n\n" * 150_000,
    "numbers": "".join(f"{n}、a\n\nb\n\n" for n in range(60_000)).encode(),
    "entries": b"- [a](https://b.example/d) text\n" * 150_000,
    "rows": b"|a|b|\n|-|-|\n" + b"|[x](http://a.example)|c|\n" * 100_000,
    "columns": b"|a" * 20_000 + b"|\n" + b"|-" * 20_000 + b"|\n" + b"|x" * 20_000 + b"|\n",
    "references": b"".join(b"[a%d]: http://x/%d\n" % (n, n) for n in range(50_000)) + b"[a1] " * 50_000,
    "footnotes": b"".join(b"[^%d] " % n for n in range(30_000)) + b"".join(b"\n\n[^%d]: n" % n for n in range(30_000)),
    "sentences": b"a. " * 1_000_000,
    "parentheses": b"https://a.example/" + b")" * 500_000,
    "imports": b"import a from\n" * 100_000,
    "emoji": "🎉".encode() * 500_000,
    "new lines": b"\n" * 2_000_000,
    "unclosed fences": b"```\n" * 200_001,
    "separators": b"Foo [x](http://y.example/a) is good.\n\n***\n\n" * 60_000,
    "headlines": b"Title line\nhttps://a.example/b\n\n" * 60_000,
    "pictures": b"![](a.png)\n\nSource: [x](http://y.example)\n\n" * 30_000,
    "a YAML bomb": b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n---\n# x\n",
    "names of components": b"".join(b"<A%d>" % n for n in range(9_500)) + b"x" * 2_800_000,
    "abbreviations": b"e.g. " * 600_000,
    "abbreviations and links": b"e.g. [a](http://b.example) " * 110_000,
    "comments": b"<!-- a -->" * 300_000,
    "a million lines of a list": b"- a\n" * 1_000_000,
    "emphasis in emphasis": b"*a **a *a " * 300_000,
    "entities": b"&amp;" * 600_000,
    "empty pairs of brackets": b"[]" * 1_000_000,
    "tags without end": b"<a" * 1_500_000,
    "contents of contents": b"".join(
        b"#" * (n % 6 + 1) + b" Contents\n\n[a](http://a.example/%d)\n\n" % n for n in range(40_000)
    ),
    "JSON in JSON": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "TOML of many dots": b"+++\n" + b"a." * 100_000 + b"b = 1\n+++\n",
    "wide full stops": "。".encode() * 1_000_000,
    "labels of lists": b"Label:\n\n- [b](http://c.example)\n\n" * 9_000,
    "a heading of bars": b"# " + b"|" * 20_000 + b"x\n\ntext\n",
    "a heading of joiners": "## Ý".encode() + "\u200d".encode() * 25_000 + b"2023" * 4_000 + b"\n\ntext\n",
    "a word in a tag": b"x\n\n{%" + b"a" * 1_000_000,
    "white space in a shortcode": b"x\n\n{{<" + b" " * 1_000_000 + b"b",
    "a word in a shortcode": b'x\n\n{{< figure "' + b"a" * 1_000_000 + b'" >}}',
    "white space in braces": b"x\n\n{{" + b" " * 1_000_000,
    "a long name of a component": b"x\n\n<A" + b"a" * 1_000_000,
    "a number and brackets": b"## Title\n\n1 " + b"(" * 200_000 + b"\n",
    "nothing": b"",
}


def spent_s(data: bytes) -> float:
    """Read one file; returns how long the processor took for it."""
    start = time.process_time()
    assert len(read_issues(data, "a.md", ReadOptions())) == 1
    return time.process_time() - start


def slowness() -> float:
    """Return how many times as long as where the limit was set the same work takes here and now; at least 1."""
    start = time.process_time()
    texts: dict[int, str] = {}
    for number in range(400_000):
        texts[number & 1023] = str(number)
    assert len(texts) == 1024
    return max(1.0, (time.process_time() - start) / 0.042)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_costs_little(name):
    """Two seconds of the process itself on a common server; measuring branches takes longer.

    A processor that others use, too, takes longer for the same at times: what was slow is read again.
    """
    limit_s = 6 if sys.gettrace() else 2
    assert any(spent_s(HOSTILE[name]) < limit_s * slowness() for _ in range(3))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux' /proc")
@pytest.mark.parametrize("name", ["5 MB on one line", "links on one line", "addresses on one line", "entries"])
def test_hostile_input_takes_little_memory(name):
    code = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from digest.model import ReadOptions\n"
        "from digest.reading import read_issues\n"
        "read_issues(sys.stdin.buffer.read(), 'a.md', ReadOptions())\n"
        "print(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    )  # rusage would count what the test process itself took before the new program replaced its copy
    done = subprocess.run([sys.executable, "-c", code], input=HOSTILE[name], capture_output=True, cwd=ROOT, check=True)
    assert int(done.stdout) < 300 * 1024


FRAGMENTS = st.sampled_from(
    [
        *("# ", "## ", "- ", "1. ", "3、", "> ", "**", "*", "_", "`", "```\n", "~~~\n", "[", "](", ")", "![", "<", ">"),
        *("<!--", "-->", "https://a.example/", "[a](https://b.example)", "\n", "\n\n", " ", "    ", "|", "|-|-|\n"),
        *("---\n", "***\n", "{% ", "%}", "{{", "}}", ":::", "<details><summary>", "</details>", "<table><tr><td>"),
        *(
            "</td></tr></table>",
            "<a href='https://c.example'>",
            "</a>",
            "[^1]",
            "\n[^1]: x",
            "[r]: https://r.example\n",
        ),
        *("word", "一句。", "🎉", "\u202e", "\0", "&amp;", "import x from 'y'\n"),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FRAGMENTS, max_size=60).map("".join))
def test_whatever_is_written_nothing_is_lost(text):
    data = text.encode("utf-8", "replace")
    written = parse(decode(data)[0])
    assert_links_are_placed(written)
    assert isinstance(read_issues(data, "a.md", ReadOptions(split=SplitOptions(issue_level=2)))[0], Issue)


def assert_links_are_placed(outline) -> None:
    result = split(outline)
    written = Counter(id(i) for i in inlines_of([*outline.blocks, *outline.footnotes.values()]) if i.kind == "link")
    placed = Counter(id(one) for draft in result.drafts for one in draft.inlines() if one.kind == "link")
    others = [*result.intro, *(block for block, _ in result.left_out)]
    placed += Counter(id(inline) for inline in inlines_of(others) if inline.kind == "link")
    assert placed == written


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_an_issue(data):
    assert len(read_issues(data, "any.md", ReadOptions())) == 1


def test_ids_are_stable_and_unique():
    data = b"## L\n\n- [A](https://a.example)\n- [B](https://a.example)\n- [C](https://c.example)\n"
    ids = [item.id for item in read_issues(data, "a.md", ReadOptions())[0].items]
    assert len(set(ids)) == 3
    assert ids[1] == f"{ids[0]}-2"
    corrected = data.replace(b"[C]", b"[Corrected]")
    assert [item.id for item in read_issues(corrected, "a.md", ReadOptions())[0].items] == ids
    assert [item.id for item in read_issues(data, "b.md", ReadOptions())[0].items] != ids


def test_links_and_pictures_are_resolved_against_the_site():
    data = b"## A\n\n[b](/b) and [c](https://c.example) and [again](https://c.example)\n\n![](img/d.png)\n"
    item = read_issues(data, "a.md", SITE)[0].items[0]
    assert [(link.text, link.url) for link in item.links] == [
        ("b", "https://site.example/b"),
        ("c", "https://c.example"),
    ]
    assert item.image == "https://site.example/img/d.png"
    without = read_issues(data, "a.md", ReadOptions())[0].items[0]
    assert [link.url for link in without.links] == ["https://c.example"]
    assert without.image == "img/d.png"


def test_anchors_are_those_of_the_page():
    data = b"# T 1\n\n## What's new?\n\nA.\n\n## What's new?\n\nB.\n\n## C {#own}\n\nC.\n"
    assert [item.anchor for item in read_issues(data, "a.md", ReadOptions())[0].items] == [
        "whats-new",
        "whats-new-1",
        "own",
    ]


def test_a_bullet_that_a_template_would_fill_is_no_introduction():
    template = b"# Tips\n\n{%- for tip in tips %}\n- <a href='{{ tip.url }}'>{{ tip.title }}</a>\n{%- endfor %}\n"
    [issue] = read_issues(template, "tips.md", SITE)
    assert introduction_of(issue) is None


def test_a_line_of_a_million_characters_and_as_many_backticks_is_read_at_once():
    line = ("³¸`R" * 470_000 + "\n<!-- said -->").encode()
    start = time.process_time()
    read_issues(line, "x.md", SITE)
    assert time.process_time() - start < 4


def test_a_fence_may_be_indented_and_quoted():
    [issue] = read_issues(b"## A\n\n> ```\n> <!-- kept -->\n> ```\n\nIt [was](https://a.example).\n", "x.md", SITE)
    assert issue.left_out == ()


@pytest.mark.parametrize("body", ["", "Ducks [swim](https://duck.example) well, says the study.\n"])
def test_a_link_post_leads_to_what_its_head_names(body: str):
    head = "---\ntitle: Ducks swim\nlink: https://pond.example/study\n---\n\n"
    [issue] = read_issues(f"{head}{body}".encode(), "_posts/2026-02-03-ducks.md", SITE)
    [story] = issue.items
    assert (story.title, story.links[0].url) == ("Ducks swim", "https://pond.example/study")
    assert len(story.links) == (2 if body else 1)


@pytest.mark.parametrize(
    "head", ["link: https://site.example/ducks", "link: https://old.example/ducks\nwordpress_id: 7"]
)
def test_the_address_of_the_post_itself_is_no_link_of_its_story(head: str):
    text = f"---\ntitle: Ducks swim\n{head}\n---\n\nDucks [swim](https://duck.example) well, says the study.\n"
    [issue] = read_issues(text.encode(), "_posts/2026-02-03-ducks.md", SITE)
    assert [link.url for item in issue.items for link in item.links] == ["https://duck.example"]


def test_the_link_of_a_head_belongs_to_no_story_of_several():
    text = "---\ntitle: Week 3\nlink: https://pond.example\n---\n\n- [A](https://a.example)\n- [B](https://b.example)\n"
    [issue] = read_issues(text.encode(), "3.md", SITE)
    assert [[link.url for link in item.links] for item in issue.items] == [["https://a.example"], ["https://b.example"]]


@pytest.mark.parametrize(("end", "title"), [(";", "We met ducks"), ("，", "We met ducks"), ("?", "We met ducks?")])
def test_a_title_ends_without_the_sign_of_the_list_that_it_is_in(end: str, title: str):
    text = f"# Week 3\n\n- We met [ducks](https://a.example){end}\n- We saw [geese](https://b.example){end}\n"
    [issue] = read_issues(text.encode(), "3.md", SITE)
    assert issue.items[0].title == title
