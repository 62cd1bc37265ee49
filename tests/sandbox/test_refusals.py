"""Every refusal that the sandbox makes, each provoked by a request that breaks the rule."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import refusals_commands
import refusals_interactions
import refusals_messages
import refusals_places
from refusals import Case, Stage, fault_codes
from sandbox_harness import Http, Starter

from sandbox.values import ManualClock

CASES = [
    *refusals_messages.cases.table,
    *refusals_places.cases.table,
    *refusals_commands.cases.table,
    *refusals_interactions.cases.table,
]
HERE = Path(__file__).parent
SOURCES = sorted((HERE.parents[1] / "sandbox").rglob("*.py"))
OTHERWISE_TESTED = {
    "504 0": "test_client_api: a bot that does not answer an autocomplete",
    "OPENAPI_SCHEMA": "test_openapi: a body that only Discord's description refuses",
}


@pytest.fixture
async def stage(start: Starter) -> AsyncIterator[Stage]:
    clock = ManualClock()
    async with aiohttp.ClientSession() as session:
        stage = Stage(Http(await start(clock=clock), session), clock)
        yield stage
        if stage.asking is not None:
            stage.asking.cancel()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_refused(stage: Stage, case: Case) -> None:
    status, answer = await case.act(stage)
    assert (status, answer["code"]) == (case.status, case.code), answer
    if case.fault is not None:
        assert case.fault in fault_codes(answer["errors"], case.at or ""), answer
    if case.is_form:  # a refused form has no effect whatever
        assert stage.sandbox.messages(stage.news) == []
        assert stage.guild.threads == {}
        assert not stage.world.commands.get(None)


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert sorted(names) == sorted(set(names))


def test_every_refusal_in_the_code_has_its_case() -> None:
    """The codes that the sources can answer with, found in their syntax, are those of the cases above."""
    covered = {f"{case.status} {case.code}" for case in CASES} | {case.fault for case in CASES if case.fault}
    made = {code for path in SOURCES for code in _codes(ast.parse(path.read_text("utf-8")))}
    assert len(made) > 80
    assert made - covered - set(OTHERWISE_TESTED) == set()


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        values = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if name == "ApiError" and all(isinstance(value, int) for value in values[:2]):
            yield f"{values[0]} {values[1]}"
        elif name in ("add", "bad_form") and len(values) == 3 and isinstance(values[1], str) and values[1].isupper():
            yield values[1]
        elif name == "unknown" and isinstance(values[0], str):
            from sandbox.errors import unknown

            yield f"404 {unknown(values[0]).code}"
