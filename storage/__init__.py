"""The only room with SQL: tables, archive, search, outbox and subscriptions."""

import sys
from types import ModuleType


def _nothing(name: str) -> None:
    """Stand for whatever a module is asked for."""


def _leave_the_orm_out() -> None:
    """Import SQLAlchemy's asyncio package without its sessions, and so without its ORM, which nothing here uses.

    They are a tenth of all code that a running bot loads: 7 MB and a tenth of the time of its start.
    """
    for name in ("session", "scoping"):
        unused = ModuleType(f"sqlalchemy.ext.asyncio.{name}")
        unused.__dict__["__getattr__"] = _nothing
        sys.modules.setdefault(unused.__name__, unused)


_leave_the_orm_out()
