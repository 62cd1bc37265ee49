"""Build the Dockerfile's image without a container daemon, start Herald in it and say how that went.

    sudo python3 deploy/try_image.py [--keep DIR] [--build-arg NAME=VALUE]

Each stage is a debootstrap tree without what Debian's slim images leave out. Every instruction is read from the
Dockerfile and carried out; an unknown one is an error. The result runs as the image's user, without capabilities, in
a process namespace of its own, on a root file system that is mounted read-only, against a sandbox that runs in the
image too. Needs root and debootstrap, and nothing beyond Python's standard library.
"""

from __future__ import annotations

import argparse
import fnmatch
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trying import TrialFailed, check_size, try_out

ROOT = Path(__file__).resolve().parents[1]
SIZE_MB, SEMANTIC_MB = 200, 150  # at most; and what the packages for searching by meaning add
LEFT_OUT = ("doc", "groff", "info", "lintian", "linda", "locale", "man")  # of /usr/share, in debian:*-slim
# What a build sees of this machine: how names are resolved, and the certificates that it trusts.
LENT = {"/etc/resolv.conf": "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt": "/run/lent.crt"}


@dataclass(slots=True)
class Stage:
    """One FROM and what follows it."""

    name: str
    tree: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    args: dict[str, str] = field(default_factory=dict[str, str])
    user: str = "root"
    folder: str = "/"
    settings: dict[str, str] = field(default_factory=dict[str, str])  # instruction → its text, the last one wins


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile with its text; comments are left out and continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), " ".join(rest.split())


def expanded(text: str, values: dict[str, str]) -> str:
    """`text` with ${NAME} and $NAME replaced, as the builder does outside of RUN."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: values.get(found[1] or found[2], ""), text)


def is_ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether .dockerignore leaves `path` out. Raises TrialFailed on a pattern of a kind that is not used there yet."""
    parts = path.split("/")
    for pattern in patterns:
        anywhere, name = pattern.startswith("**/"), pattern.removeprefix("**/")
        if "/" in name or name.startswith("!"):
            raise TrialFailed(f".dockerignore: {pattern!r} is of a kind that this script does not know")
        if any(fnmatch.fnmatchcase(part, name) for part in (parts if anywhere else parts[:1])):
            return True
    return False


def _copy_context(sources: list[str], place: Path) -> None:
    """Copy what the build's context has of `sources`, "." for all of it."""
    for name in context_files():
        if "." in sources or name in sources:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


