"""Running the `git` command: bounded in time and output, cut off from the user's own settings, ended for good."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shlex
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sources.address import GitAddress
from sources.git.errors import GitError, explain

MAX_OUTPUT = 256 * 1024**2
MAX_MESSAGES = 64 * 1024
_KEPT = (
    *("PATH", "TMPDIR", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long commands may take, in seconds: asking the remote, fetching from it, working on the copy."""

    ask_s: float = 30.0
    fetch_s: float = 600.0
    local_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What opens a private repository. `token` is an access token or `user:password`."""

    token: str | None = field(default=None, repr=False)
    ssh_key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A remote and how to get in."""

    address: GitAddress
    credentials: Credentials
    known_hosts: Path | None = None

    @property
    def label(self) -> str:
        """The remote as messages name it."""
        return self.address.url

    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        token = self.credentials.token
        return (token, token.rpartition(":")[2], self._basic()) if token else ()

    def environment(self, outer: Mapping[str, str], extra: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
        """All that git gets to know: the way to the network and this remote, but no setting of user or machine."""
        settings = [*self._settings(), *extra]
        env = {name: outer[name] for name in _KEPT if name in outer}
        env |= {
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_SSH_COMMAND": self._ssh_command(),
            "GIT_SSH_VARIANT": "ssh",
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        for index, (name, value) in enumerate(settings):
            env |= {f"GIT_CONFIG_KEY_{index}": name, f"GIT_CONFIG_VALUE_{index}": value}
        return env

    def _settings(self) -> Iterable[tuple[str, str]]:
        address = self.address
        yield from (
            ("remote.origin.url", address.url),
            ("protocol.allow", "never"),
            (f"protocol.{address.scheme}.allow", "always"),
            ("core.hooksPath", os.devnull),
            ("core.fsmonitor", "false"),
            ("credential.helper", ""),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", "30"),
            ("pack.threads", "1"),
            # a redirected request would carry the token to wherever the redirection leads
            ("http.followRedirects", "false" if self.credentials.token else "initial"),
        )
        if self.credentials.token and address.may_carry_token:
            yield "http.extraHeader", f"Authorization: Basic {self._basic()}"

    def _basic(self) -> str:
        token = self.credentials.token or ""
        if ":" not in token:
            user = "x-token-auth" if self.address.host.endswith("bitbucket.org") else "x-access-token"
            token = f"{user}:{token}"
        return base64.b64encode(token.encode()).decode()

    def _ssh_command(self) -> str:
        options = ["BatchMode=yes", "ConnectTimeout=15", "StrictHostKeyChecking=accept-new"]
        if self.known_hosts is not None:
            options.append(f'UserKnownHostsFile="{self.known_hosts}" ~/.ssh/known_hosts')
        command = ["ssh"]
        if self.credentials.ssh_key is not None:
            command += ["-i", str(self.credentials.ssh_key)]
            options.append("IdentitiesOnly=yes")
        for option in options:
            command += ["-o", option]
        return shlex.join(command)


class Git:
    """Runs git for one remote; `close` ends whatever still runs."""

    def __init__(self, access: Access, cwd: Path) -> None:
        self.access = access
        self._cwd = cwd
        self._running: set[asyncio.subprocess.Process] = set()

    async def run(
        self,
        arguments: Sequence[str],
        *,
        limit_s: float,
        stdin: bytes = b"",
        settings: Iterable[tuple[str, str]] = (),
    ) -> bytes:
        """Run `git` with `arguments` and return its output; raises GitError where it fails or takes too long."""
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._cwd,
                env=self.access.environment(os.environ, settings),
                start_new_session=True,  # so that its helpers end with it
            )
        except FileNotFoundError as error:
            raise GitError("setup", "The git command is not installed: install Git 2.31 or newer.") from error
        except OSError as error:
            raise GitError("other", f"The git command cannot be started: {error.strerror}.") from error
        self._running.add(process)
        try:
            async with asyncio.timeout(limit_s):
                output, messages = await _converse(process, stdin)
                status = await process.wait()
        except TimeoutError as error:
            text = f"{self.access.label} did not answer within {limit_s:g} s."
            raise GitError("down", text) from error
        finally:
            self._running.discard(process)
            await _end(process)
        if status != 0:
            raise explain(messages, self.access.label, self.access.secrets())
        return output

    async def close(self) -> None:
        """End every command under way."""
        for process in tuple(self._running):
            await _end(process)


async def _converse(process: asyncio.subprocess.Process, stdin: bytes) -> tuple[bytes, str]:
    """Write all, read all up to the bounds."""
    assert process.stdin is not None  # noqa: S101 -- all three are pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    async with asyncio.TaskGroup() as group:
        output = group.create_task(_collect(process.stdout, MAX_OUTPUT))
        messages = group.create_task(_collect(process.stderr, MAX_MESSAGES))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # git ended early; its status says why
            process.stdin.write(stdin)
            await process.stdin.drain()
        process.stdin.close()
    return output.result(), messages.result().decode("utf-8", "replace")


async def _collect(stream: asyncio.StreamReader, limit: int) -> bytes:
    """Read to the end and keep the first `limit` bytes."""
    kept = bytearray()
    while chunk := await stream.read(1 << 16):
        kept += chunk[: max(0, limit - len(kept))]
    return bytes(kept)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the command with all that it started, and take its status so that nothing of it stays."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended by itself just now
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())
