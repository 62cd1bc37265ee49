"""Standard output that accepts any text, whatever the encoding of the terminal or pipe."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path

_HANDLER = "herald.escape"


def set_up() -> None:
    r"""Make all text printable: characters missing in the encoding are written like `\u2192`, valid in JSON.

    Python's own `backslashreplace` writes `\xfc` and `\U0001f680`, which are not valid in JSON.
    """
    codecs.register_error(_HANDLER, _escaped)
    nowhere = Path(os.devnull)
    # If a stream was closed by the caller (`>&-`), discard its output instead of failing.
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    text = "".join(f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2))
    return text, error.end


def counted(number: int, noun: str) -> str:
    """Return `1 issue`, `1,200 issues`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
