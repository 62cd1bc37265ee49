"""Where a newsletter's text comes from: folders and Git remotes. No Discord, no SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sources.base import Source

if TYPE_CHECKING:
    from config import NewsletterConfig


def open_source(newsletter: NewsletterConfig, cache_dir: Path) -> Source:
    """The source of a newsletter. Nothing is read or asked yet, so it opens also where the source is in trouble."""
    from sources.address import FolderAddress, parse_address
    from sources.folder import FolderSource
    from sources.git import GitSource
    from sources.git_process import Credentials

    address = parse_address(newsletter.source, Path.cwd())
    if isinstance(address, FolderAddress):
        return FolderSource(address.path, newsletter.include, newsletter.exclude, cache_dir)
    token = newsletter.token.get_secret_value() if newsletter.token else None
    return GitSource(
        address,
        branch=newsletter.branch,
        include=newsletter.include,
        exclude=newsletter.exclude,
        cache_dir=cache_dir,
        credentials=Credentials(token=token, ssh_key=newsletter.ssh_key),
    )
