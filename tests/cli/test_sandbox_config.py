"""`sandbox --config`: the newsletters of a configuration, shown at once."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest

from cli.dispatch import choose, main
from cli.sandbox import configured, started
from errors import ConfigError


def test_the_newsletters_of_a_configuration_are_shown_at_once(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "own.yaml").write_text(
        "newsletters:\n"
        "  - {name: Letters, source: letters, settle: 2h, max_new_issues: 1, servers: [123456789012345678]}\n"
    )
    [shown] = configured(tmp_path / "own.yaml")
    assert (shown.name, shown.source) == ("Letters", str(tmp_path / "letters"))
    assert (shown.settle, shown.max_new_issues, shown.servers) == (dt.timedelta(0), None, ())


def test_what_cannot_be_shown_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.yaml").write_text("newsletters: []\n")
    with pytest.raises(ConfigError, match="names no newsletter"):
        configured(tmp_path / "empty.yaml")
    before = choose(["--config", "x.yaml", "sandbox", "--source", "y"])
    assert before == ("sandbox", ["--config", "x.yaml", "--source", "y"])
    with pytest.raises(SystemExit):
        main(["--config", "x.yaml", "sandbox", "--source", "y"])
    assert "use one of them" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["70000", "-1", "²", "http"])
def test_what_is_not_a_port_is_told(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sandbox", f"--port={port}"])
    assert f'"{port}" is not a port: write a number from 0 to 65535' in capsys.readouterr().err


async def test_without_a_port_the_usual_one_is_taken_or_any(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        monkeypatch.setattr("cli.sandbox.PORT", usual)
        elsewhere = await started(None, ())
        await elsewhere.close()
        with pytest.raises(ConfigError, match=f"Port {usual} cannot be used .* another with --port"):
            await started(usual, ())
    sandbox = await started(None, ())
    await sandbox.close()
    assert (sandbox.url, elsewhere.url != sandbox.url) == (f"http://127.0.0.1:{usual}", True)
