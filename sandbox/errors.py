"""Discord's refusals: the status, the code and the shape of each answer."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.values import Json


class ApiError(Exception):
    """A request that is refused as Discord refuses it.

    `errors` is the tree of a form's faults; `extra` is added to the answer's object, `headers` to its headers.
    """

    def __init__(
        self, status: int, code: int, message: str, errors: Json | None = None, extra: Json | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.extra = extra or {}
        self.headers: dict[str, str] = {}

    def to_json(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"message": self.message, "code": self.code, **self.extra}
        if self.errors:
            body["errors"] = self.errors
        return body


def unauthorized() -> ApiError:
    """Return the refusal of a missing or wrong token."""
    return ApiError(401, 0, "401: Unauthorized")


def unknown(what: str) -> ApiError:
    """Return the 404 for a kind of thing; raise KeyError for a kind that is not listed."""
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Emoji": 10014,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
    }
    return ApiError(404, codes[what], f"Unknown {what}")


def missing_access() -> ApiError:
    """Return the refusal of a place that one may not see."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """Return the refusal of a deed that one may not do."""
    return ApiError(403, 50013, "Missing Permissions")


def empty_message() -> ApiError:
    """Return the refusal of a message that shows nothing."""
    return ApiError(400, 50006, "Cannot send an empty message")


def wrong_channel_type() -> ApiError:
    """Return the refusal of a deed that this kind of channel does not know."""
    return ApiError(400, 50024, "Cannot execute action on this channel type")


def archived_thread() -> ApiError:
    """Return the refusal of a deed in an archived thread."""
    return ApiError(400, 50083, "Thread is archived")


def locked_thread() -> ApiError:
    """Return the refusal of a message in a locked thread."""
    return ApiError(403, 160005, "Thread is locked")


def bad_form(path: Sequence[str | int], code: str, message: str) -> ApiError:
    """Return the refusal of a form with one fault at `path`."""
    form = Form()
    form.add(path, code, message)
    return form.error()


class Form:
    """Collects the faults of one request body, each under the path of its field."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def add(self, path: Sequence[str | int], code: str, message: str) -> None:
        """Note a fault of the field at `path`; the empty path means the body as a whole."""
        node = self._errors
        for key in path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def take(self, other: Form, path: Sequence[str | int]) -> None:
        """Take over the faults of a part of the body, which lies under `path`."""
        if other._errors:
            node = self._errors
            for key in path:
                node = node.setdefault(str(key), {})
            node.update(other._errors)

    def error(self) -> ApiError:
        """Return the refusal with all faults noted."""
        return ApiError(400, 50035, "Invalid Form Body", self._errors)

    def check(self) -> None:
        """Raise the refusal if a fault was found."""
        if self._errors:
            raise self.error()
