"""Start Herald in a finished image's tree as a container would, and measure it; used by try_image.py."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

READY_LIMIT_S, STOP_LIMIT_S = 60.0, 10.0
TOKEN = "sandbox"
_SCRIPT = """
mount --bind {tree} {tree}
mount -t proc proc {tree}/proc
mount --rbind /dev {tree}/dev
mount -t tmpfs -o size=64m,mode=1777 tmp {tree}/tmp
mount --bind {work}/data {tree}/data
mount --bind {work}/config {tree}/config
mount -o remount,bind,ro {tree}
exec setpriv --no-new-privs --inh-caps=-all chroot --userspec={user}:{user} --groups= {tree} {command}
"""
# Leads discord.py to the sandbox in the process that is the bot; everything else is as the image has it.
_SITE = """
import os, sys
if sys.orig_argv[-1] == "run":
    sys.path.insert(0, "/app")
    from sandbox.connect import Elsewhere, discord_at
    sys.led_to_sandbox = discord_at(Elsewhere(os.environ["TRY_SANDBOX"]))
    sys.led_to_sandbox.__enter__()
"""
_CONFIG = """
newsletters:
  - name: Quiet Servers
    source: /app/examples/quiet-servers/content/issues
    settle: 0s
    max_age: unlimited
    poll: 5s
subscriptions:
  - newsletter: Quiet Servers
    channel: {channel}
    backfill: 1
"""
# What is left of Debian's files and of the packages has to be enough: each command, and what it says if so.
_PROBES = (
    (["git", "ls-remote", "https://127.0.0.1:1/x"], "connect to 127.0.0.1"),
    (["git", "ls-remote", "ssh://127.0.0.1:1/x"], "Connection refused"),
    (["python", "-c", """
import importlib, importlib.metadata
for name in importlib.metadata.packages_distributions():
    if name.isidentifier() and not name.startswith("_"):
        importlib.import_module(name)
import opencc, PIL.ImageFont, rapidfuzz.distance, rapidfuzz.process, ssl, zoneinfo
opencc.OpenCC("s2t"), opencc.OpenCC("t2s"), opencc.OpenCC("tw2sp")
assert ssl.create_default_context().get_ca_certs() and zoneinfo.ZoneInfo("Europe/Berlin")
print("all there")
"""], "all there"),
)  # fmt: skip


class TrialFailed(Exception):  # noqa: N818 -- printed as the script's last line
    """What went wrong, in a sentence."""


class Container:
    """A tree, and how its processes are started."""

    def __init__(self, tree: Path, work: Path, env: Mapping[str, str], *, user: str, folder: str) -> None:
        self._tree = tree
        self._work = work
        self._env = dict(env)
        self._user = user
        self._folder = folder

    def start(self, command: list[str], output: int | IO[str] = subprocess.PIPE, **env: str) -> subprocess.Popen[str]:
        """Start a command as the image's user, on a read-only root, in namespaces that end with it."""
        values = [f"{name}={value}" for name, value in {**self._env, **env}.items()]
        inner = shlex.join(["env", "-i", *values, "sh", "-c", f'cd {self._folder} && exec "$@"', "sh", *command])
        number = user_id(self._tree, self._user)
        script = _SCRIPT.format(tree=self._tree, work=self._work, user=number, command=inner)
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script]
        return subprocess.Popen(unshare, stdout=output, stderr=subprocess.STDOUT, text=True)

    def run(self, command: list[str]) -> tuple[int, str]:
        """Return a command's exit status and what it said."""
        process = self.start(command)
        said, _ = process.communicate(timeout=READY_LIMIT_S)
        return process.returncode, said.strip()


def check_size(tree: Path, limit_mb: int) -> None:
    """Print how large the image is. Raises TrialFailed if it takes more of the disk than `limit_mb`."""
    size_mb = _megabytes(tree)
    print(f"size: {size_mb:,} MB on disk, {_packed(tree):,} MB packed")
    if size_mb > limit_mb:
        raise TrialFailed(f"the image has to fit into {limit_mb:,} MB")


