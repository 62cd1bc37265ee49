"""Setting up says little where it works, and all where it does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "pip_install.sh"


def installed(folder: Path, status: int) -> subprocess.CompletedProcess[str]:
    """Run the script with something that talks like pip in Python's place."""
    python = folder / "python"
    python.write_text(
        "#!/bin/sh\n"
        'echo "$@" >>"$(dirname "$0")/arguments"\n'
        "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo \"Collecting package$n==1\"; echo '  Using cached it'; done\n"
        f"if [ {status} -ne 0 ]; then echo 'ERROR: the hashes differ' >&2; exit {status}; fi\n"
        "echo 'Installing collected packages: package1, package2'; echo 'Successfully installed package1'\n"
    )
    python.chmod(0o755)
    command = ["sh", SCRIPT, python, "lock.txt"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_it_says_how_far_it_is_and_installs_nothing_but_the_lock(tmp_path: Path) -> None:
    done = installed(tmp_path, 0)
    assert (done.returncode, done.stderr) == (0, "")
    said = ["10 packages fetched", "12 packages fetched; unpacking them takes a moment"]
    assert [line.strip() for line in done.stdout.splitlines()] == said
    arguments = (tmp_path / "arguments").read_text().split()
    assert {"install", "--require-hashes", "--no-deps", "lock.txt"} <= set(arguments)


@pytest.mark.parametrize("status", [1, 2])
def test_what_pip_says_is_shown_where_it_fails(tmp_path: Path, status: int) -> None:
    done = installed(tmp_path, status)
    assert done.returncode == 1
    assert "ERROR: the hashes differ" in done.stderr
    assert "Collecting package12==1" in done.stderr
    assert "pip failed" not in done.stderr
