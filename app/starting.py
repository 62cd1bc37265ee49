"""What a start says about itself: how Herald is invited, and for each channel whether it can be posted to."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import discord

from config.settings import Config
from delivery.refusals import IN_FORUM, NEEDED, NEEDED_IN_THREAD, NEEDED_TO_OPEN, missing
from storage.figures import ChannelFigures
from storage.layouts import Layout

log = logging.getLogger(__name__)

SCOPES = ("bot", "applications.commands")
_ALWAYS = ("read_message_history",)  # to find out, after a crash, what was posted
_TOLD = 10  # channels named in one message to the admins


def permissions_for(layouts: Iterable[Layout], *, mentions_roles: bool = False) -> discord.Permissions:
    """What Herald needs in a server for these layouts, and for `items` in any case."""
    names = {*NEEDED, *_ALWAYS}
    for layout in layouts:
        if layout.needs_forum:
            names |= set(IN_FORUM)
        if layout.has_thread_below_header:
            names |= {*NEEDED_IN_THREAD, *NEEDED_TO_OPEN}
    if mentions_roles:
        names.add("mention_everyone")
    return discord.Permissions(**dict.fromkeys(names, True))


def invite_link(application_id: int, permissions: discord.Permissions) -> str:
    """The address at which somebody who manages a server invites Herald with exactly these permissions."""
    return discord.utils.oauth_url(application_id, permissions=permissions, scopes=SCOPES)


async def explain_start(
    client: discord.Client,
    config: Config,
    channels: Sequence[ChannelFigures],
    tell_admins: Callable[[str], Awaitable[object]],
) -> None:
    """Log the invite link and each subscription; tell the admins once about all channels that cannot be posted to."""
    layouts = {Layout(one.layout) for one in channels}
    permissions = permissions_for(layouts, mentions_roles=any(one.role for one in config.subscriptions))
    if client.application_id is not None:
        link = invite_link(client.application_id, permissions)
        log.info("invite link permissions=%d url=%s", permissions.value, link)
    if not config.newsletters:
        log.warning("no newsletter is configured: name one in config.yaml, under newsletters")
    faults = [fault for one in channels if (fault := _checked(client, config, one)) is not None]
    if faults:
        rest = f"\n… and {len(faults) - _TOLD} more: /status" if len(faults) > _TOLD else ""
        lines = "\n".join(f"⚠️ {fault}" for fault in faults[:_TOLD])
        await tell_admins(f"Herald has started, but not every channel can be posted to.\n{lines}{rest}")


def _checked(client: discord.Client, config: Config, one: ChannelFigures) -> str | None:
    """Log how a subscription stands; returns what keeps it from working."""
    place = client.get_channel(one.channel_id)
    fault = _fault(config, one, place)
    where = f"#{place.name}" if isinstance(place, discord.abc.GuildChannel | discord.Thread) else "unknown"
    server = place.guild.name if isinstance(place, discord.abc.GuildChannel | discord.Thread) else "unknown"
    facts = (one.newsletter, where, server, one.layout, one.channel_id)
    if fault is None:
        log.info('subscription ready newsletter="%s" channel="%s" server="%s" layout=%s channel_id=%d', *facts)
    else:
        log.warning(
            'subscription blocked newsletter="%s" channel="%s" server="%s" layout=%s channel_id=%d reason="%s"',
            *facts,
            fault,
        )
    return fault


def _fault(config: Config, one: ChannelFigures, place: object) -> str | None:
    if config.newsletter(one.newsletter) is None:
        return f'<#{one.channel_id}> follows "{one.newsletter}", which is not in config.yaml.'
    if not isinstance(place, discord.abc.GuildChannel | discord.Thread):
        return (
            f"<#{one.channel_id}> cannot be seen: check the channel's id, invite Herald to its server, "
            "and give it View Channel there."
        )
    refusal = missing(place, place.guild.me, is_threaded=Layout(one.layout).opens_thread)
    return refusal.reason if refusal is not None else None
