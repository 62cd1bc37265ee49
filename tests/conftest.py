"""Settings of the whole suite."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from tests.support import compiled_sql, new_database
from tests.support.postgres_server import database, missing, shared_server, stop_shared

# The same examples in every run, so that a red run means a change; a busy machine must not turn a slow example
# into a failure: the time limit of each test bounds it.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

_BROWSER = "tests/sandbox/page/"
# What takes longest: begun last it would end alone, with the other workers idle.
_LONG = (
    "tests/bot/test_restored_backup.py",
    "tests/digest/test_reading_corpus.py",
    "tests/bot/test_process.py",
    "tests/chaos/test_chaos_small.py",
    _BROWSER,
    "tests/digest/test_reading.py",
    "tests/bot/test_two_servers.py",
    "tests/bot/test_several_processes.py",
    "tests/bot/test_server_database.py",
    "tests/chaos/test_cluster_small.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Give the run one folder for what its processes share, such as the server of PostgreSQL."""
    new_database.make_cheap()
    compiled_sql.share()
    gc.disable()  # until everything is collected: nothing of that is garbage
    if not hasattr(config, "workerinput"):
        os.environ["TESTS_OWNER"] = str(os.getpid())
        os.environ["TESTS_SHARED"] = tempfile.mkdtemp(prefix="herald-tests-")


class LongFirst(LoadFileScheduling):
    """Gives each file to one worker; those that drive a browser to the same, for each would start one of its own."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _BROWSER if file.startswith(_BROWSER) else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        waiting = next((file for file in _LONG if file in self.workqueue), None)
        if waiting is not None:
            self.workqueue.move_to_end(waiting, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return LongFirst(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage among what the tests make alone, and seldom: it is looked for at each 700 new objects else."""
    del session
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts; its key is `key.pem` next to it."""
    if shutil.which("openssl") is None:
        pytest.skip("makes a certificate by the openssl command")
    file = tmp_path_factory.mktemp("certificate") / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file.with_name("key.pem"), "-out", file],
        check=True, capture_output=True,
    )  # fmt: skip
    return file
