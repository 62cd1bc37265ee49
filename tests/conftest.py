"""Settings of the whole suite."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from storage import migrate
from tests.support import compiled_sql
from tests.support.new_database import upgrade_or_copy
from tests.support.postgres_server import database, missing, shared_server, stop_shared

# The same examples in every run, so that a red run means a change; a busy machine must not turn a slow example
# into a failure: the time limit of each test bounds it.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Give the run one folder for what its processes share, such as the server of PostgreSQL."""
    migrate._upgrade = upgrade_or_copy
    compiled_sql.share()
    if not hasattr(config, "workerinput"):
        os.environ["TESTS_OWNER"] = str(os.getpid())
        os.environ["TESTS_SHARED"] = tempfile.mkdtemp(prefix="herald-tests-")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        shared = Path(os.environ["TESTS_SHARED"])
        stop_shared(shared)
        shutil.rmtree(shared, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_folder() -> str:
    """Return the folder of a running server; where none can be, the test is skipped, or fails where one must be."""
    if why := missing():
        if os.environ.get("POSTGRES_TESTS") in {"required", "all"}:
            pytest.fail(why)
        pytest.skip(why)
    return shared_server(Path(os.environ["TESTS_SHARED"]))


@pytest.fixture
async def postgres_address(postgres_folder: str) -> AsyncIterator[str]:
    """Return the address of an empty database on a real server."""
    async with database(postgres_folder) as address:
        yield address
