"""Detection of addresses that are not repositories: pages of files or owners, and feeds."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote

_FEEDS = {"feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json"}
_HOSTS = re.compile(r"(?:github|gitlab|codeberg|bitbucket|gitea|forgejo)\.")  # whose repositories have an owner
_RAW = "raw.githubusercontent.com"
_KIND = "(?P<kind>tree|commits|blob|raw|edit|blame)"
_REPOSITORY = "(?P<repository>[^/]+/[^/]+)"
_PATH = "(?P<branch>[^/]+)/?(?P<path>.*)"
# patterns of hosts, and of the paths of their pages for folders and files
_PAGES = tuple(
    (re.compile(host), re.compile(f"/{path}"))
    for host, path in (
        (r"github\.", f"{_REPOSITORY}/{_KIND}/{_PATH}"),
        (r"bitbucket\.org", f"{_REPOSITORY}/src/{_PATH}"),
        (re.escape(_RAW), f"{_REPOSITORY}/(?:refs/heads/)?{_PATH}"),
        ("", f"(?P<repository>[^/]+(?:/[^/]+)+)/-/{_KIND}/{_PATH}"),  # GitLab, also self-hosted
        ("", f"{_REPOSITORY}/src/branch/{_PATH}"),  # Gitea and Forgejo
    )
)


def page_fault(parts: SplitResult, host: str) -> str | None:
    """Return why an http(s) address is not a repository, and what to write; None if it may be one."""
    segments = [segment for segment in parts.path.split("/") if segment]
    if not segments:
        return f"names no repository: write it as https://{host}/owner/repository"
    is_known = _HOSTS.match(host) is not None
    if segments[-1] in _FEEDS and not (is_known and len(segments) == 2):
        return "is a feed's address: write that of the Git repository in which the issues are written"
    if is_known and len(segments) == 1:
        return f"names an owner and no repository: write it as https://{host}/{segments[0]}/repository"
    if (found := _page_of(parts, host)) is not None:
        site = "github.com" if host == _RAW else parts.netloc
        return _advice(f"{parts.scheme}://{site}/{found['repository']}", found.groupdict())
    if is_known and (parts.query or parts.fragment):
        return _advice(f"{parts.scheme}://{parts.netloc}/{'/'.join(segments)}", {})
    return None


def _page_of(parts: SplitResult, host: str) -> re.Match[str] | None:
    """Return repository, branch and path in the address of a forge's page; None for other addresses."""
    pages = (page.fullmatch(parts.path) for name, page in _PAGES if name.match(host))
    return next(filter(None, pages), None)


def _advice(repository: str, page: dict[str, str]) -> str:
    """Return the advice to write the settings equivalent to a page's address."""
    settings = [f"source: {repository}"]
    if (branch := unquote(page.get("branch", "HEAD"))) != "HEAD":
        settings.append(f"branch: {branch}")
    if path := unquote(page.get("path", "")).strip("/"):
        is_folder = "." not in path.rsplit("/", 1)[-1] or page.get("kind") == "tree"
        settings.append(f'include: ["{path}/*.md"]' if is_folder else f'include: ["{path}"]')
    return f"is a page of a repository: write {', '.join(settings)}"
