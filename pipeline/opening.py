"""Opening of a newsletter's source: a folder or a Git remote, depending on its address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sources.address import FolderAddress, parse_address
from sources.base import Source
from sources.folder import FolderSource
from sources.git.process import Credentials  # imported eagerly: any process may translate its messages

if TYPE_CHECKING:
    from config.settings import NewsletterConfig


def open_source(newsletter: NewsletterConfig, cache_dir: Path) -> Source:
    """Return the source of a newsletter, with its issue folders joined.

    Nothing is read or requested yet, so this succeeds even if the source is unavailable.
    """
    source = _plain_source(newsletter, cache_dir)
    if not newsletter.issue_folders:
        return source
    from pipeline.joined import IssueFolders, JoinedSource

    return JoinedSource(source, IssueFolders(newsletter.issue_folders))


def _plain_source(newsletter: NewsletterConfig, cache_dir: Path) -> Source:
    address = parse_address(newsletter.source, Path.cwd())
    if isinstance(address, FolderAddress):
        return FolderSource(address.path, newsletter.include, newsletter.exclude, cache_dir)
    from sources.git.source import GitSource

    token = newsletter.token.get_secret_value() if newsletter.token else None
    return GitSource(
        address,
        branch=newsletter.branch,
        include=newsletter.include,
        exclude=newsletter.exclude,
        cache_dir=cache_dir,
        credentials=Credentials(token=token, ssh_key=newsletter.ssh_key, ca_file=newsletter.ca_file),
    )
