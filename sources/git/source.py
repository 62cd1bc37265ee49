"""A Git remote as a source, read with the `git` command."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from errors import SourceError
from sources.address import GitAddress
from sources.base import Changes
from sources.git.errors import GitError
from sources.git.hosts import host_url
from sources.git.process import Access, Credentials, Git, Limits
from sources.git.redirects import find_redirect, is_same_server
from sources.git.store import GitStore
from sources.listing import MAX_FILE_BYTES, ListingChanges, check_amount, compare, refuse_empty
from sources.patterns import Matcher, pattern_key

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()  # two newsletters may share a copy
_EMPTY = "empty"  # the revision of a repository without a commit
_MANY_REFERENCES = 64 * 1024  # bytes; beyond, references are requested by name, which takes a second request
_MAX_SIMILAR = 2_000  # most files among which renames with edits are detected
_MAX_ARGUMENTS = 1_000_000  # most bytes of paths in one command


@dataclass(frozen=True, slots=True)
class _Revision:
    """A stored revision: a commit and the patterns it was imported with."""

    commit: str
    patterns: str

    def __str__(self) -> str:
        return f"git:{self.commit}:{self.patterns}"

    @classmethod
    def parse(cls, text: str) -> _Revision | None:
        kind, _, rest = text.partition(":")
        commit, _, patterns = rest.partition(":")
        return cls(commit, patterns) if kind == "git" and commit and patterns else None


class GitSource:
    """A branch of a Git remote.

    A file's `changed_at` is the time of the commit that the branch points to, because the history is not fetched. If
    the files of the last revision are unknown (another repository, new patterns, a remote that no longer has it), the
    change is marked `rewritten` and lists every file as added; only then are unlisted files deleted.
    """

    def __init__(
        self,
        address: GitAddress,
        *,
        branch: str = "",
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        cache_dir: Path,
        credentials: Credentials | None = None,
        limits: Limits | None = None,
    ) -> None:
        include, exclude = tuple(include), tuple(exclude)
        self._address = address
        self._branch = branch
        self._matches = Matcher(include, exclude)
        self._patterns = pattern_key(include, exclude)
        self._limits = limits or Limits()
        identity = f"{address.url}\0{branch}\0{self._patterns}"
        name = hashlib.sha256(identity.encode()).hexdigest()[:20]
        self._access = Access(
            address=address, credentials=credentials or Credentials(), known_hosts=cache_dir / "known_hosts"
        )
        self._cache_dir = cache_dir
        # outside any repository, so that git does not find one in a parent folder
        self._git = Git(self._access, Path(cache_dir.absolute().anchor))
        self._store = GitStore(cache_dir / f"{name}.git", self._git, self._limits)
        self._lock = _locks.setdefault(self._store.path, asyncio.Lock())
        self._default_branch = ""
        self._asks_by_name = False
        self._trees: dict[str, dict[str, str]] = {}

    async def changes(self, since: str | None) -> Changes | None:
        """Return the changes since `since`. An unchanged remote costs one request and no file access."""
        async with self._lock:
            old = _Revision.parse(since) if since else None
            head = await self._head()
            if old is not None and old == _Revision(head or _EMPTY, self._patterns):
                return None
            if head is None:
                return self._empty(since)
            return await self._recovering(head, lambda: self._compare(head, old, is_first=since is None))

    async def read(self, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the files at `revision`; files larger than 5 MB are omitted and logged."""
        known = _Revision.parse(revision)
        if known is None or known.commit == _EMPTY:
            return
        wanted = tuple(paths)
        async with self._lock:
            found = await self._recovering(known.commit, lambda: self._locate(known.commit, wanted))
        for path, _, size in found:
            if size > MAX_FILE_BYTES:
                log.warning('file skipped reason="too large" path="%s" bytes=%d', path, size)
        found = [each for each in found if each[2] <= MAX_FILE_BYTES]
        contents = self._store.contents([(name, size) for _, name, size in found])
        index = 0
        async for data in contents:
            yield found[index][0], data
            index += 1

    async def listed(self, revision: str, matches: Callable[[str], bool]) -> list[str]:
        """Return the paths of all files at `revision` for which `matches` is true."""
        known = _Revision.parse(revision)
        if known is None or known.commit == _EMPTY:
            return []
        async with self._lock:
            return sorted(await self._store.tree(known.commit, matches))

    def host_url(self) -> str:
        """Return the URL pattern of a file's page on its host, with `{path}` in it; "" if the host is not known."""
        return host_url(self._address, self._branch or self._default_branch)

    async def close(self) -> None:
        """Kill running commands."""
        await self._git.close()

    async def _head(self) -> str | None:
        """Return the commit that the branch points to; None if the repository has no commits."""
        output = await self._references()
        self._asks_by_name = self._asks_by_name or len(output) > _MANY_REFERENCES
        references: dict[str, str] = {}
        for line in output.decode("utf-8", "replace").splitlines():
            value, _, name = line.partition("\t")
            if value.startswith("ref: refs/heads/") and name == "HEAD":
                self._default_branch = value.removeprefix("ref: refs/heads/")
            elif name:
                references[name] = value
        wanted = f"refs/heads/{self._branch}" if self._branch else "HEAD"
        if references and wanted not in references:
            raise SourceError(self._no_branch(references))
        return references.get(wanted)

    async def _references(self) -> bytes:
        """Return the remote's references as listed by git, following a redirect on the same server."""
        try:
            return await self._ask()
        except GitError as error:
            other = "" if self._access.moved_to else await self._other_address(error)
            if not other and not self._access.moved_to:
                raise
            self._go_to(other)
            try:
                return await self._ask()
            except GitError:
                self._go_to("")
                raise error from None

    async def _ask(self) -> bytes:
        names = ["HEAD", f"refs/heads/{self._branch}"] if self._asks_by_name else []
        try:
            return await self._git.run(
                ("ls-remote", "--quiet", "--symref", "origin", *names),
                limit_s=self._limits.ask_s,
                # protocol 0 answers in one request, with all references
                settings=(("protocol.version", "2" if self._asks_by_name else "0"),),
            )
        except GitError as error:
            if error.kind != "large" or self._asks_by_name:
                raise
            self._asks_by_name = True
        return await self._ask()

    async def _other_address(self, error: GitError) -> str:
        """Return another address of the repository on the same server; "" without one.

        Raises GitError if it moved to another server, to which a token must not be sent.
        """
        url, is_web = self._address.url, self._address.scheme in {"http", "https"}
        if not is_web or error.kind not in {"moved", "missing"}:
            return ""
        place = await asyncio.to_thread(find_redirect, url, self._access.headers(), self._access.credentials.ca_file)
        if place is None:
            return "" if url.rstrip("/").endswith(".git") else f"{url.rstrip('/')}.git"
        if is_same_server(url, place):
            return place
        text = f"{url} sends to {place}, which is not followed with a token: write that as the newsletter's source."
        raise GitError("moved", text) from error

    def _go_to(self, url: str) -> None:
        if url:
            log.info("repository address replaced source=%s address=%s", self._address.url, url)
        self._access = self._git.access = replace(self._access, moved_to=url)

    def _no_branch(self, references: dict[str, str]) -> str:
        heads = [name.removeprefix("refs/heads/") for name in references if name.startswith("refs/heads/")]
        known = ", ".join(sorted(heads)[:10])
        hint = f"it has {known}" if known else "set another as the newsletter's branch"
        what = f"branch {self._branch}" if self._branch else "default branch"
        return f"{self._address.url} has no {what}: {hint}."

    def _empty(self, since: str | None) -> Changes:
        if since is not None:
            raise SourceError(f"{self._address.url} is empty now; what was imported before is kept.")
        # Git mistakes a one-line page, such as a login page or a bot challenge, for a repository without a branch
        log.warning(
            'repository without a branch: nothing was pushed yet, or a web page answered url="%s"', self._address.url
        )
        return Changes(str(_Revision(_EMPTY, self._patterns)), ())

    async def _recovering(self, commit: str, work: Callable[[], Awaitable[_T]]) -> _T:
        """Do `work` on the copy; recreate a damaged copy once, in full if the remote lacks partial clones."""
        try:
            return await self._attempt(commit, work)
        except GitError as error:
            if error.kind not in {"corrupt", "filter", "other", "whole"}:
                raise
            log.warning('repository copy recreated reason="%s"', error)
            self._trees.clear()
            await self._store.discard(error.kind)
        return await self._attempt(commit, work)

    async def _attempt(self, commit: str, work: Callable[[], Awaitable[_T]]) -> _T:
        await self._store.prepare(commit)
        return await work()

    async def _compare(self, head: str, old: _Revision | None, *, is_first: bool) -> Changes:
        kept = await self._store.kept()
        commit = head if head in kept else await self._store.fetch(self._ref)
        before = await self._tree_before(old, kept)
        after = await self._tree(commit)
        if not is_first and before != {}:
            refuse_empty(self._address.url, after)
        difference = await asyncio.to_thread(compare, before or {}, after)
        if old is not None and before and difference.added and difference.deleted:
            await self._find_similar(old.commit, commit, difference, (before, after))
        at = await self._store.committed_at(commit)
        await self._store.keep_only({commit, old.commit if old else commit})
        self._trees = {commit: self._trees[commit]} if commit in self._trees else {}
        revision = str(_Revision(commit, self._patterns))
        files = await asyncio.to_thread(difference.files, lambda _: at)
        return Changes(revision, files, rewritten=before is None and not is_first)

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self._branch}" if self._branch else "HEAD"

    async def _tree_before(self, old: _Revision | None, kept: set[str]) -> dict[str, str] | None:
        """Return the files of the old revision; None if they are not known."""
        if old is None or old.patterns != self._patterns:
            return None
        if old.commit == _EMPTY:
            return {}
        if old.commit not in kept and not await self._store.fetch_commit(old.commit):
            return None
        return await self._tree(old.commit)

    async def _tree(self, commit: str) -> dict[str, str]:
        if commit not in self._trees:
            self._trees[commit] = await self._store.tree(commit, self._matches, tells=True)
        return self._trees[commit]

    async def _find_similar(
        self, old: str, new: str, difference: ListingChanges, trees: tuple[dict[str, str], dict[str, str]]
    ) -> None:
        """Detect files that were both moved and edited; too many files are skipped and count as new."""
        paths = [*difference.deleted, *difference.added]
        if len(paths) > _MAX_SIMILAR or sum(len(path) for path in paths) > _MAX_ARGUMENTS:
            log.warning("rename detection skipped files=%d", len(paths))
            return
        before, after = trees
        # otherwise git would fetch these one by one
        await self._store.sizes([*(before[path] for path in difference.deleted), *(after[p] for p in difference.added)])
        for old_path, new_path in await self._store.similar(old, new, paths):
            if old_path in difference.deleted and new_path in difference.added:
                difference.rename(old_path, new_path)

    async def _locate(self, commit: str, paths: tuple[str, ...]) -> list[tuple[str, str, int]]:
        """Return path, object id and size in bytes of each existing file, fetched if necessary."""
        if commit not in await self._store.kept() and not await self._store.fetch_commit(commit):
            raise SourceError(f"{self._address.url} has no commit {commit[:12]} any more.")
        tree: Mapping[str, str] = await self._tree(commit)
        if others := set(paths) - tree.keys():  # not matched by include, or deleted
            tree = {**tree, **await self._store.tree(commit, others.__contains__)}
        found = [(path, tree[path]) for path in paths if path in tree]
        sizes = await self._store.sizes(name for _, name in found)
        check_amount(self._address.url, len(found), sum(size for size in sizes.values() if size <= MAX_FILE_BYTES))
        return [(path, name, sizes[name]) for path, name in found]
