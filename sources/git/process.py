"""Execution of the `git` command with limited time and output, isolated from the user's settings."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from errors import S_
from sources.address import GitAddress
from sources.git.errors import GitError, explain
from sources.listing import MAX_FILE_BYTES

Sink = Callable[[bytes], bool]
MAX_OUTPUT = 256 * 1024**2
MAX_MESSAGES = 64 * 1024
_SLOW = S_("{label} did not answer within {seconds} s.")
_MAX_FAMILY = 40  # most processes of one command; a fetch has five
_FAMILY_S = 0.5
_KEPT = (
    *("PATH", "TMPDIR", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Time limits of commands in seconds: for queries to the remote, fetches, and work on the copy."""

    ask_s: float = 30.0
    fetch_s: float = 600.0
    local_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Credentials for a private repository. `token` is an access token or `user:password`.

    `ca_file` has certificate authorities that replace those of the system.
    """

    token: str | None = field(default=None, repr=False)
    ssh_key: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A remote and its credentials. `moved_to` is the target of its redirect, on the same server."""

    address: GitAddress
    credentials: Credentials
    known_hosts: Path | None = None
    moved_to: str = ""

    @property
    def label(self) -> str:
        """The remote's name in messages."""
        return self.address.url

    def secrets(self) -> tuple[str, ...]:
        """Return the strings that no message may contain."""
        token = self.credentials.token
        return (token, token.rpartition(":")[2], self._basic()) if token else ()

    def environment(self, outer: Mapping[str, str], extra: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
        """Return git's environment: network access and this remote, but no settings of the user or machine."""
        settings = [*self._settings(), *extra]
        env = {name: outer[name] for name in _KEPT if name in outer}
        if "SSL_CERT_FILE" in env:  # Git reads it only if built with OpenSSL
            env.setdefault("GIT_SSL_CAINFO", env["SSL_CERT_FILE"])
        if self.credentials.ca_file is not None:
            env["GIT_SSL_CAINFO"] = str(self.credentials.ca_file)
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
            ("remote.origin.url", self.moved_to or address.url),
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
            # larger files are streamed instead of loaded into memory
            ("core.bigFileThreshold", str(MAX_FILE_BYTES)),
            # a redirected request would send the token to the target
            ("http.followRedirects", "false" if self.credentials.token else "initial"),
        )
        for name, value in self.headers().items():
            yield "http.extraHeader", f"{name}: {value}"

    def headers(self) -> dict[str, str]:
        """Return the authentication headers for http or https."""
        may_send = self.credentials.token and self.address.may_carry_token
        return {"Authorization": f"Basic {self._basic()}"} if may_send else {}

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
    """Runs git for one remote; `close` kills running commands."""

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
        sink: Sink | None = None,
        max_file: int | None = None,
    ) -> bytes:
        """Run `git` with `arguments` and return its output. Raises GitError on failure, timeout or too much output.

        With a `sink`, output is passed to it in pieces, in a thread; if it returns False, the command is killed without
        an error. `max_file` limits the size of written files in bytes, on systems that support it.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._cwd,
                env=self.access.environment(os.environ, settings),
                start_new_session=True,  # so that its helpers are killed with it
            )
        except FileNotFoundError as error:
            raise GitError("setup", "The git command is not installed: install Git 2.31 or newer.") from error
        except OSError as error:
            raise GitError("other", f"The git command cannot be started: {error.strerror}.") from error
        self._running.add(process)
        if max_file is not None:
            _bound_files(process.pid, max_file)
        kept = _Kept(MAX_OUTPUT)
        stop = functools.partial(_kill, process)
        family = asyncio.create_task(_bound_family(process.pid, stop), name="bound git's helpers")
        try:
            async with asyncio.timeout(limit_s):
                messages = await _converse(process, stdin, sink or kept, stop)
                status = await process.wait()
        except TimeoutError as error:
            text = _SLOW.format(label=self.access.label, seconds=f"{limit_s:g}")
            raise GitError("down", text) from error
        finally:
            family.cancel()
            await asyncio.wait([family])
            self._running.discard(process)
            await _end(process)
        if not family.cancelled():
            raise GitError("whole", f"{self.access.label} makes Git start too many helper processes.")
        if kept.is_full:
            raise GitError("large", f"{self.access.label} holds more data than Herald accepts ({arguments[-1]:.40}).")
        if status != 0 and not (sink is not None and status == -signal.SIGKILL):
            raise explain(messages, self.access.label, self.access.secrets())
        return bytes(kept.data)

    async def close(self) -> None:
        """Kill all running commands."""
        for process in tuple(self._running):
            await _end(process)


class _Kept:
    """Collects output up to a limit in bytes."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.is_full = False
        self._limit = limit

    def __call__(self, piece: bytes) -> bool:
        self.is_full = len(self.data) + len(piece) > self._limit
        if not self.is_full:
            self.data += piece
        return not self.is_full


async def _converse(process: asyncio.subprocess.Process, stdin: bytes, sink: Sink, stop: Callable[[], None]) -> str:
    """Write `stdin`, read all output and return the messages; `stop` is called when the sink is full."""
    assert process.stdin is not None  # noqa: S101 -- all three are pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    messages = _Kept(MAX_MESSAGES)
    async with asyncio.TaskGroup() as group:
        group.create_task(_collect(process.stdout, sink, stop))
        group.create_task(_collect(process.stderr, messages))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # git exited early; its status has the reason
            process.stdin.write(stdin)
            await process.stdin.drain()
        process.stdin.close()
    return messages.data.decode("utf-8", "replace")


async def _collect(stream: asyncio.StreamReader, sink: Sink, stop: Callable[[], None] | None = None) -> None:
    """Read to the end; output is discarded after the sink returned False."""
    is_wanted = True
    while piece := await stream.read(1 << 16):
        if is_wanted:
            is_wanted = sink(piece) if isinstance(sink, _Kept) else await asyncio.to_thread(sink, piece)
            if not is_wanted and stop is not None:
                stop()


def _bound_files(pid: int, size: int) -> None:
    """Limit the size of files that the process and its helpers write, on systems that support it."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(ProcessLookupError):  # it exited already; its status has the reason
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))


async def _bound_family(session: int, stop: Callable[[], None]) -> None:
    """Kill a command that starts too many helpers; return only then.

    If a server first supports partial clones and then only serves files, Git 2.39 requests each missing object by a
    process that recursively does the same, without end.
    """
    while True:
        await asyncio.sleep(_FAMILY_S)
        if await asyncio.to_thread(_count_family, session) > _MAX_FAMILY:
            break
    stop()


def _count_family(session: int) -> int:
    """Return the number of processes in a session; 0 on systems without /proc."""
    count = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()  # after the process name, which may contain anything
        except OSError:
            continue
        count += len(fields) > 3 and fields[3] == b"%d" % session
    return count


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has just exited
        os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the command with its helpers, and wait for it so that no zombie remains."""
    if process.returncode is not None:
        return
    _kill(process)
    await asyncio.shield(process.wait())
