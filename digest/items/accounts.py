"""Rows of links to social accounts, or to pages for hearing, reading or supporting a newsletter."""

from __future__ import annotations

from itertools import islice

from digest.items.titles import is_decoration
from digest.tree.nodes import Block, inlines_of, links_of, raw_text
from digest.tree.urls import parts_of

_LEAST, _GREATEST = 2, 30  # minimum and maximum links of such a row
_MANY = 4  # minimum links to people in a paragraph without others
_NAME_WORDS = 4  # maximum words of each link
_LONGEST_LABEL = 40  # maximum characters of a label before them, up to a colon
# hosts on which a path of one segment is an account
_PEOPLE = {
    "github.com",
    "gitlab.com",
    "twitter.com",
    "x.com",
    "facebook.com",
    "vk.com",
    "t.me",
    "instagram.com",
}
# hosts on which all pages are accounts, shows or payment pages
_SHOWS = {
    "podcasts.apple.com", "itunes.apple.com", "podcasts.google.com", "open.spotify.com", "soundcloud.com",
    "music.yandex.ru",
    "overcast.fm", "pca.st", "castbox.fm", "deezer.com", "patreon.com", "paypal.me", "paypal.com", "ko-fi.com",
    "buymeacoffee.com", "opencollective.com", "liberapay.com", "boosty.to", "money.yandex.ru", "yoomoney.ru",
    "linkedin.com", "discord.gg", "discord.com", "join.slack.com", "bsky.app",
}  # fmt: skip
_MOST = 0.75  # minimum share of the links that lead there


def is_row_of_accounts(block: Block) -> bool:
    """Whether a paragraph is several links to accounts or shows, with an optional label and separators."""
    # Stops at one link too many: a paragraph may have thousands.
    links = list(islice(links_of(block.inlines), _GREATEST + 1)) if block.kind == "paragraph" else []
    if not _LEAST <= len(links) <= _GREATEST:
        return False
    names = [raw_text(link.children).strip() for link in links]
    if not all(0 < len(name.split()) <= _NAME_WORDS for name in names):
        return False
    rest = raw_text(block.inlines)
    label = rest[: rest.find(names[0])]
    if not is_decoration(label) and not (len(label) <= _LONGEST_LABEL and label.rstrip()[-1] in ":："):
        return False
    for name in names:
        rest = rest.replace(name, "", 1)
    return is_decoration(rest.replace(label, "", 1)) and sum(_is_account(link.url) for link in links) >= _MOST * len(
        links
    )


def names_accounts(block: Block) -> bool:
    """Whether a paragraph of several links has only links to people: it credits them."""
    links = list(islice(links_of(block.inlines), _MANY)) if block.kind == "paragraph" else []
    return len(links) == _MANY and all(_is_person(link.url) for link in links_of(block.inlines))


def is_account_by_name(entry: Block, text: str) -> bool:
    """Whether a list's entry with this `text` is only a link to an account of that name ("[ann](…/ann)")."""
    links = list(islice(links_of(inlines_of([entry])), 2))
    if len(links) != 1 or not _is_person(links[0].url):
        return False
    return text.strip().lstrip("@").casefold() == parts_of(links[0].url).path.strip("/").casefold()


def _is_person(url: str) -> bool:
    parts = parts_of(url)
    return parts.netloc.removeprefix("www.") in _PEOPLE and parts.path != "" and "/" not in parts.path.strip("/")


def is_list_of_accounts(block: Block) -> bool:
    """Whether each entry of a list is a link of a few words, most of them to accounts, shows and chats."""
    entries = [list(islice(links_of(inlines_of([entry])), 2)) for entry in block.children]
    if block.kind != "list" or len(entries) < _LEAST or any(len(links) != 1 for links in entries):
        return False
    names = [raw_text(links[0].children).strip() for links in entries]
    are_short = all(0 < len(name.split()) <= _NAME_WORDS for name in names)
    return are_short and 2 * sum(_is_account(links[0].url) for links in entries) > len(entries)


def _is_account(url: str) -> bool:
    parts = parts_of(url)
    host = parts.netloc.removeprefix("www.").removeprefix("m.")
    segments = [segment for segment in parts.path.split("/") if segment]
    if host in _PEOPLE:
        return len(segments) == 1 or (not segments and parts.fragment.startswith("!/"))
    is_channel = (
        host == "youtube.com"
        and bool(segments)
        and (segments[0][0] == "@" or segments[0] in {"channel", "c", "user", "playlist"})
    )
    return host in _SHOWS or is_channel
