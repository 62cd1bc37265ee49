"""URLs of the web pages of files on Git hosts."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from sources.address import GitAddress

_PATTERNS = (
    (("github.com", "github."), "/blob/{branch}/"),
    (("gitlab.com", "gitlab."), "/-/blob/{branch}/"),
    (("codeberg.org", "gitea.", "forgejo."), "/src/branch/{branch}/"),
    (("bitbucket.org",), "/src/{branch}/"),
    (("git.sr.ht",), "/tree/{branch}/item/"),
)


def host_url(address: GitAddress, branch: str) -> str:
    """Return the URL pattern of a file's page with `{path}` in it; "" if the host is not known.

    An empty `branch` means the default branch, which most hosts call HEAD.
    """
    if not address.host or address.scheme == "file":
        return ""
    host = address.host.lower()
    for names, pattern in _PATTERNS:
        if any(host == name or (name.endswith(".") and host.startswith(name)) for name in names):
            middle = pattern.replace("{branch}", quote(branch or "HEAD"))
            return f"https://{host}/{_repository(address)}{middle}{{path}}"
    return ""


def _repository(address: GitAddress) -> str:
    path = urlsplit(address.url).path if "://" in address.url else address.url.split(":", 1)[1]
    return quote(path.strip("/").removesuffix(".git"), safe="/~%")
