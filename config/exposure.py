"""Secrets in a configuration file that other users of the machine can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from config.document import ConfigFault, Document, Key, read_document
from config.faults import report

_SECRETS: tuple[Key, ...] = (("discord", "token"), ("web", "secret"))
_SECRETS_OF_NEWSLETTER = ("token", "webhook_secret")


def exposed_secrets(path: Path, env: Mapping[str, str]) -> list[str]:
    """Return a warning for each secret in a world-readable configuration file.

    Raise ConfigError if the file cannot be read. Windows permissions are not checked.
    """
    if os.name == "nt" or not path.stat().st_mode & stat.S_IROTH:
        return []
    document = read_document(path, env)
    remedy = f"every user of this machine can read it: chmod 600 {path.name}, or write ${{A_VARIABLE}} in its place"
    return report([ConfigFault(key, remedy) for key in _written_out(document)], document, path).splitlines()


def _written_out(document: Document) -> Iterator[Key]:
    newsletters = document.data.get("newsletters")
    count = len(cast("list[Any]", newsletters)) if isinstance(newsletters, list) else 0
    keys = [*_SECRETS, *(("newsletters", at, name) for at in range(count) for name in _SECRETS_OF_NEWSLETTER)]
    # Every key in the file has a line, even without a value.
    yield from (key for key in keys if key in document.lines and key not in document.expanded)
