"""What went wrong with a PostgreSQL database, in one sentence for the person who runs Herald."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from errors import StorageAwayError, StorageError

# The codes and their first two characters: https://www.postgresql.org/docs/current/errcodes-appendix.html
_SENTENCES = {
    "28": "{name} refuses the user or the password of `storage`: correct them there.",
    "3D000": "{name} does not exist: create it with {create} Write your own names where it says herald.",
    "42501": "{name} lacks rights: make Herald's user its owner ({cause}).",
    "25006": "{name} can only be read, as a standby can: let `storage` name the primary server.",
    "53100": "{name} cannot grow: the server's disk is full. Free some space; no data was stored in part.",
    "53": "{name} has no room for another connection: Herald needs ten. Raise max_connections, or end other programs.",
    "57P": "{name} cannot be reached: the server is starting or stopping. Herald goes on when it is back.",
    "40": "{name} was busy with the same rows for somebody else: it is tried again ({cause}).",
    "57014": "{name} took too long to answer: check the server's load.",
    "26000": "{pgbouncer}",
    "42P05": "{pgbouncer}",
    "08": "{name} cannot be reached: {cause}.",
}
_PASSING = {"53100", "53", "57P", "40", "57014", "08"}
_PGBOUNCER = (
    "{name} is behind a pooler that does not keep prepared statements: take prepared_statement_cache_size out of "
    "`storage`, or set max_prepared_statements of pgbouncer."
)
CREATE = "CREATE DATABASE herald OWNER herald TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';"


def explained(error: BaseException, name: str) -> StorageError | None:
    """Return the sentence for a known failure of the server or the way there; None if it is a bug."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = str(getattr(original, "sqlstate", None) or "")
    if (known := _known(code)) is not None:
        return _told(known, name, original)
    if type(original and original.__cause__).__name__ == "TargetServerAttributeNotMatched":  # of several servers
        return StorageError(_SENTENCES["25006"].format(name=name))
    if isinstance(original, TimeoutError | PoolTimeout):
        return StorageAwayError(f"{name} does not answer: check the server and the network in between.")
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if is_lost or isinstance(original, OSError) or type(original).__name__ in {"InterfaceError", "InternalClientError"}:
        return StorageAwayError(f"{name} cannot be reached: {_cause(original)}.")
    return None


def _known(code: str) -> str | None:
    """Return what there is a sentence for: a code, its class, or the beginning of that."""
    return next((code[:length] for length in (5, 3, 2) if code and code[:length] in _SENTENCES), None)


def _told(known: str, name: str, original: BaseException | None) -> StorageError:
    sentence = _SENTENCES[known].replace("{pgbouncer}", _PGBOUNCER)
    kind = StorageAwayError if known in _PASSING else StorageError
    return kind(sentence.format(name=name, create=CREATE, cause=_cause(original)))


def _cause(original: BaseException | None) -> str:
    """Return the server's or the system's own words, without the driver's class before them."""
    told = getattr(original, "strerror", None) or str(original or "")
    text = told.rpartition(">: ")[2]
    return (text.splitlines() or ["no answer"])[0].rstrip(". ") or "no answer"
