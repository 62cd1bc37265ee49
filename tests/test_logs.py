"""An operator's log: one line an event, and no secret whatever a library writes."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)


def logged(level: str = "info", **options: object) -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(level, stream=stream, **options)  # type: ignore[arg-type] -- passed through
    return stream


def test_an_event_is_one_line_with_time_level_and_place() -> None:
    stream = logged()
    logging.getLogger("cogs.following").info('watching newsletter="%s"', "Two\nlines")
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.endswith('Z INFO    cogs.following: watching newsletter="Two lines"\n')


@pytest.mark.parametrize(
    "text",
    [
        "the known value hunter2secret here",
        # shaped like a token, made up
        "token " + "M" + "A" * 24 + ".Gabcde." + "x" * 30,
        "cloning https://someone:pa55word@example.org/a.git",
        "Authorization: Bot abcdefghijklmnopqrstuvwx",
        "using ghp_" + "a1" * 18,
    ],
)
def test_no_secret_is_written(text: str) -> None:
    stream = logged(secrets=["hunter2secret"])
    logging.getLogger("x").warning("%s", text)
    assert "[secret]" in stream.getvalue()
    for secret in ("hunter2secret", "pa55word", "abcdefghijkl", "a1a1a1", "A" * 24):
        assert secret not in stream.getvalue()


def test_no_secret_stands_in_a_traceback() -> None:
    stream = logged(secrets=["hunter2secret"])
    try:
        raise RuntimeError("refused hunter2secret")
    except RuntimeError:
        logging.getLogger("x").exception("failed")
    assert "RuntimeError: refused [secret]" in stream.getvalue()


def test_a_lost_connection_of_the_library_is_one_line_unless_debugging() -> None:
    stream = logged()
    try:
        raise ConnectionResetError("peer")
    except ConnectionResetError:
        logging.getLogger("discord.client").exception("Attempting a reconnect in %.2fs", 1.5)
    assert stream.getvalue().count("\n") == 1
    assert "Attempting a reconnect in 1.50s error=ConnectionResetError: peer" in stream.getvalue()


def test_setting_up_again_writes_each_event_once() -> None:
    logged()
    stream = logged("debug")
    logging.getLogger("x").debug("once")
    assert stream.getvalue().count("once") == 1


def test_json_has_one_object_a_line_with_the_messages_fields() -> None:
    stream = logged(form="json", secrets=["hunter2secret"])
    logging.getLogger("delivery").info('posted newsletter="Tech Beats" delivery=9 channel="#news" of: hunter2secret')
    try:
        raise RuntimeError("hunter2secret")
    except RuntimeError:
        logging.getLogger("x").exception("broken\nbadly")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == 'posted newsletter="Tech Beats" delivery=9 channel="#news" of: [secret]'
    assert first["fields"] == {"newsletter": "Tech Beats", "delivery": "9", "channel": "#news"}
    assert (first["level"], first["logger"]) == ("info", "delivery")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    assert (second["message"], "[secret]" in second["traceback"]) == ("broken badly", True)


def test_a_second_call_changes_the_format() -> None:
    logged(form="json")
    stream = logged()
    logging.getLogger("x").info("plain")
    assert stream.getvalue().endswith("INFO    x: plain\n")
