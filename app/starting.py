"""What Herald reports at the start: its invite link, and whether each channel can be posted to."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import discord

from config.settings import Config
from delivery.checkup import Finding
from delivery.refusals import IN_FORUM, NEEDED, NEEDED_IN_THREAD, NEEDED_TO_OPEN
from digest.render.escape import plain_inline
from errors import S_
from storage.layouts import Layout
from storage.records import Subscription
from storage.troubles import short_key, trouble_key
from storage.wishes import TakenOver
from ui.locales import spoken
from ui.option_text import difference

log = logging.getLogger(__name__)

SCOPES = ("bot", "applications.commands")
_ALWAYS = ("read_message_history",)  # to find out, after a crash, what was posted
_STARTED = S_("Herald has started, but not every channel works as it should.")
_UNKNOWN = S_('{channel} follows "{newsletter}", which is not in config.yaml.')


def permissions_for(layouts: Iterable[Layout], *, mentions_roles: bool = False) -> discord.Permissions:
    """Return the permissions that Herald needs in a server for these layouts, and for `items` in any case."""
    names = {*NEEDED, *_ALWAYS}
    for layout in layouts:
        if layout.needs_forum:
            names |= set(IN_FORUM)
        if layout.has_thread_below_header or layout.shares_messages:  # auto opens threads for long issues
            names |= {*NEEDED_IN_THREAD, *NEEDED_TO_OPEN}
    if mentions_roles:
        names.add("mention_everyone")
    return discord.Permissions(**dict.fromkeys(names, True))


def invite_link(application_id: int, permissions: discord.Permissions) -> str:
    """Return the link with which an admin invites Herald with exactly these permissions."""
    return discord.utils.oauth_url(application_id, permissions=permissions, scopes=SCOPES)


def _log_invite(client: discord.Client, followed: Sequence[Subscription]) -> None:
    # Only what the current layouts need, because the admin who invites Herald sees the list.
    permissions = permissions_for({one.layout for one in followed}, mentions_roles=any(one.role_id for one in followed))
    if client.application_id is not None:
        link = invite_link(client.application_id, permissions)
        log.info("invite link permissions=%d url=%s", permissions.value, link)


async def explain_start(
    client: discord.Client,
    config: Config,
    findings: Sequence[Finding],
    tell: Callable[[Sequence[tuple[str, str, str]], str], Awaitable[object]],
) -> None:
    """Log the invite link and each subscription; report once to the admins what does not work as it should."""
    _log_invite(client, [one.subscription for one in findings])
    if not config.newsletters:
        log.warning("no newsletter is configured: name one in config.yaml, under newsletters")
    told: list[tuple[str, str, str]] = []
    for one in findings:
        is_known = config.newsletter(one.subscription.newsletter) is not None
        fault = one.fault if is_known else _orphan(one.subscription)
        _log(client, one.subscription, fault, one.notes)
        if fault is not None:
            about = ("channel", one.subscription.channel_id) if is_known else ("unknown", one.subscription.id)
            told.append((trouble_key(*about), fault, f"⚠️ {fault}"))
        told += [(trouble_key("note", one.subscription.id, short_key(note)), note, f"🔸 {note}") for note in one.notes]
    await tell(told, _STARTED)


def taken_over_text(one: TakenOver) -> str:
    """Return what the configuration changed in a subscription that was set up in Discord."""
    place, newsletter = f"<#{one.after.channel_id}>", plain_inline(one.after.newsletter)
    words = spoken()
    changed = difference(one.before.options, one.after.options, words)
    lines = [f"- {line}" for line in changed] or [f"- {words('Nothing else changed.')}"]
    head = words(
        "{channel} was set up in Discord for **{newsletter}**; config.yaml sets it now.",
        channel=place,
        newsletter=newsletter,
    )
    return "\n".join([f"📄 {head}", *lines])


def _orphan(subscription: Subscription) -> str:
    return _UNKNOWN.format(channel=f"<#{subscription.channel_id}>", newsletter=subscription.newsletter)


def _log(client: discord.Client, one: Subscription, fault: str | None, notes: Sequence[str]) -> None:
    """Log a subscription, and each of its limitations."""
    place = client.get_channel(one.channel_id)
    is_known = isinstance(place, discord.abc.GuildChannel | discord.Thread)
    where, server = (f"#{place.name}", place.guild.name) if is_known else ("unknown", "unknown")
    facts = (one.newsletter, where, server, one.layout, one.channel_id)
    if fault is None:
        log.info('subscription ready newsletter="%s" channel="%s" server="%s" layout=%s channel_id=%d', *facts)
    else:
        log.warning(
            'subscription blocked newsletter="%s" channel="%s" server="%s" layout=%s channel_id=%d reason="%s"',
            *facts,
            fault,
        )
    for note in notes:
        log.warning('subscription limited newsletter="%s" channel="%s" note="%s"', one.newsletter, where, note)
