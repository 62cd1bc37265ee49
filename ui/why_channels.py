"""The answer of /why: its subject and what happened to it; channels with the same account are merged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import discord

from digest.render.markdown import cut, plain_inline
from ui import limits
from ui.locales import spoken
from ui.why import channel_story, summary
from ui.why_account import Account
from ui.why_issue import Who

_COLOUR = 0x5865F2
_MOMENT = re.compile(r"<t:(\d+)")
_MINUTE_S = 60  # the precision in which Discord shows times


def why_embed(title: str, paragraphs: Sequence[str]) -> discord.Embed:
    """Return the answer: its subject, and the paragraphs."""
    text = "\n\n".join(part for part in paragraphs if part)
    embed = discord.Embed(title=cut(plain_inline(title), limits.EMBED_TITLE), colour=_COLOUR)
    embed.description = cut(text, limits.EMBED_DESCRIPTION - 10)
    return embed


def channel_stories(accounts: Sequence[Account], who: Who, *, limit: int) -> list[str]:
    """Return a paragraph for each distinct account, at most `limit`; channels with the same one are merged."""
    groups: dict[str, list[Account]] = {}
    for account in accounts:
        groups.setdefault(_story(replace(account, channel_id=0), who), []).append(account)
    told = [_told(group, who) for group in list(groups.values())[:limit]]
    if rest := sum(len(group) for group in list(groups.values())[limit:]):
        told.append(spoken().counted(rest, "… and {number} more channel.", "… and {number} more channels."))
    return told


def _told(group: Sequence[Account], who: Who) -> str:
    first, *others = group
    return _tell(replace(first, others=tuple(other.channel_id for other in others)), who)


def _story(account: Account, who: Who) -> str:
    """Return a text that is equal if readers see the same: times are compared by the minute."""
    return _MOMENT.sub(lambda found: f"<t:{int(found[1]) // _MINUTE_S}", _tell(account, who))


def _tell(account: Account, who: Who) -> str:
    return channel_story(account, who) if account.item_id is not None else summary(account, who)
