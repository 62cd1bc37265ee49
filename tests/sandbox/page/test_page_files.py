"""What the page is made of: nothing from elsewhere, nothing inline, everything listed."""

from __future__ import annotations

import re
from pathlib import Path

SANDBOX = Path(__file__).parents[3] / "sandbox" / "page"
PAGE = (SANDBOX / "templates" / "index.html").read_text("utf-8")
SCRIPTS = sorted((SANDBOX / "static" / "js").glob("*.js"))


def test_page_loads_all_modules_at_once() -> None:
    preloaded = re.findall(r'rel="modulepreload" href="/static/js/([\w.]+)"', PAGE)
    assert preloaded == [path.name for path in SCRIPTS if path.name != "main.js"]


def test_page_names_files_that_exist() -> None:
    named = re.findall(r'(?:href|src)="/([^"]+)"', PAGE)
    assert [path for path in named if not (SANDBOX / path).is_file()] == []


def test_nothing_is_inline_or_from_elsewhere() -> None:
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", PAGE)
    for path in (SANDBOX / "static" / "css").glob("*.css"):
        assert not re.search(r"url\(|@import", path.read_text("utf-8")), path.name


def test_no_script_writes_html() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment"
    )
    for path in SCRIPTS:
        assert not forbidden.search(path.read_text("utf-8")), path.name


def test_modules_stay_small() -> None:
    for path in SCRIPTS:
        assert len(path.read_text("utf-8").splitlines()) < 400, path.name
