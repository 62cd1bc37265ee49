"""A small version of `make chaos-cluster`: two processes on one server, one killed, one stopped and continued."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.chaos_cluster import Plan, chaos
from tests.support.postgres_server import missing

pytestmark = pytest.mark.timeout(240)


@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_what_a_process_leaves_another_one_finishes_once(tmp_path: Path) -> None:
    outcome = await chaos(tmp_path, Plan(seed=1, processes=2, kills=1, stops=1, restarts=0, pause_s=0.5))
    assert (outcome.verdict.lines(), outcome.broken) == ([], [])
    assert outcome.done == {"kills": 1, "stops": 1}
    assert outcome.verdict.items > 5
