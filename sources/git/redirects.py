"""Redirects of Git servers. With a token, Git is not allowed to follow them, as it would send the token along."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from http.client import HTTPMessage
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

_ASKED = "/info/refs?service=git-upload-pack"
_LIMIT_S = 10.0


class _Stay(HTTPRedirectHandler):
    """Does not follow redirects, which then raise HTTPError."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


def find_redirect(url: str, headers: Mapping[str, str], ca_file: Path | None = None) -> str | None:
    """Return the address that the repository at `url` (http or https) redirects to; None if it does not.

    Blocks for up to ten seconds. `headers` are sent only to the server at `url`.
    """
    request = Request(url.rstrip("/") + _ASKED, headers={"User-Agent": "git/herald", **headers})  # noqa: S310 -- http(s)
    try:
        secure = HTTPSHandler(context=ssl.create_default_context(cafile=ca_file))
        with build_opener(_Stay(), secure).open(request, timeout=_LIMIT_S):
            return None
    except HTTPError as error:
        with error:
            location = error.headers.get("Location") if 300 <= error.code < 400 else None
    except (OSError, ValueError):  # Git's own message is reported instead
        return None
    return _repository(urljoin(request.full_url, location)) if location else None


def is_same_server(one: str, other: str) -> bool:
    """Whether a token for `one` may be sent to `other`: protocol, host and port are equal."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc.lower()) == (second.scheme, second.netloc.lower())


def _repository(location: str) -> str | None:
    address = location.partition("/info/refs")[0]
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    is_plain = address.isprintable() and len(address) <= 500 and "@" not in parts.netloc
    return address if parts.scheme in {"http", "https"} and parts.netloc and is_plain else None
