"""Detects files whose content a tool has replaced.

Unresolved merge conflicts, LFS and git-annex pointers, encrypted or binary content and error pages would parse without
an error and be posted. Each is reported as an error instead, and the stored version is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from digest.model import Notice
from digest.repair import is_wide

RULE = "content"
_PAGES = (".html", ".htm", ".xhtml")
_MAX_POINTER = 1024  # bytes; the Git LFS specification requires pointers to be smaller
_SAMPLE = 64 * 1024
# C0 controls except tab, line ends, form feed, vertical tab and the escape of ISO-2022-JP
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_FEW_CONTROLS = 8
_CONTROL_SHARE = 0.02  # maximum share of control characters; random bytes have 0.1, text in any encoding has none


@dataclass(frozen=True, slots=True)
class _Sign:
    """A pattern for the first bytes of a file, and the message for files that match."""

    pattern: re.Pattern[bytes]
    message: str


def _sign(pattern: bytes, message: str) -> _Sign:
    return _Sign(re.compile(pattern, re.DOTALL), message)


_ENCRYPTED = "the file is encrypted ({}): commit the plain text, or exclude the file"
_SIGNS = (
    _sign(rb"\0GITCRYPT\0", _ENCRYPTED.format("git-crypt")),
    _sign(rb"(?:-----BEGIN AGE ENCRYPTED FILE-----|age-encryption\.org/v1\n)", _ENCRYPTED.format("age")),
    _sign(rb"-----BEGIN PGP MESSAGE-----", _ENCRYPTED.format("PGP")),
    _sign(rb"U2FsdGVkX1[\w+/=\s]*\Z", _ENCRYPTED.format("OpenSSL, as transcrypt uses it")),
    _sign(rb"\$ANSIBLE_VAULT;", _ENCRYPTED.format("Ansible Vault")),
    _sign(rb"\{\s*\"data\":\s*\"ENC\[AES256_GCM,", _ENCRYPTED.format("SOPS")),
    _sign(rb"%PDF-|PK\x03\x04|\x89PNG|\xff\xd8\xff|\x1f\x8b|SQLite format 3\0", "the file is binary, not text"),
)
_POINTERS = (
    _sign(
        rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v\d\s",
        'the file is a Git LFS pointer, not the issue itself: take Markdown out of LFS (git lfs untrack "*.md")',
    ),
    _sign(
        rb"(?:/|(?:\.\./)*\.git/)annex/objects/\S+\s*\Z",
        "the file is a git-annex pointer, not the issue itself: unannex it",
    ),
    _sign(
        rb"(?!\w+://)[^\s\0]*/[^\s\0]+\.(?:md|markdown|mdx)\s*\Z",
        "the file holds only another file's path, as a symbolic link does where links are not supported",
    ),
)
_ERROR_TEXT = re.compile(
    r"(?:(?:error )?[45]\d\d(?:: | )?)?(?:not found|bad gateway|forbidden|unauthorized|service unavailable|"
    r"gateway time-?out|internal server error|too many requests|access denied)\.?",
    re.IGNORECASE,
)
_ERROR_OBJECT = re.compile(
    r'\{\s*"(?:message|error|errors|status|statuscode|code)"\s*:.*\}\Z', re.IGNORECASE | re.DOTALL
)
_DOCUMENT = re.compile(r"<!doctype\s+html|<html[\s>]|<\?xml[\s?]", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,200})", re.IGNORECASE)
_CONFLICT = re.compile(r"(?:<{7}(?: .*)?|={7}|>{7}(?: .*)?)\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def content_fault(data: bytes) -> Notice | None:
    """Return why the bytes of a file are not its author's text; None if nothing is wrong."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t ")[:_SAMPLE]
    signs = (*_SIGNS, *_POINTERS) if len(data) <= _MAX_POINTER else _SIGNS
    message = next((sign.message for sign in signs if sign.pattern.match(start)), None)
    if message is None and _is_binary(data[:_SAMPLE]):
        message = "the file is binary or encrypted, not text"
    return Notice(0, message, RULE, "error") if message else None


def text_fault(text: str, path: str) -> Notice | None:
    """Return a fault that only the decoded text shows: conflict markers, or a server's response; else None.

    `path` distinguishes an issue written in HTML from an HTML page in place of Markdown.
    """
    if (line := _conflict_line(text)) is not None:
        message = "a merge was not finished: remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
        return Notice(line, message, RULE, "error")
    if (answer := _answer(text, path)) is not None:
        return Notice(1, f"the file holds {answer} in place of the issue: commit its text again", RULE, "error")
    return None


def _is_binary(data: bytes) -> bool:
    """Whether the data has control characters that text does not; UTF-16 and UTF-32 are text."""
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls > max(_FEW_CONTROLS, _CONTROL_SHARE * len(data)) and not is_wide(data)


def _answer(text: str, path: str) -> str | None:
    """Return a description of the server response that replaced the file; None if it is not one."""
    start = text[:_SAMPLE].strip()
    if PurePosixPath(path).suffix.casefold() not in _PAGES and _DOCUMENT.match(start):
        title = _TITLE.search(start)
        return f'a web page ("{" ".join(title[1].split())[:60]}")' if title and title[1].strip() else "a web page"
    if len(text) <= _MAX_POINTER and (_ERROR_TEXT.fullmatch(start) or _ERROR_OBJECT.match(start)):
        return "a server's error message"
    return None


def _conflict_line(text: str) -> int | None:
    """Return the first line of an unresolved merge; conflict markers in a code block are an example."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return None
    parted = False  # a line of seven equals signs alone may underline a heading
    for number, line in _outside_code(text):
        if not _CONFLICT.match(line):
            continue
        if line[0] == "<" or (line[0] == ">" and parted):
            return number
        parted = parted or line[0] == "="
    return None


def _outside_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines outside fenced code blocks, with line numbers from 1."""
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
        elif not fence:
            yield number, line
