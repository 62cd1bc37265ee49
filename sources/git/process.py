"""Running the `git` command with bounded time and output, isolated from the user's own settings."""

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
_MAX_FAMILY = 40  # processes of one command; a fetch has five
_FAMILY_S = 0.5
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
    """Credentials for a private repository. `token` is an access token or `user:password`.

    `ca_file` has the certificate authorities that are trusted in place of the system's.
    """

    token: str | None = field(default=None, repr=False)
    ssh_key: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A remote and its credentials. `moved_to` is where its server redirects to, on the same server."""

    address: GitAddress
    credentials: Credentials
    known_hosts: Path | None = None
    moved_to: str = ""

    @property
    def label(self) -> str:
        """The remote as messages name it."""
        return self.address.url

    def secrets(self) -> tuple[str, ...]:
        """Return what no message may show."""
        token = self.credentials.token
        return (token, token.rpartition(":")[2], self._basic()) if token else ()

    def environment(self, outer: Mapping[str, str], extra: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
        """All that git gets to know: the way to the network and this remote, but no setting of user or machine."""
        settings = [*self._settings(), *extra]
        env = {name: outer[name] for name in _KEPT if name in outer}
        if "SSL_CERT_FILE" in env:  # Git knows it only if it was built with OpenSSL
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
            # a larger file passes through in pieces instead of lying in memory
            ("core.bigFileThreshold", str(MAX_FILE_BYTES)),
            # a redirected request would carry the token to wherever the redirection leads
            ("http.followRedirects", "false" if self.credentials.token else "initial"),
        )
        for name, value in self.headers().items():
            yield "http.extraHeader", f"{name}: {value}"

    def headers(self) -> dict[str, str]:
        """Return what opens the repository over http or https."""
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
        sink: Sink | None = None,
        max_file: int | None = None,
    ) -> bytes:
        """Run `git` with `arguments` and return its output; raises GitError if it fails, takes or says too much.

        With a `sink` the output goes there in pieces, in a thread, until it returns False: then the command is ended
        and nothing raised. No file grows beyond `max_file` bytes, if the system can see to it.
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
                start_new_session=True,  # so that its helpers end with it
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
        """End every command under way."""
        for process in tuple(self._running):
            await _end(process)


class _Kept:
    """Output as it came, up to a limit."""

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
    """Write all, read all up to the bounds; `stop` ends the process where the sink wants no more."""
    assert process.stdin is not None  # noqa: S101 -- all three are pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    messages = _Kept(MAX_MESSAGES)
    async with asyncio.TaskGroup() as group:
        group.create_task(_collect(process.stdout, sink, stop))
        group.create_task(_collect(process.stderr, messages))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # git ended early; its status says why
            process.stdin.write(stdin)
            await process.stdin.drain()
        process.stdin.close()
    return messages.data.decode("utf-8", "replace")


async def _collect(stream: asyncio.StreamReader, sink: Sink, stop: Callable[[], None] | None = None) -> None:
    """Read to the end; what the sink does not want any more is thrown away."""
    is_wanted = True
    while piece := await stream.read(1 << 16):
        if is_wanted:
            is_wanted = sink(piece) if isinstance(sink, _Kept) else await asyncio.to_thread(sink, piece)
            if not is_wanted and stop is not None:
                stop()


def _bound_files(pid: int, size: int) -> None:
    """Let no file that the process and its helpers write grow larger, if the system can bound another process."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(ProcessLookupError):  # it ended at once; its status says why
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))


async def _bound_family(session: int, stop: Callable[[], None]) -> None:
    """End a command whose helpers grow in number; comes to its end only then.

    A server that gives parts of a repository and then only files makes Git 2.39 ask for each missing object by a
    process that does the same, without end.
    """
    while True:
        await asyncio.sleep(_FAMILY_S)
        if await asyncio.to_thread(_count_family, session) > _MAX_FAMILY:
            break
    stop()


def _count_family(session: int) -> int:
    """How many processes a session has; 0 if the system does not tell."""
    count = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()  # behind the name, which may hold anything
        except OSError:
            continue
        count += len(fields) > 3 and fields[3] == b"%d" % session
    return count


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended by itself just now
        os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the command with all that it started, and take its status so that nothing of it stays."""
    if process.returncode is not None:
        return
    _kill(process)
    await asyncio.shield(process.wait())
