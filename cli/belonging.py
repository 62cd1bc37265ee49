"""Lookup of the newsletter that a local file belongs to."""

from __future__ import annotations

from pathlib import Path

from config.settings import Config, NewsletterConfig
from sources.address import FolderAddress, parse_address


def folder_of(newsletter: NewsletterConfig) -> Path | None:
    """Return the folder of a newsletter's source; None if the source is a repository."""
    address = parse_address(newsletter.source, Path.cwd())
    return address.path if isinstance(address, FolderAddress) else None


def newsletter_of(path: Path, config: Config) -> tuple[NewsletterConfig, Path] | None:
    """Return the newsletter whose folder contains `path`, and that folder; None without one."""
    place = path.resolve()
    for newsletter in config.newsletters:
        folder = folder_of(newsletter)
        if folder and place.is_relative_to(folder.resolve()):
            return newsletter, folder.resolve()
    return None
