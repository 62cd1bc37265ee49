"""Which proxy is on the way to Discord, and that Herald really takes it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from app.proxy import proxy_for
from errors import ConfigError

DISCORD = "https://discord.com/api/v10"
ROOT = Path(__file__).parents[2]
VARIABLES = ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("variables", "given", "proxy"),
    [
        ({}, None, None),
        ({"HTTPS_PROXY": "http://p:3128"}, None, "http://p:3128"),
        ({"https_proxy": "p:3128"}, None, "http://p:3128"),
        ({"ALL_PROXY": "http://u:w@p:3128"}, None, "http://u:w@p:3128"),
        ({"HTTPS_PROXY": "http://p:3128", "ALL_PROXY": "http://q"}, None, "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, None, None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "example.org,discord.com"}, None, None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "*"}, None, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://mine:1", "http://mine:1"),
        ({"HTTPS_PROXY": "socks5://p"}, "mine:1", "http://mine:1"),
    ],
)
def test_the_proxy_is_that_of_the_configuration_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], given: str | None, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(DISCORD, given) == proxy


def test_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://p:3128")
    assert proxy_for("http://127.0.0.1:8765/api", None) is None
    assert proxy_for("http://localhost:8765/api", None) is None


@pytest.mark.parametrize("proxy", ["socks5://u:s3cr3t@p:1080", "http://", "http://p:x", "ftp://p"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match=r"HTTPS_PROXY names a proxy that .* write http://host:port") as told:
        proxy_for(DISCORD, None)
    assert "s3cr3t" not in str(told.value)


@pytest.mark.parametrize("is_configured", [False, True])
async def test_the_bot_asks_the_proxy_for_discord(tmp_path: Path, is_configured: bool) -> None:
    asked: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if not asked.done():
            asked.set_result(line)
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        writer.close()

    proxy = await asyncio.start_server(listen, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    extra = f"discord: {{proxy: '{address}'}}\n" if is_configured else ""
    (tmp_path / "issues").mkdir()
    (tmp_path / "config.yaml").write_text(f"{extra}newsletters:\n  - {{name: N, source: issues}}\n")
    bot = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), "run",
        cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "DISCORD_TOKEN": "x", **({} if is_configured else {"HTTPS_PROXY": address})},
    )  # fmt: skip
    try:
        assert await asked == b"CONNECT discord.com:443 HTTP/1.1\r\n"
    finally:
        bot.terminate()
        await bot.wait()
        proxy.close()
