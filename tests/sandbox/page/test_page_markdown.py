"""Discord's Markdown as the page draws it, and everything that must stay plain text."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.page.conftest import Bench

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_DRAW = """async (source) => {
  const { markdown } = await import("/static/js/markdown_dom.js");
  const box = document.createElement("div");
  box.append(...markdown(source));
  return box.innerHTML;
}"""


async def drawn(page: Page, source: str) -> str:
    """The source as the page's HTML, without the attributes that every link has."""
    html = await page.evaluate(_DRAW, source)
    return re.sub(r' (?:class="link"|title="[^"]*"|rel="noopener noreferrer"|target="_blank"|tabindex="0")', "", html)


CASES = {
    "**bold**": "<strong>bold</strong>",
    "*it* and _it_": "<em>it</em> and <em>it</em>",
    "***both***": "<strong><em>both</em></strong>",
    "__under__ ~~gone~~": "<u>under</u> <s>gone</s>",
    "snake_case_name stays": "snake_case_name stays",
    r"\*not\* \_this\_": "*not* _this_",
    "5 * 3 * 2": "5 * 3 * 2",
    "`a **b** <i>`": '<code class="code">a **b** &lt;i&gt;</code>',
    "``a ` b``": '<code class="code">a ` b</code>',
    "# One\ntext": '<h3 class="md-h1">One</h3>text',
    "### Three": '<h5 class="md-h3">Three</h5>',
    "#nothing": "#nothing",
    "-# small": '<small class="subtext">small</small>',
    "> a\n> b\nc": '<div class="quote"><blockquote>a\nb</blockquote></div>c',
    ">>> a\nb": '<div class="quote"><blockquote>a\nb</blockquote></div>',
    "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
    "text\n\n- a\n- b": "text\n<ul><li>a</li><li>b</li></ul>",
    "text\n\n> a\n\n## Two": 'text\n<div class="quote"><blockquote>a</blockquote></div><h4 class="md-h2">Two</h4>',
    "- a\n  - b": "<ul><li>a<ul><li>b</li></ul></li></ul>",
    "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "- a\n1. b": "<ul><li>a</li></ul><ol><li>b</li></ol>",
    "```py\nx = 1\n```": '<pre class="code-block"><span class="code-language">py</span><code>x = 1</code></pre>',
    "```no end": "```no end",
    "[text](https://example.org/a_(b))": '<a href="https://example.org/a_(b)">text</a>',
    "[**b**](https://example.org)": '<a href="https://example.org"><strong>b</strong></a>',
    "[a [b] c](https://example.org)": '<a href="https://example.org">a [b] c</a>',
    '[t](<https://example.org/x> "hover")': '<a href="https://example.org/x">t</a>',
    "[https://bank.example](https://evil.example)": (
        '[<a href="https://bank.example](https://evil.example)">https://bank.example](https://evil.example)</a>'
    ),
    "see https://example.org/x.": 'see <a href="https://example.org/x">https://example.org/x</a>.',
    "(https://example.org/x)": '(<a href="https://example.org/x">https://example.org/x</a>)',
    "<https://example.org>": '<a href="https://example.org">https://example.org</a>',
    "@everyone": "@everyone",
    "<@123456789012345678>": '<span class="mention">@unknown-user</span>',
    "a\nb": "a\nb",
    "**\u4e2d\u6587**\uff0c": "<strong>\u4e2d\u6587</strong>\uff0c",
}


async def test_markdown_is_drawn_as_discord_draws_it(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    assert {source: await drawn(page, source) for source in CASES} == CASES


HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "[x](javascript:window.hacked=1)",
    "[x](data:text/html,<script>window.hacked=1</script>)",
    "[x](vbscript:1) [y](//example.org) [z](/api)",
    "<javascript:alert(1)>",
    '"><svg onload="window.hacked = 1">',
    "```html\n<script>window.hacked = 1</script>\n```",
    "&lt;b&gt; &amp;",
]


async def test_hostile_content_stays_text(bench: Bench) -> None:
    channel = bench.channel()
    for source in HOSTILE:
        await bench.post(channel, source)
    page = await bench.open(channel)
    content = page.get_by_test_id("content")
    await expect(content).to_have_count(len(HOSTILE))
    await expect(content.locator("a, img, script, svg, iframe")).to_have_count(0)
    shown = [text.removeprefix("html") for text in await content.all_text_contents()]
    assert shown == [source.removeprefix("```html\n").removesuffix("\n```") for source in HOSTILE]
    assert await page.evaluate("window.hacked") is None


_TIMED = f"""async (source) => {{
  const start = performance.now();
  await ({_DRAW})(source);
  return performance.now() - start;
}}"""


async def test_hostile_length_is_read_at_once(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    for part in ("*", "[", "> ", "||a", "`", "_a*b", "- ", "<t:", "**a", "[a](", "~~"):
        spent_ms = await page.evaluate(_TIMED, part * (4000 // len(part)))
        assert spent_ms < 1_000, part


async def test_spoiler_opens_by_key(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "It was ||the planner||")
    page = await bench.open(channel)
    spoiler = page.get_by_role("button", name="Spoiler")
    await spoiler.press("Enter")
    await expect(page.locator(".spoiler.shown")).to_have_text("the planner")
    await expect(page.locator(".spoiler.shown")).to_have_attribute("aria-expanded", "true")


async def test_timestamps_and_mentions_have_names(bench: Bench) -> None:
    channel = bench.channel()
    you, bot = bench.sandbox.world.owner, bench.sandbox.world.bot
    await bench.post(channel, f"<@{you.id}> <@{bot.id}> <#{channel.id}> <t:1700000000:D> <@&{bench.sandbox.guild.id}>")
    page = await bench.open(channel)
    await expect(page.locator(".mention")).to_have_text(["@You", "@Herald", channel.name, "@@everyone"])
    await expect(page.locator("time.time-mark")).to_have_text("14 November 2023")
