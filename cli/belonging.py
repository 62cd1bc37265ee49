"""Which newsletter of a configuration a file on this machine belongs to."""

from __future__ import annotations

from pathlib import Path

from config.settings import Config, NewsletterConfig
from sources.address import FolderAddress, parse_address


def folder_of(newsletter: NewsletterConfig) -> Path | None:
    """Return the folder that a newsletter is read from; None if its source is a repository."""
    address = parse_address(newsletter.source, Path.cwd())
    return address.path if isinstance(address, FolderAddress) else None


def newsletter_of(path: Path, config: Config) -> tuple[NewsletterConfig, Path] | None:
    """Return the newsletter whose folder holds a file or folder, and that folder; None if none does."""
    place = path.resolve()
    for newsletter in config.newsletters:
        folder = folder_of(newsletter)
        if folder and place.is_relative_to(folder.resolve()):
            return newsletter, folder.resolve()
    return None
