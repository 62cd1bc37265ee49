"""The outline shows what readers see, line by line, whatever the source is written in."""

from __future__ import annotations

import time

import pytest

from digest.tree.nodes import block_text, inlines_of, plain
from digest.tree.outline import parse
from digest.tree.urls import bare_addresses, resolve


def kinds(text: str) -> list[str]:
    return [block.kind for block in parse(text).blocks]


def urls(text: str) -> list[str]:
    return [inline.url for inline in inlines_of(parse(text).blocks) if inline.kind == "link"]


def words(text: str) -> str:
    return " / ".join(block_text(block) for block in parse(text).blocks if block_text(block))


def test_blocks_know_their_lines():
    outline = parse("# A\n\ntext\nmore\n\n- one\n- two\n\n  deep\n", first_line=10)
    assert [(block.kind, block.first, block.last) for block in outline.blocks] == [
        ("heading", 10, 10),
        ("paragraph", 12, 13),
        ("list", 15, 18),
    ]
    assert [(entry.first, entry.last) for entry in outline.blocks[2].children] == [(15, 15), (16, 18)]


def test_tags_swallow_no_markdown_right_below_them():
    outline = parse("<div>\nbox\n</div>\n## A\ntext\n\n</p>\nB\n---\n\n<br>\n### C\n")
    assert [(block.first, block_text(block)) for block in outline.blocks if block.kind == "heading"] == [
        (4, "A"),
        (8, "B"),
        (12, "C"),
    ]
    assert words("<pre>\n# no heading\n</pre>") == "# no heading"


def test_lines_are_true_behind_text_of_many_bytes():
    outline = parse("é漢字🎉\n\nsecond\n\n# third\n")
    assert [block.first for block in outline.blocks] == [1, 3, 5]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x)", ["https://a.example/x"]),
        ("https://a.example/x_(y)", ["https://a.example/x_(y)"]),
        ("https://a.example/a?b=c&d=e, and", ["https://a.example/a?b=c&d=e"]),
        ("看https://a.example/c。好", ["https://a.example/c"]),
        ("地址https://a.example/c中文", ["https://a.example/c"]),
        ("https://zh.example/wiki/漢字", ["https://zh.example/wiki/漢字"]),
        ("「https://a.example」", ["https://a.example"]),
        ("crates.io and www words", []),
        ("xhttps://a.example", []),
        ("https:// nothing", []),
        ("**https://a.example/b**", ["https://a.example/b"]),
        ("`https://a.example`", []),
        ("```\nhttps://a.example\n```", []),
        ("<https://a.example/a_b>", ["https://a.example/a_b"]),
        ("[https://a.example](https://b.example)", ["https://b.example"]),
        ("[a][r]\n\n[r]: https://r.example 'T'", ["https://r.example"]),
        ("![p](https://p.example/i.png)", []),
        ("[![p](https://p.example/i.png)](https://l.example)", ["https://l.example"]),
        ("text <a href='https://h.example'>x</a>", ["https://h.example"]),
        ("<div>\n<p>[x](https://m.example)</p>\n</div>", ["https://m.example"]),
    ],
)
def test_links(text, found):
    assert urls(text) == found


def test_bare_addresses_say_where_they_stand():
    text = "a https://b.example! c"
    assert [text[start:end] for start, end in bare_addresses(text)] == ["https://b.example"]


