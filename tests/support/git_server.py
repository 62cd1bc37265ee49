"""Real Git repositories, served over smart HTTP on loopback by `git http-backend`, with the faults that hosts have."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def git(*arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> str:
    """Run git without the developer's own settings; a failure fails the test and says why."""
    done = subprocess.run(
        ["git", *map(str, arguments)], cwd=cwd, input=stdin, env=_ENVIRONMENT, capture_output=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"git {arguments[0]}: {done.stderr.decode()}")
    return done.stdout.decode().strip()


@dataclass
class Repository:
    """A bare repository; each commit is one fast-import, so that hundreds of files cost milliseconds."""

    path: Path
    clock: int = 1_700_000_000

    @classmethod
    def create(cls, path: Path, branch: str = "main", object_format: str = "sha1") -> Repository:
        git("init", "--quiet", "--bare", f"--initial-branch={branch}", f"--object-format={object_format}", path)
        git("--git-dir", path, "config", "http.receivepack", "true")
        return cls(path)

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        *,
        moves: Mapping[str, str] | None = None,
        modes: Mapping[str, str] | None = None,
        branch: str = "main",
        is_orphan: bool = False,
    ) -> str:
        """Commit `files` (None deletes) after moving files or folders; an orphan rewrites the history."""
        self.clock += 60
        head = f"refs/heads/{branch}"
        lines = [b"reset %s\n" % head.encode()] if is_orphan else []
        lines.append(b"commit %s\ncommitter A <a@example.org> %d +0000\ndata 1\nx\n" % (head.encode(), self.clock))
        if not is_orphan and self.has(head):
            lines.append(b"from %s^0\n" % head.encode())
        lines += [f'R "{old}" "{new}"\n'.encode() for old, new in (moves or {}).items()]
        for path, content in files.items():
            if content is None:
                lines.append(f'D "{path}"\n'.encode())
                continue
            data = content.encode() if isinstance(content, str) else content
            mode = (modes or {}).get(path, "100644")
            if mode == "160000":  # a submodule: its content is a commit's name
                lines.append(f'M {mode} {data.decode()} "{path}"\n'.encode())
                continue
            lines.append(f'M {mode} inline "{path}"\ndata {len(data)}\n'.encode() + data + b"\n")
        git("--git-dir", self.path, "fast-import", "--quiet", "--force", stdin=b"".join(lines))
        return self.head(branch)

    def has(self, reference: str) -> bool:
        return bool(git("--git-dir", self.path, "for-each-ref", reference))

    def head(self, branch: str = "main") -> str:
        return git("--git-dir", self.path, "rev-parse", f"refs/heads/{branch}")

    def allow_partial(self) -> None:
        """Serve parts of the repository as the public hosts do."""
        git("--git-dir", self.path, "config", "uploadpack.allowFilter", "true")
        git("--git-dir", self.path, "config", "uploadpack.allowAnySHA1InWant", "true")

    def drop_unreachable(self) -> None:
        """Delete what no branch leads to, as a host does some time after a force-push."""
        git("--git-dir", self.path, "gc", "--quiet", "--prune=now")


@dataclass
class GitServer:
    """Serves the bare repositories below `root`. Its fields make it behave badly from the next request on."""

    root: Path
    token: str | None = None  # asked for where set
    status: int | None = None  # answered instead of serving
    redirect_to: str | None = None
    adds_suffix: bool = False  # sends /name/… on to /name.git/… as GitLab does
    needs_suffix: bool = False  # knows nothing of /name/…, which Git's own backend answers too
    is_dumb: bool = False  # gives files alone, as a web server without Git does
    requests: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    base: str = ""
    is_hanging: bool = False

    @classmethod
    @contextlib.asynccontextmanager
    async def serve(cls, root: Path, tls: ssl.SSLContext | None = None) -> AsyncGenerator[GitServer]:
        server = cls(root)
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", server._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        server.base = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield server
        finally:
            await runner.cleanup()

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        authorization = request.headers.get("Authorization")
        self.authorizations.append(authorization)
        if self.is_hanging:
            await asyncio.Event().wait()
        status = 404 if self.needs_suffix and ".git/" not in request.path else self.status
        if status is not None:
            return web.Response(status=status, text="no")
        if self.redirect_to is not None:
            return web.Response(status=301, headers={"Location": self.redirect_to + request.path_qs})
        name, _, rest = request.path_qs.removeprefix("/").partition("/")
        if self.adds_suffix and not name.endswith(".git"):
            return web.Response(status=301, headers={"Location": f"{self.base}/{name}.git/{rest}"})
        if self.token is not None and not self._is_authorized(authorization):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        if self.is_dumb:
            file = self.root / request.path.removeprefix("/")
            return web.FileResponse(file) if file.is_file() else web.Response(status=404)
        return await self._backend(request)

    def _is_authorized(self, authorization: str | None) -> bool:
        kind, _, value = (authorization or "").partition(" ")
        return kind == "Basic" and base64.b64decode(value).decode().rpartition(":")[2] == self.token

    async def _backend(self, request: web.Request) -> web.Response:
        body = await request.read()
        environment = _ENVIRONMENT | {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": "",  # aiohttp has unpacked it
            "REMOTE_USER": "pusher",
            "REMOTE_ADDR": "127.0.0.1",
        }
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", stdin=-1, stdout=-1, stderr=-1, env=environment
        )
        output, messages = await process.communicate(body)
        head, _, content = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        if status >= 500:
            sys.stderr.write(messages.decode())
        return web.Response(status=status, headers=headers, body=content)


async def push(url: str, work: Path, files: Mapping[str, str], message: str = "new issue") -> None:
    """Clone `url` into `work` (once), write `files`, commit and push, as an author does."""
    await asyncio.to_thread(_push, url, work, files, message)  # the server answers in this thread


def _push(url: str, work: Path, files: Mapping[str, str], message: str) -> None:
    if not work.exists():
        git("clone", "--quiet", url, work)
    for path, text in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text, encoding="utf-8")
    git("-C", work, "add", "--all")
    git("-C", work, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", message)
    git("-C", work, "push", "--quiet", "origin", "HEAD")
