"""Parsing of a newsletter's `source`: a folder, or the address of a Git remote."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sources.pages import page_fault

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCP = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+|\[[\da-fA-F:]+\]):(?P<path>[^\s]+)\Z")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z\d+.-]*):(?://|:)")
_USER = re.compile(r"[\w.-]+\Z")
_BRANCH = re.compile(r"(?!-)(?!/)(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|\Z)))(?!\.)[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])\Z")
_WRAPPED = re.compile(r"(?:git clone +<?|<)(?P<address>(?:https|ssh)://[^\s<>@]+|git@[^\s<>@]+)>?(?:\s.*)?\Z")
_HOSTS = {"gh": "github.com", "github": "github.com", "gitlab": "gitlab.com", "codeberg": "codeberg.org"}
_SHORT = re.compile(rf"(?P<host>{'|'.join(_HOSTS)}):(?P<path>[\w.-]+/[\w.-]+)\Z")
_OWNED = re.compile(r"(?![.~])[\w.-]+/(?!\.)[\w.-]+\Z")  # GitHub's short form, `owner/repository`
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+\Z")
_MAX_NAME = 255  # bytes, the limit of all common file systems
_SCHEMES = ("https", "http", "ssh", "file")


@dataclass(frozen=True, slots=True)
class GitAddress:
    """A Git remote: `scheme` is https, http, ssh or file, the only protocol allowed for it."""

    url: str
    scheme: str
    host: str = ""

    @property
    def may_carry_token(self) -> bool:
        """Whether a token can be sent there without being exposed on the network."""
        return self.scheme == "https" or (self.scheme == "http" and is_loopback(self.host))


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder on this machine, as an absolute path."""

    path: Path


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, as a name or an IP address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_address(text: str, base: Path) -> GitAddress | FolderAddress:
    """Return a `source` parsed; folders are relative to `base`. Raises ValueError with what to write instead.

    A bare repository is a Git remote; a repository with a work tree is a folder.
    """
    if not text or _CONTROL.search(text):
        raise ValueError("is empty or holds control characters: write a folder or the address of a Git repository")
    if text.startswith("-"):
        raise ValueError("must not begin with a hyphen: write ./ before a folder of that name")
    if match := _SCHEME.match(text):
        return _parse_url(text, match[1].lower())
    if match := _SCP.match(text):
        if any(match[part].startswith("-") for part in ("path", "host")):
            raise ValueError("is not an address: neither its host nor its path may begin with a hyphen")
        return GitAddress(text, "ssh", match["host"])
    path = local_path(text, base)
    if is_bare_repository(path):
        return GitAddress(path.as_uri(), "file")
    return FolderAddress(path)


def local_path(text: str, base: Path) -> Path:
    """Return a path as absolute, with ~ expanded.

    Raises ValueError for an unknown ~user, for loops of links and for names too long for a file system.
    """
    sentence = "is not a path on this machine: write it from / or relative to this file's folder"
    try:
        path = (base / Path(text).expanduser()).resolve()
    except (RuntimeError, OSError, ValueError) as error:
        raise ValueError(sentence) from error
    if any(len(os.fsencode(part)) > _MAX_NAME for part in path.parts):
        raise ValueError(sentence)
    return path


def is_bare_repository(path: Path) -> bool:
    """Whether the folder is a repository as made by `git init --bare`; False if it is not accessible."""
    try:
        return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    except OSError:  # such as an inaccessible parent folder, which the first poll reports
        return False


def _parse_url(text: str, scheme: str) -> GitAddress:
    if scheme not in _SCHEMES or "::" in text[: len(scheme) + 2]:
        raise ValueError(f"has the protocol {scheme}, which is not supported: use https, ssh or file, or a folder")
    if any(letter.isspace() for letter in text):
        raise ValueError("holds a space: write it as %20")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("is not an address: write it as https://host/owner/repository.git") from error
    if scheme == "file":
        if host not in {"", "localhost"} or not parts.path.startswith("/"):
            raise ValueError("is not a file address: write file:///absolute/path, or just the path")
        return GitAddress(text, scheme)
    _check_authority(scheme, host, parts.username, parts.password, parts.path)
    if scheme in {"https", "http"} and (fault := page_fault(parts, host)):
        raise ValueError(fault)
    return GitAddress(text, scheme, host)


def _check_authority(scheme: str, host: str, user: str | None, password: str | None, path: str) -> None:
    if not host or host.startswith("-") or path in {"", "/"} or path.startswith("/-"):
        raise ValueError(f"is not the address of a repository: write it as {scheme}://host/owner/repository.git")
    if password is not None or (user is not None and scheme != "ssh"):
        raise ValueError("holds a user name or password: take them out of the address and set `token` instead")
    if user is not None and not _USER.match(user):
        raise ValueError("has a user name that ssh would misread")


def repository_meant(text: str) -> str | None:
    """Return the address that a malformed one probably means, or None.

    Examples are `github.com/owner/repo`, `git@host/owner/repo`, `gh:owner/repo`, `git clone https://…` and
    `<https://…>`. Text before an @ other than "git" is omitted, because it may be a secret.
    """
    if wrapped := _WRAPPED.match(text):
        return wrapped["address"]
    if short := _SHORT.match(text):
        return f"https://{_HOSTS[short['host']]}/{short['path']}"
    before, at, rest = text.rpartition("@")
    host, _, path = rest.partition("/")
    if not _HOST.match(host) or "/" not in path:
        return None
    return f"git@{host}:{path}" if at and before == "git" else f"https://{rest}"


def is_short_form(text: str, base: Path) -> bool:
    """Whether `text` looks like GitHub's `owner/repository`, and `base` has no folder `owner`."""
    return _OWNED.match(text) is not None and not (base / text.partition("/")[0]).exists()


def is_branch_name(name: str) -> bool:
    """Whether Git accepts `name` as a branch (rules of git-check-ref-format)."""
    return bool(_BRANCH.match(name))
