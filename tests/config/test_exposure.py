"""Secrets in a configuration that everybody on the machine can read are told, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.dispatch import main
from config.exposure import exposed_secrets

TEXT = """discord: {token: a.long.token}
newsletters:
  - name: Tech
    source: https://example.org/tech.git
    token: written-out
  - name: Food
    source: https://example.org/food.git
    token: ${GIT_TOKEN}
web: {enabled: true, secret: "${WEB_SECRET}"}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    path.chmod(0o644)
    return path


def test_what_is_written_out_is_told_unless_the_file_is_private(config: Path) -> None:
    env = {"GIT_TOKEN": "from-elsewhere", "WEB_SECRET": "x" * 20}
    told = exposed_secrets(config, env)
    assert [line.removeprefix(f"{config}:").split(": ")[:2] for line in told] == [
        ["1", "discord.token"], ["5", "newsletters[0].token"],
    ]  # fmt: skip
    assert all(line.endswith("chmod 600 config.yaml, or write ${A_VARIABLE} in its place") for line in told)
    assert not any("written-out" in line or "long" in line for line in told)
    config.chmod(0o640)
    assert exposed_secrets(config, env) == [], "a group was somebody's choice"


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_start_and_a_check_tell_it(
    config: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    config.write_text("newsletters:\n  - {name: Tech, source: 'https://example.org/t.git', token: written-out}\n")
    main([command, "--config", str(config)])
    assert "newsletters[0].token: every user of this machine can read it" in capsys.readouterr().err
