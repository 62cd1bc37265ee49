"""What the `source` of a newsletter may be: a folder, or the address of a Git remote."""

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
_MAX_NAME = 255  # bytes, in all common file systems
_SCHEMES = ("https", "http", "ssh", "file")


@dataclass(frozen=True, slots=True)
class GitAddress:
    """A Git remote: `scheme` is https, http, ssh or file, and the only protocol that is allowed for it."""

    url: str
    scheme: str
    host: str = ""

    @property
    def may_carry_token(self) -> bool:
        """Whether a token can be sent there without everybody on the way reading it."""
        return self.scheme == "https" or (self.scheme == "http" and is_loopback(self.host))


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder of this machine, made absolute."""

    path: Path


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by name or number."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_address(text: str, base: Path) -> GitAddress | FolderAddress:
    """Read a `source`; folders are relative to `base`. Raises ValueError with what to write instead.

    A folder that is a bare repository is a Git remote; one with a work tree is a folder, as its author sees it.
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
    """Return a path as people write it, made absolute.

    Raises ValueError for ~somebody who is not known, for loops and for names that no file system takes.
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
    """Whether the folder is what `git init --bare` makes; False if Herald may not look."""
    try:
        return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    except OSError:  # such as a folder above it that may not be entered: the first look says so
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
    """Return the address that somebody meant who wrote what no folder is called, or None: `github.com/owner/repo`,
    `git@host/owner/repo`, `gh:owner/repo`, `git clone https://…`, `<https://…>`.

    What is before an @ may be a secret, and is left out.
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
    """Whether Git takes `name` as a branch (the rules of git-check-ref-format)."""
    return bool(_BRANCH.match(name))
