"""Translation of git's error messages for the operator of a newsletter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from errors import S_, SourceError


class GitError(SourceError):
    """A failed command. `kind` is one of those in `_MEANINGS`, or "other"."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Meaning:
    """The meaning of git's messages in the C locale that match one of the regular expressions `words`."""

    kind: str
    sentence: str
    words: tuple[str, ...]

    def fits(self, messages: str) -> bool:
        return re.search("|".join(self.words), messages, re.IGNORECASE) is not None


_HOST_KEY = S_(
    "The host key of {label} is not the known one: if the change is genuine, remove the old key from known_hosts "
    "in the cache folder and from ~/.ssh/known_hosts."
)
_KEY = S_("The SSH key for {label} cannot be used: it must exist, be readable by Herald alone, and have no passphrase.")
_DAMAGED_KEY = S_(
    "The SSH key for {label} cannot be read: it has Windows line ends, lacks the end of its last line, or is not the "
    "private key. Copy the file anew, with an empty line at its end."
)
_REFUSED = S_("{label} refuses access: check the newsletter's token or ssh_key, and that it may read this repository.")
_OWNER = S_("{label} belongs to another user of this machine: run Herald as its owner, or follow a copy of it.")

_CERTIFICATE = S_(
    "The certificate of {label} is not trusted ({detail}): it has expired, this machine's clock is wrong, or a "
    "certificate authority of your own signed it. For the last, set the newsletter's ca_file to that authority's "
    "certificate."
)

# The first match counts, so specific ones precede general ones: "early eof" with "no space left" means the disk.
_MEANINGS = (
    _Meaning(
        "large",
        S_("{label} sends more data than Herald accepts ({detail})."),
        ("died of signal (?:25|31)", "file too large", "file size limit exceeded"),
    ),
    _Meaning(
        "whole",
        S_("{label} can only be fetched with its whole history ({detail})."),
        ("not support shallow", "shallow capabilities", "does not support --(?:depth|deepen|shallow)"),
    ),
    _Meaning(
        "full",
        S_("There is no space left on the disk for the copy of {label}."),
        ("no space left on device", "disk quota exceeded"),
    ),
    _Meaning("host-key", _HOST_KEY, ("host key verification failed", "remote host identification has changed")),
    _Meaning(
        "key",
        _KEY,
        ("unprotected private key", "identity file .* not accessible"),
    ),
    _Meaning("key", _DAMAGED_KEY, ("error in libcrypto", "key .* invalid format")),
    _Meaning(
        "refused",
        _REFUSED,
        (
            "authentication failed",
            "could not read (?:username|password)",
            "terminal prompts disabled",
            r"permission denied \(",
            "returned error: 40[13]",
            r"\bhttp 40[13]\b",
            "access denied",
            "invalid credentials",
        ),
    ),
    _Meaning(
        "moved",
        S_(
            "{label} redirects to another address, which is not followed when a token is set: write the repository's "
            "new address as the newsletter's source."
        ),
        ("redirect", r"returned error: 30\d", r"\bhttp 30\d\b"),
    ),
    _Meaning("owner", _OWNER, ("dubious ownership", "unsafe repository")),
    _Meaning(
        "missing",
        S_("There is no repository at {label}, or it is private and needs a token."),
        (
            "repository .*not found",
            "returned error: 4(?:04|10)",
            "does not appear to be a git repository",
            "repository not exported",
            "project you were looking for",
            "did you run git update-server-info",
        ),
    ),
    _Meaning(
        "branch",
        S_("{label} does not have this branch any more."),
        ("couldn't find remote ref", "remote branch .* not found"),
    ),
    _Meaning(
        "certificate",
        _CERTIFICATE,
        ("ssl certificate", "certificate verif"),
    ),
    _Meaning(
        "down",
        S_("{label} cannot be reached now ({detail})."),
        (
            "could not resolve",
            "connection (?:refused|reset|timed out|closed)",
            "failed to connect",
            "couldn't connect",
            "network is unreachable",
            "no route to host",
            "timed out",
            r"returned error: (?:5\d\d|429)",
            "early eof",
            "hung up",
            "unexpected disconnect",
            "rpc failed",
            "empty reply",
            "operation too slow",
            "transfer closed",
            "gnutls",
            r"\btls\b",
            r"\bssl\b",
        ),
    ),
    _Meaning(
        "filter",
        S_("{label} does not serve the requested data ({detail})."),
        ("not our ref", "unadvertised object", "filter.*not (?:supported|allowed)", "no such remote ref"),
    ),
    _Meaning(
        "corrupt",
        S_("The copy of {label} is damaged ({detail})."),
        (
            "corrupt",
            "bad (?:object|tree|config|signature)",
            "not a git repository",
            "unable to (?:read|open|find)",
            "missing (?:blob|tree|commit)",
            "invalid (?:sha1 pointer|object)",
            r"\.lock\b",
            "loose object",
            "packfile",
            "pack has",
            "unresolved deltas",
            "inflate",
            "not a valid object",
            "not a tree",
            "could not parse",
            "shallow file",
            "ambiguous",
            "unknown revision",
        ),
    ),
    _Meaning(
        "setup",
        S_(
            "{label} cannot be read: ssh works only for users with an entry in /etc/passwd, and Herald's has none. "
            "Add one (under systemd by the package libnss-systemd), or use an https address and a token."
        ),
        ("no user exists for uid", "you don't exist, go away"),
    ),
    _Meaning(
        "setup", S_("{label} needs ssh: install it ({detail})."), ("cannot run ssh", "ssh: (?:command )?not found")
    ),
)
_OTHER = S_("{label} cannot be read ({detail}).")


def explain(messages: str, label: str, secrets: Iterable[str] = ()) -> GitError:
    """Return the meaning of a failed command's messages in one sentence, with `secrets` redacted."""
    detail = _detail(messages, label, secrets)
    for meaning in _MEANINGS:
        if meaning.fits(messages):
            return GitError(meaning.kind, meaning.sentence.format(label=label, detail=detail))
    return GitError("other", _OTHER.format(label=label, detail=detail))


def _detail(messages: str, label: str, secrets: Iterable[str]) -> str:
    """Return the most informative line of the messages, cleaned and shortened."""
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    # Progress and hints surround the line with the reason.
    told = [line for line in lines if re.match(r"(?:fatal|error|ssh): ", line)]
    line = (told or lines or ["git gives no reason"])[0]
    line = re.sub(r"\A(?:fatal|error|ssh): ", "", line)
    line = _printable(line, secrets)
    # The surrounding sentence has the address already.
    line = line.replace(f"unable to access '{label}/': ", "").rstrip(".")
    return line if len(line) <= 200 else line[:199] + "…"


def _printable(line: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        line = line.replace(secret, "[secret]")
    return "".join(letter if letter.isprintable() else " " for letter in line)