class ImageBuilder:
    """Carries out a Dockerfile's stages below one folder."""

    def __init__(self, folder: Path, build_args: dict[str, str]) -> None:
        self._folder = folder
        self._build_args = build_args
        self._outer: dict[str, str] = {}  # ARG before the first FROM
        self._stages: list[Stage] = []

    def build(self, text: str) -> Stage:
        """Return the last stage, finished."""
        carry_out = {
            "ARG": self._arg, "COPY": self._copy, "ENV": self._env, "FROM": self._from, "RUN": self._run,
            "USER": self._user, "WORKDIR": self._workdir,
        }  # fmt: skip
        for word, rest in instructions(text):
            began_s = time.monotonic()
            if word in carry_out:
                carry_out[word](rest)
            elif word in {"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "VOLUME"}:
                self._stages[-1].settings[word] = rest
            else:
                raise TrialFailed(f"Dockerfile: this script does not know {word}")
            print(f"  {time.monotonic() - began_s:5.1f} s  {word} {rest[:100]}", flush=True)
        return self._stages[-1]

    def _from(self, rest: str) -> None:
        image, _, name = rest.partition(" AS ")
        tree = self._folder / f"stage{len(self._stages)}"
        if image == "scratch":
            tree.mkdir()
        else:
            subprocess.run(["cp", "-a", self._base(expanded(image, self._outer)), tree], check=True)
        self._stages.append(Stage(name, tree))

    def _base(self, image: str) -> Path:
        found = re.fullmatch(r"debian:(\w+)-slim", image)
        if found is None:
            raise TrialFailed(f"only debian:…-slim can be made here, not {image}")
        base = self._folder / f"base-{found[1]}"
        if not base.exists():
            make_base(found[1], base)
        return base

    def _arg(self, rest: str) -> None:
        name, _, default = rest.partition("=")
        scope = self._stages[-1].args if self._stages else self._outer
        scope[name] = self._build_args.get(name, default)

    def _env(self, rest: str) -> None:
        stage = self._stages[-1]
        for pair in shlex.split(expanded(rest, {**stage.args, **stage.env})):
            name, _, value = pair.partition("=")
            stage.env[name] = value

    def _run(self, rest: str) -> None:
        stage = self._stages[-1]
        tree = shlex.quote(str(stage.tree))
        present = {ours: theirs for ours, theirs in LENT.items() if Path(ours).exists()}
        lent = [f"touch {tree}{to} && mount --bind {path} {tree}{to}" for path, to in present.items()]
        mounts = [f"mount -t proc proc {tree}/proc", f"mount --rbind /dev {tree}/dev", *lent]
        values = {"HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", **stage.args, **stage.env}
        if "/run/lent.crt" in present.values():
            values |= {"PIP_CERT": "/run/lent.crt"}
        env = [f"{name}={value}" for name, value in values.items()]
        command = shlex.join(["chroot", str(stage.tree), "env", "-i", *env, "sh", "-ec", rest])
        script = " && ".join([*mounts, command])
        done = subprocess.run(["unshare", "--mount", "sh", "-ec", script], check=False, capture_output=True, text=True)
        if done.returncode:
            raise TrialFailed(
                f"RUN {rest[:100]} … ended with status {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}"
            )

    def _copy(self, rest: str) -> None:
        words = rest.split()
        options = [word.removeprefix("--from=") for word in words if word.startswith("--")]
        *sources, target = [word for word in words if not word.startswith("--")]
        place = self._stages[-1].tree / target.lstrip("/")
        if named := [stage.tree for stage in self._stages if stage.name in options]:
            source = named[0] / sources[0].lstrip("/")
            if not source.is_dir():
                raise TrialFailed(f"COPY --from: only folders can be copied here, not {sources[0]}")
            place.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", f"{source}/.", place], check=True)
            return
        _copy_context(sources, place)

    def _user(self, rest: str) -> None:
        self._stages[-1].user = rest

    def _workdir(self, rest: str) -> None:
        self._stages[-1].folder = rest
        (self._stages[-1].tree / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)


def make_base(release: str, tree: Path) -> None:
    """Make what Debian's slim image of `release` holds."""
    command = ["debootstrap", "--variant=minbase", release, str(tree)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        raise TrialFailed(f"debootstrap failed: {made.stdout[-1000:]}{made.stderr[-1000:]}")
    rules = "".join(f"path-exclude /usr/share/{name}/*\n" for name in LEFT_OUT)
    (tree / "etc/dpkg/dpkg.cfg.d/slim").write_text(rules, "ascii")
    for path in (*(tree / "usr/share" / name for name in LEFT_OUT), tree / "var/lib/apt/lists", tree / "var/cache/apt"):
        shutil.rmtree(path, ignore_errors=True)
    (tree / "var/lib/apt/lists/partial").mkdir(parents=True)
    (tree / "var/cache/apt/archives/partial").mkdir(parents=True)


def context_files() -> list[str]:
    """Return the files that a builder would be given: all of this folder that .dockerignore does not leave out."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    paths = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()]
    return sorted(path for path in paths if not is_ignored(path, patterns))


def main() -> int:
    """Build and try; 0 if all of it works."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build in DIR and leave it there")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="herald-image-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        build_args = dict(pair.split("=", 1) for pair in options.build_arg)
        stage = ImageBuilder(folder.resolve(), build_args).build((ROOT / "Dockerfile").read_text("utf-8"))
        check_size(stage.tree, SIZE_MB + (SEMANTIC_MB if build_args.get("SEMANTIC") else 0))
        try_out(stage.tree, stage.settings, stage.env, user=stage.user, folder=stage.folder)
    except TrialFailed as fault:
        print(f"FAILED: {fault}", file=sys.stderr)
        return 1
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
