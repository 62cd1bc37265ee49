"""The URL of a newsletter's site in its generator's configuration, suggested as `site_url`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from sources.base import Source

_SCRIPT = frozenset({"js", "mjs", "cjs", "ts", "mts"})
# configuration files of site generators; in a script the URL may be indented
_NAMES = re.compile(
    r"CNAME|(?:hugo|config)\.(?:toml|ya?ml|json)|_config\.ya?ml|(?:astro|docusaurus|gatsby)[.-]config\.(?:mjs|cjs|js|mts|ts)"
    r"|(?:pelican|publish)conf\.py|mkdocs\.yml"
)
_KEYS = r"(?:base_?url|site_?url|site|url)"
_ADDRESS = r"""\s*[:=]\s*["'`]?(https?://[^\s"'`#,]+)"""
_WRITTEN = re.compile(rf'^"?{_KEYS}"?{_ADDRESS}', re.IGNORECASE | re.MULTILINE)
_IN_A_SCRIPT = re.compile(rf"^\s*{_KEYS}{_ADDRESS}", re.IGNORECASE | re.MULTILINE)
_BELOW = re.compile(r"""^\s*baseurl\s*:\s*["']?(/[^\s"'#,]*)""", re.IGNORECASE | re.MULTILINE)
_DOMAIN = re.compile(r"(?!-)[\w-]+(?:\.[\w-]+)+")
_NOWHERE = re.compile(r"//(?:localhost|127\.|0\.0\.|\[|(?:www\.)?example\.(?:com|org)|your[\w-]*\.)", re.IGNORECASE)
# subfolders of a site for its configuration, or for files published unchanged
_BELOW_SITE = (("config", "_default"), ("static",), ("public",), ("docs",), ("source",))
_MOST_FILES = 20
_MOST_BYTES = 100_000


async def site_address(source: Source, revision: str, issue_path: str) -> str:
    """Return the URL of the site that contains an issue; "" if no configuration of a site above it has one."""
    paths = await source.listed(revision, lambda path: _may_name_site(path, issue_path))
    nearest = sorted(paths, key=lambda path: -len(_site_folder(path)))[:_MOST_FILES]
    found = {path: address async for path, data in source.read(revision, nearest) if (address := written(path, data))}
    return next((found[path] for path in nearest if path in found), "")


def written(path: str, data: bytes) -> str:
    """Return the URL in a generator's configuration; "" without one, or for a placeholder."""
    text = data[:_MOST_BYTES].decode("utf-8", errors="replace").replace("\r\n", "\n")
    if PurePosixPath(path).name == "CNAME":
        domain = text.strip()
        return f"https://{domain}" if _DOMAIN.fullmatch(domain) else ""
    is_script = PurePosixPath(path).suffix[1:] in _SCRIPT
    named = (found[1].rstrip("/") for found in (_IN_A_SCRIPT if is_script else _WRITTEN).finditer(text))
    address = next((each for each in named if _NOWHERE.search(each) is None and "{" not in each), "")
    below = _BELOW.search(text)
    return f"{address}{below[1].rstrip('/')}" if address and below else address


def _may_name_site(path: str, issue_path: str) -> bool:
    if _NAMES.fullmatch(PurePosixPath(path).name) is None:
        return False
    folder = _site_folder(path)
    return PurePosixPath(issue_path).parts[: len(folder)] == folder


def _site_folder(path: str) -> tuple[str, ...]:
    """Return the folder of the site that a file configures."""
    folder = PurePosixPath(path).parts[:-1]
    below = next((each for each in _BELOW_SITE if folder[-len(each) :] == each), ())
    return folder[: len(folder) - len(below)]
