"""What a tool left in an issue's place is told, and real text of any kind is not taken for it."""

from __future__ import annotations

import random

import pytest

from digest.lint import lint
from digest.model import Notice, ReadOptions
from digest.reading import read_issues

STORY = "## [A story](https://example.org/a)\n\nIts text.\n"
OURS, PARTED, THEIRS = "<<<<<<< HEAD\n", "=======\n", ">>>>>>> topic/edit\n"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


def fault(content: str | bytes, path: str = "posts/one.md") -> Notice | None:
    data = content.encode() if isinstance(content, str) else content
    found = [n for issue in read_issues(data, path, ReadOptions()) for n in issue.notices if n.rule == "content"]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (f"# One\n\n{OURS}{STORY}{PARTED}{STORY}{THEIRS}", 3, "merge"),
        (f"---\ntitle: One\n{OURS}date: 2026-11-27\n{PARTED}date: 2026-11-28\n{THEIRS}---\n\n{STORY}", 3, "merge"),
        (f"# One\n\n{OURS}{STORY}||||||| base\n{STORY}{PARTED}{STORY}{THEIRS}".replace("\n", "\r\n"), 3, "merge"),
        (f"# One\n\n{STORY}{PARTED}{STORY}{THEIRS}", 10, "merge"),
        (f"# One\n\n{OURS}{STORY}", 3, "merge"),
        (POINTER, 0, "Git LFS"),
        ("/annex/objects/SHA256E-s31390--f50d7ac4c6b9031379986bc362fcefb65f1e52621ce.md\n", 0, "annex"),
        ("../2026/one.md\n", 0, "symbolic link"),
        (b"\0GITCRYPT\0" + random.Random(1).randbytes(20), 0, "git-crypt"),
        (b"age-encryption.org/v1\n-> X25519 abc\n", 0, "age"),
        ("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n", 0, "PGP"),
        ("U2FsdGVkX18jM2Y2ZmYyZDQ=\nc2FsdA==\n", 0, "OpenSSL"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6266\n", 0, "Ansible"),
        ('{\n\t"data": "ENC[AES256_GCM,data:p673w==,iv:Y==]",\n\t"sops": {}\n}\n', 0, "SOPS"),
        (random.Random(2).randbytes(4_000), 0, "binary or encrypted"),
        (b"PK\x03\x04" + bytes(30), 0, "binary"),
        ("\ufeff<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", 1, 'a web page ("Sign in")'),
        ('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', 1, "a web page"),
        ("404: Not Found", 1, "error message"),
        ('{"message": "Not Found", "status": "404"}', 1, "error message"),
    ],
)  # fmt: skip
def test_what_a_tool_left_is_an_error_and_no_issue(content, line, said):
    found = fault(content)
    assert found is not None
    assert (found.line, found.level) == (line, "error")
    assert said in found.message
    data = content.encode() if isinstance(content, str) else content
    assert not any(issue.items for issue in read_issues(data, "posts/one.md", ReadOptions()))
    assert [notice.rule for notice in lint(data, "posts/one.md", ReadOptions())] == ["content"]


@pytest.mark.parametrize(
    "content",
    [
        f"# Merging\n\n```\n{OURS}one\n{PARTED}two\n{THEIRS}```\n\n{STORY}",
        f"A title\n=======\n\n{STORY}",
        f"{STORY}\n>>>>>>> deeply quoted\n",
        f"{STORY}\n|a|b|c|d|e|f|\n|-|-|-|-|-|-|\n|||||||\n",
        f"# LFS\n\n{STORY}\nA pointer begins with `version https://git-lfs.github.com/spec/v1`.\n",
        f"Page not found\n\n{STORY}",
        f'{{"title": "One", "status": "ready"}}\n\n{STORY}',
        "https://example.org/one.md\n",
        f"# 週刊\n\n{STORY}".encode("utf-16"),
        f"# Weekly\n\n{STORY}".encode("utf-16-le"),
        f"# Weekly\n\n{STORY}".encode("utf-32-be"),
        f"# 前端\n\n{STORY}".encode("gb18030"),
        f"# 週刊\n\n{STORY}".encode("iso2022_jp"),
        f"# Café\n\n{STORY}\0\0\f\x1b[0m".encode("latin-1"),
        "",
    ],
)
def test_text_of_any_kind_is_left_alone(content):
    assert fault(content) is None


def test_a_page_is_an_issue_where_its_name_says_so():
    page = f"<!DOCTYPE html>\n<html><body>\n\n{STORY}</body></html>"
    assert fault(page, "posts/one.html") is None
