"""Logging for operators: one line per event, with time, level and logger, and without secrets."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Iterable
from typing import TextIO

_TOKEN = re.compile(
    r"[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6,7}\.[A-Za-z\d_-]{27,}"  # a Discord bot token
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password of a URL
    r"|\bgh[pousr]_[A-Za-z\d]{20,}|\bglpat-[\w-]{16,}"  # access tokens of Git hosts
    r"|(?i:(?<=Bearer )|(?<=Bot )|(?<=Basic ))[A-Za-z\d._~+/=-]{16,}"
)
_FIELD = re.compile(r'(?<![^ ])(?P<key>[a-z][a-z0-9_]*)=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^ "]+))')
_HIDDEN = "[secret]"
_NOISY = ("discord", "aiohttp", "asyncio", "alembic", "sqlalchemy", "PIL")


class Redaction(logging.Filter):
    """Replace known secrets, and strings that look like secrets, in log records.

    A second line of defence: our own code logs no secrets, but a library's error message may contain one.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def clean(self, text: str) -> str:
        """Return `text` with secrets replaced."""
        if self._known:
            text = self._known.sub(_HIDDEN, text)
        return _TOKEN.sub(_HIDDEN, text)


class LineFormatter(logging.Formatter):
    """Format `2026-11-21 07:22:18Z INFO    cogs.following  text`; only a bug's traceback takes more lines."""

    converter = time.gmtime

    def __init__(self, redaction: Redaction, *, tracebacks: bool) -> None:
        super().__init__("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._redaction = redaction
        self._tracebacks = tracebacks

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        """Return the message as a single line."""
        return " ".join(super().formatMessage(record).splitlines())

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback if it adds information."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not self._tracebacks and record.name.startswith("discord."):
            # discord.py logs each lost connection with its traceback, of which only the error's type is useful
            record = logging.makeLogRecord(record.__dict__)
            record.msg, record.args = f"{record.getMessage()} error={type(error).__name__}: {error}", None
            record.exc_info = record.exc_text = None
        return self._redaction.clean(super().format(record))


class JsonFormatter(LineFormatter):
    """Format an event as one line of JSON; the `key=value` pairs of its message are repeated in `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, including a bug's traceback."""
        text, _, trace = super().format(record).partition("\n")
        message = text.split(": ", 1)[1] if ": " in text else text
        found = {match["key"]: match["quoted"] or match["bare"] or "" for match in _FIELD.finditer(message)}
        event: dict[str, object] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if found:
            event["fields"] = found
        if trace:
            event["traceback"] = trace
        return json.dumps(event, ensure_ascii=False)


def set_up(
    level: str = "info", *, form: str = "text", secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Log every event of at least `level` to `stream` (standard error), as "text" or "json".

    Can be called again, with more secrets or another level.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(stream or sys.stderr)
    redaction = Redaction(secrets)
    formatter = JsonFormatter if form == "json" else LineFormatter
    handler.setFormatter(formatter(redaction, tracebacks=number <= logging.DEBUG))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, LineFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    for name in _NOISY:  # at the default level, only warnings of libraries are logged
        logging.getLogger(name).setLevel(logging.NOTSET if number <= logging.DEBUG else logging.WARNING)
    logging.captureWarnings(capture=True)


def incident() -> str:
    """Return an incident number that connects a user's report with the log."""
    return secrets.token_hex(4)


def short(error: BaseException) -> str:
    """Return an error as one line for the log."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
