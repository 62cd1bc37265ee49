"""The version of this Herald, defined here alone."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

VERSION = "0.1.0"
COMMIT_VARIABLE = "HERALD_COMMIT"  # set when an image is built, because the image has no Git history
_ROOT = Path(__file__).parents[1]
_LIMIT_S = 5.0


@functools.cache
def commit() -> str:
    """Return the running commit, shortened; "" if neither the environment nor a Git work tree names one."""
    if given := os.environ.get(COMMIT_VARIABLE, "").strip():
        return given[:10]
    if not (_ROOT / ".git").exists():  # otherwise Git would name the commit of an enclosing repository
        return ""
    try:
        done = subprocess.run(  # noqa: S603 -- nothing of the command comes from outside
            ["git", "-c", f"safe.directory={_ROOT}", "-C", str(_ROOT), "rev-parse", "--short=10", "HEAD"],  # noqa: S607 -- Git is wherever PATH has it, as for sources
            capture_output=True, text=True, timeout=_LIMIT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def full_version() -> str:
    """Return `0.1.0 (commit 1a2b3c4d5e)`, without the commit if it is unknown."""
    found = commit()
    return f"{VERSION} (commit {found})" if found else VERSION