@pytest.mark.parametrize(
    ("url", "base", "whole"),
    [
        ("www.example.org/b", "https://site.org/", "https://www.example.org/b"),
        ("WWW.example.org", "", "https://WWW.example.org"),
        ("https://a.example/b", "", "https://a.example/b"),
        ("/b", "https://s.example/x/", "https://s.example/b"),
        ("b", "https://s.example/x/", "https://s.example/x/b"),
        ("//c.example/d", "https://s.example", "https://c.example/d"),
        ("//c.example/d", "", "https://c.example/d"),
        ("/b", "", ""),
        ("#part", "https://s.example", ""),
        ("mailto:a@b.example", "https://s.example", ""),
        ("http://[broken", "https://s.example", "http://[broken"),
        ("//[broken", "https://s.example", "https://[broken"),
    ],
)
def test_resolving(url, base, whole):
    assert resolve(url, base) == whole


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <!-- b --> c", "a c"),
        ("a\n\n<!--\n# b\n\n[c](https://d.example)\n-->\n\ne", "a / e"),
        (":::note\nkept\n:::\n---\n\nafter", "kept / after"),
        (":::tip[Title]\nkept\n:::", "Title kept"),
        ("{% include x.html %}\n\nkept {{ site.name }}", "kept"),
        ("[a]({{ '/b' | relative_url }}){:target='_blank'}", "a"),
        ("{{< note >}}\nkept\n{{< /note >}}", "kept"),
        ("import X from './x'\n\n<X a={b}>\n\nkept\n\n</X>\n\n{/* gone */}", "kept"),
        ("Vec<String> and Option<T>", "Vec<String> and Option<T>"),
        ("`{{ kept }}` and `<!-- kept -->`", "{{ kept }} and <!-- kept -->"),
        ("```\n{% kept %}\n<!-- kept -->\n```", "{% kept %} <!-- kept -->"),
        ("{% highlight c %}\n{{ kept }}\n{% endhighlight %}", "{{ kept }}"),
        ("{% raw %}{{ kept }}{% endraw %}", "{{ kept }}"),
        ("{% comment %}gone{% endcomment %}kept", "kept"),
        ("{% assign at = 'noon' %}{%- assign to='a' -%}{% assign to=\"b\" %}At {{ at }}{{to}}, {{ by }}", "At noon,"),
        ("<script>gone()</script>\n\nkept", "kept"),
        ("<p>a &amp; b<br>c</p>", "a & b c"),
        ("> [!NOTE]\n> kept", "kept"),
        ("[[TOC]]\n\nkept", "kept"),
        ("# A {#b}", "A"),
        ("漢字\n漢字", "漢字漢字"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_does_not_show(text, shown):
    assert words(text) == shown


def test_hidden_parts_are_listed_with_their_lines():
    outline = parse("a\n\n<!-- secret\nplan -->\n\nb", first_line=5)
    assert [(hidden.first, hidden.last, hidden.text, hidden.rule) for hidden in outline.hidden] == [
        (7, 8, "secret\nplan", "html-comment")
    ]


def test_an_unclosed_comment_is_told():
    outline = parse("a\n\n<!-- never\n\nb")
    assert words("a\n\n<!-- never\n\nb") == "a"
    assert [(notice.line, notice.rule) for notice in outline.notices] == [(3, "comment")]


def test_html_becomes_the_same_tree():
    text = "<h2 id=x>T</h2>\n<ul><li>a</li><li><b>c</b></li></ul>\n"
    text += "<table><tr><th>H</th></tr><tr><td>d<br>e</td></tr></table>"
    blocks = parse(text).blocks
    assert [block.kind for block in blocks] == ["heading", "list", "table"]
    assert (blocks[0].level, blocks[0].info, plain(blocks[0].inlines)) == (2, "x", "T")
    assert [row.ordered for row in blocks[2].children] == [True, False]


def test_details_open_a_heading_and_close_it():
    text = "<details><summary>Title</summary>\n\nmarkdown *inside*\n\n</details>\n\nafter"
    assert kinds(text) == ["heading", "paragraph", "close", "paragraph"]


def test_an_address_may_begin_with_a_variable():
    assert urls("{% assign qa = 'https://q.example/a/' %}\n\n[Why?]({{qa}}12)") == ["https://q.example/a/12"]


def test_a_component_with_a_link_keeps_it():
    assert urls('<Card title="T" href="https://c.example" />') == ["https://c.example"]
    assert urls('{{% button href="https://b.example" %}}Go{{% /button %}}') == ["https://b.example"]


def test_a_figure_shortcode_is_a_picture():
    blocks = parse('{{< figure src="/a.png" alt="A" caption="Said" >}}').blocks
    assert [(inline.url, inline.text) for inline in inlines_of(blocks) if inline.kind == "image"] == [("/a.png", "A")]
    assert block_text(blocks[0]) == "Said"


BOX = """{% include box.html
    title="The mast"
    preamble="It is \\"up\\", 9 % taller.

Come and see.
"
    kind="wide"
    links='Look [here](https://m.example)'
%}
"""


def test_an_included_box_shows_its_heading_and_texts_in_their_lines():
    text = f"{BOX}\n{BOX.replace('mast', 'sail')}"
    blocks = parse(text).blocks
    shown = ["The mast", 'It is "up", 9 % taller.', "Come and see.", "Look here"]
    assert [" ".join(block_text(block).split()) for block in blocks] == [*shown, "The sail", *shown[1:]]
    assert [block.kind for block in blocks[:2]] == ["heading", "paragraph"]
    assert [block.first for block in blocks] == [2, 3, 5, 8, 12, 13, 15, 18]
    assert kinds(BOX)[0] == "paragraph"
    dated = parse(BOX.replace('preamble="', 'when="On 3 May, noon"\n    preamble="')).blocks
    assert [inline.kind for inline in dated[0].inlines].count("break") == 1
    assert words(BOX).startswith('The mast It is "up"')


def test_an_included_picture_or_button_is_shown():
    text = '{% include figure.html src="/a.png" alt="A" caption="Said" %}\n\n'
    text += '{% include button.html text="Sign up" link="https://b.example" %}\n\n{%- include tabs.html n="3" -%}'
    text += "\n\n{% include event.html title=event.title url=event.url %}{% include event.html title=event.title %}"
    blocks = parse(text).blocks
    assert [inline.url for inline in inlines_of(blocks) if inline.kind == "image"] == ["/a.png"]
    assert urls(text) == ["https://b.example"]
    assert [block_text(block) for block in blocks] == ["Said", "Sign up"]


def test_shortcodes_of_zola_go_over_several_lines():
    figure = '{{ image_figure(\n  alt="A castle (old)",\n  src="/castle.png",\n  caption="Said") }}'
    text = f"{figure}\n\nText {{{{ icon(name='x') }}}} on.\n"
    blocks = parse(text + '\n{{ youtube(id="abc") }}\n\n{{ video_figure(src="film.mp4", caption="A film") }}\n').blocks
    pictures = [(inline.text, inline.url) for inline in inlines_of(blocks) if inline.kind == "image"]
    assert pictures == [("A castle (old)", "/castle.png")]
    assert [" ".join(block_text(block).split()) for block in blocks] == ["Said", "Text on."]


def test_depth_is_capped_and_told():
    outline = parse("> " * 5000 + "deep")
    assert block_text(outline.blocks[0]) == "deep"
    assert [notice.rule for notice in outline.notices] == ["depth"]


def test_size_is_capped_and_told():
    outline = parse("# a\n" * 60_000)
    assert [notice.rule for notice in outline.notices] == ["size"]
    assert outline.notices[0].line == 20_001


def test_what_mdx_imports_and_evaluates_does_not_show():
    text = (
        "import {\n  Film,\n  Note,\n} from '@parts/embeds';\nimport type { Kind } from './kinds';\n\n"
        "Boats of {year} sail{' '}fast{\", too\"}. {crew.map((one) => <li key={one.id}>{one.name}</li>)}\n\n"
        "In x_{1} and \\{y\\} braces stay. `{code}`\n"
    )
    shown = [block_text(block) for block in parse(text, is_mdx=True).blocks]
    assert [" ".join(one.split()) for one in shown if one] == [
        "Boats of sail fast, too.",
        "In x_{1} and {y} braces stay. {code}",
    ]
    assert "{year}" in words(text)  # in Markdown braces are text
    assert "import" not in words(text)


def test_an_expression_that_never_ends_costs_little_time():
    began = time.process_time()
    parse("a {b " * 9_000, is_mdx=True)
    parse("a {{b " * 4_900, is_mdx=True)
    assert time.process_time() - began < 2