def try_out(tree: Path, settings: Mapping[str, str], env: Mapping[str, str], *, user: str, folder: str) -> None:
    """Start the image's own command, look at it, stop it. Raises TrialFailed if something does not hold."""
    work = tree.with_name("work")
    _make_work(work, tree, user)
    container = Container(tree, work, env, user=user, folder=folder)
    status, said = container.run(["sh", "-c", "touch /app/x /etc/x /usr/x 2>&1 | grep -c Read-only"])
    if said != "3":
        raise TrialFailed(f"the root file system can be written to (status {status}): {said}")
    print("root file system: read-only")
    for command, expected in _PROBES:
        status, said = container.run(command)
        if expected not in said:
            raise TrialFailed(f"{' '.join(command[:2])} ended with status {status}: {said}")
    print("git over https and ssh, packages, certificates, time zones: there")
    sandbox = container.start(
        ["python", "-m", "sandbox.serve", "--channel", "news", "--token", TOKEN], PYTHONPATH="/app"
    )
    try:
        assert sandbox.stdout is not None
        about = json.loads(sandbox.stdout.readline())
        channel = about["channels"]["news"]
        (work / "config" / "config.yaml").write_text(_CONFIG.format(channel=channel), "utf-8")
        command = [*json.loads(settings["ENTRYPOINT"]), *json.loads(settings["CMD"])]
        extra = {"PYTHONPATH": "/config/site", "TRY_SANDBOX": about["url"], "DISCORD_TOKEN": TOKEN}
        _bot(
            container,
            command,
            extra,
            settings["HEALTHCHECK"],
            f"{about['url']}/control/channels/{channel}/messages",
            work / "log",
        )
    finally:
        end(sandbox)


def _bot(
    container: Container, command: list[str], extra: dict[str, str], health: str, messages: str, log: Path
) -> None:
    with log.open("w", encoding="utf-8") as output:
        began_s = time.monotonic()
        bot = container.start(command, output, **extra)
    try:
        _until("ready", lambda: "ready in" in log.read_text("utf-8"), bot, log)
        print(f"start to ready: {time.monotonic() - began_s:.1f} s")
        check: list[str] = json.loads(health.partition(" CMD ")[2])
        _until("healthy", lambda: container.run(check)[0] == 0, bot, log)
        _until("posted", lambda: _messages(messages) > 2, bot, log)
        print(f"{_messages(messages)} messages, the health check says: {container.run(check)[1]}")
        stop_s = time.monotonic()
        os.kill(_child_of(bot.pid), signal.SIGTERM)
        status = bot.wait(STOP_LIMIT_S)
        print(f"stopped by SIGTERM after {time.monotonic() - stop_s:.1f} s with status {status}")
        if status:
            raise TrialFailed("Herald ended with a status other than 0")
    finally:
        end(bot)


def _until(what: str, condition: Callable[[], bool], bot: subprocess.Popen[str], log: Path) -> None:
    deadline_s = time.monotonic() + READY_LIMIT_S
    while not condition():
        if bot.poll() is not None or time.monotonic() > deadline_s:
            raise TrialFailed(
                f"Herald is not {what} after {READY_LIMIT_S:.0f} s, or has ended:\n{log.read_text('utf-8')[-3000:]}"
            )
        time.sleep(0.1)


def _messages(url: str) -> int:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return len(json.load(answer))


def end(process: subprocess.Popen[str]) -> None:
    """End what `Container.start` started. Its first process takes all others of its namespace along.

    `unshare --kill-child` does not: the kernel forgets that wish as soon as the process becomes another user.
    """
    try:
        os.kill(_child_of(process.pid), signal.SIGKILL)
    except (FileNotFoundError, IndexError, ProcessLookupError):  # it has ended, or has not begun
        process.kill()
    process.wait()


def _child_of(pid: int) -> int:
    """Return the process that `unshare` started: the container's first."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()[0])


def _make_work(work: Path, tree: Path, user: str) -> None:
    """Make the folders that a container would be given as volumes."""
    for name in ("data", "config/site"):
        (work / name).mkdir(parents=True, exist_ok=True)
    os.chown(work / "data", user_id(tree, user), user_id(tree, user))
    (work / "config/site/sitecustomize.py").write_text(_SITE, "utf-8")


def user_id(tree: Path, name: str) -> int:
    """Return the number of a user of the tree, whose group has the same."""
    users = dict(line.split(":")[:3:2] for line in (tree / "etc/passwd").read_text("utf-8").splitlines())
    return int(users[name])


def _megabytes(tree: Path) -> int:
    return int(subprocess.run(["du", "-sxm", tree], check=True, capture_output=True, text=True).stdout.split()[0])


def _packed(tree: Path) -> int:
    packed = subprocess.run(f"tar -C {shlex.quote(str(tree))} -c . | gzip -6 | wc -c", shell=True, check=True,
                            capture_output=True, text=True)  # fmt: skip
    return int(packed.stdout) // 1_000_000
