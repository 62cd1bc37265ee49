from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]


async def run(*arguments: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "sandbox.serve", *arguments)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)


async def test_runs_as_a_process_of_its_own() -> None:
    process = await run("--token", "t", "--channel", "news", "--channel", "posts:forum")
    assert process.stdout is not None
    about = json.loads(await process.stdout.readline())
    assert set(about["channels"]) == {"news", "posts"}
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bot t"}
        async with session.get(about["api_base"] + "/users/@me", headers=headers) as answer:
            assert (await answer.json())["username"] == "Herald"
        async with session.get(about["api_base"] + "/users/@me") as answer:
            assert answer.status == 401
    taken = await run("--port", about["url"].rpartition(":")[2])
    _, errors = await taken.communicate()
    assert (taken.returncode, errors.decode().startswith("The sandbox cannot start:")) == (2, True)
    process.terminate()
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
