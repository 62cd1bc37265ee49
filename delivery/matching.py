"""Matching of deliveries with messages in a channel, by their visible content.

After a backup is restored, messages posted since are unknown and their numbers are given to other deliveries, so the
mark does not identify a message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from delivery.composing import Composer
from storage.adoption import Found, FoundMessages
from storage.records import Delivery
from ui.messages import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Match:
    """A found message that belongs to a delivery; `message` is the delivery's current content."""

    found: Found
    message: OutgoingMessage


class Matcher:
    """Matches deliveries with messages that the ledger does not know."""

    def __init__(self, found: FoundMessages, composer: Composer) -> None:
        self._found = found
        self._composer = composer

    async def match(self, delivery: Delivery) -> Match | None:
        """Return the message of a delivery among those found in its channel; None without a match."""
        candidates, header_id = await self._found.below(delivery)
        return await self.match_among(candidates, header_id, delivery)

    async def match_among(self, candidates: Sequence[Found], header_id: int | None, delivery: Delivery) -> Match | None:
        """Return the message of a delivery among `candidates`; `header_id` is the message of its issue's header."""
        message = await self._composer.message(delivery) if candidates else None
        if message is None:
            return None
        found = _best(candidates, message, header_id)
        if found is None and delivery.item_id is not None:
            struck = _struck_elsewhere(candidates, message)
            is_sure = struck is not None and not await self._found.has_namesakes(delivery.item_id)
            found = struck if is_sure else None
        return Match(found, message) if found is not None else None


@dataclass(frozen=True, slots=True)
class _Sought:
    """The visible parts of the message that a delivery posts."""

    title: str
    url: str | None
    footer: str
    text: str
    header_id: int | None

    def titled(self, one: Found) -> bool:
        return one.title == self.title

    def linked(self, one: Found) -> bool:
        return self.url is not None and one.url == self.url

    def footed(self, one: Found) -> bool:
        return one.footer == self.footer

    def worded(self, one: Found) -> bool:
        return one.text.strip() == self.text

    def withdrawn(self, one: Found) -> bool:
        """Whether it may be the header after its withdrawal: without its link and date."""
        return one.url is None and self.footer.startswith(f"{one.footer} · ")

    def below(self, one: Found) -> bool:
        """Whether it may be below the delivery's header; a None header id means that the ledger knows its header."""
        return one.header_id in {self.header_id, None}


# Criteria by which a found message is the sought one, most reliable first.
_Likeness = Callable[[_Sought, Found], bool]
_OF_HEADERS: tuple[_Likeness, ...] = (
    lambda sought, one: sought.titled(one) and sought.footed(one),
    lambda sought, one: sought.linked(one) and sought.footed(one),
    lambda sought, one: sought.linked(one) and sought.titled(one),
    lambda sought, one: sought.titled(one) and sought.withdrawn(one),
)
_OF_ITEMS: tuple[_Likeness, ...] = (
    lambda sought, one: sought.below(one) and sought.titled(one) and sought.worded(one),
    lambda sought, one: sought.below(one) and sought.titled(one) and one.url == sought.url,
    lambda sought, one: sought.below(one) and sought.titled(one),
    lambda sought, one: sought.below(one) and sought.linked(one),
    lambda sought, one: sought.linked(one) and sought.titled(one) and sought.footed(one),
)


def _best(found: Sequence[Found], message: OutgoingMessage, header_id: int | None) -> Found | None:
    """Return the found message that fulfils the most reliable criterion; None if none fulfils any.

    Items are matched below their own issue's header first; elsewhere, only the text may differ, because titles such as
    "Sponsor" are in every issue.
    """
    embed = message.embed
    text = (embed.description or "").strip()
    sought = _Sought(bare_title(embed.title), embed.url, embed.footer.text or "", text, header_id)
    same_kind = [one for one in found if one.kind == message.kind]
    likenesses = _OF_HEADERS if message.kind == "header" else _OF_ITEMS
    return next((one for is_alike in likenesses for one in same_kind if is_alike(sought, one)), None)


def _struck_elsewhere(found: Sequence[Found], message: OutgoingMessage) -> Found | None:
    """Return a withdrawn item's message, struck through and without its link, below another issue's header.

    Late items are posted there. The match is certain only if no other issue has an item with that title.
    """
    embed = message.embed
    if message.kind == "header" or embed.url is None:
        return None
    sought = (bare_title(embed.title), None, embed.footer.text or "", message.kind)
    return next((one for one in found if (one.title, one.url, one.footer, one.kind) == sought), None)


def is_current(found: Found, delivery: Delivery, message: OutgoingMessage) -> bool:
    """Whether a found message has the delivery's current content and mark."""
    embed = message.embed
    shown = (found.title, found.url, found.footer, found.text.strip(), found.mark)
    wanted = (embed.title or "", embed.url, embed.footer.text or "", (embed.description or "").strip(), delivery.mark)
    return shown == wanted


def bare_title(title: str | None) -> str:
    """Return a title without the strikethrough of a withdrawn item."""
    text = " ".join((title or "").split())
    return text[2:-2] if text.startswith("~~") and text.endswith("~~") and len(text) > 4 else text
