"""Rows of links to somebody's accounts, or to pages on which to hear, read or support a newsletter."""

from __future__ import annotations

from itertools import islice

from digest.items.titles import is_decoration
from digest.tree.nodes import Block, inlines_of, links_of, raw_text
from digest.tree.urls import parts_of

_LEAST, _GREATEST = 2, 30  # links of such a row
_MANY = 4  # links to people in a paragraph that holds no others
_NAME_WORDS = 4  # of each link
_LONGEST_LABEL = 40  # characters of what is before them, up to a colon
# where a page of one segment is somebody's account
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
# whose pages are accounts, shows and ways to pay, whatever is behind
_SHOWS = {
    "podcasts.apple.com", "itunes.apple.com", "podcasts.google.com", "open.spotify.com", "soundcloud.com",
    "music.yandex.ru",
    "overcast.fm", "pca.st", "castbox.fm", "deezer.com", "patreon.com", "paypal.me", "paypal.com", "ko-fi.com",
    "buymeacoffee.com", "opencollective.com", "liberapay.com", "boosty.to", "money.yandex.ru", "yoomoney.ru",
    "linkedin.com", "discord.gg", "discord.com", "join.slack.com", "bsky.app",
}  # fmt: skip
_MOST = 0.75  # of the links that lead there


def is_row_of_accounts(block: Block) -> bool:
    """Whether a paragraph is several links to accounts or shows, with a label before them and marks between them."""
    # One link too many decides already: the rest of a paragraph with thousands is not looked at.
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
    """Whether a paragraph of several links has none but those of people: it thanks them."""
    links = list(islice(links_of(block.inlines), _MANY)) if block.kind == "paragraph" else []
    return len(links) == _MANY and all(_is_person(link.url) for link in links_of(block.inlines))


def is_account_by_name(entry: Block, text: str) -> bool:
    """Whether all of a list's entry, which says `text`, is a link to an account called as that is ("[ann](…/ann)")."""
    links = list(islice(links_of(inlines_of([entry])), 2))
    if len(links) != 1 or not _is_person(links[0].url):
        return False
    return text.strip().lstrip("@").casefold() == parts_of(links[0].url).path.strip("/").casefold()


def _is_person(url: str) -> bool:
    parts = parts_of(url)
    return parts.netloc.removeprefix("www.") in _PEOPLE and parts.path != "" and "/" not in parts.path.strip("/")


def is_list_of_accounts(block: Block) -> bool:
    """Whether a list has a link by a few words in each entry, most of them to accounts, shows and ways to talk."""
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
