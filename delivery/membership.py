"""Membership queries to Discord: Herald does not use the members intent, so it has no list of members."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import discord

# Discord's JSON error codes: unknown guild, unknown member, unknown user, missing access (Herald is not in it).
NOT_THERE = frozenset({10004, 10007, 10013, 50001})
LIMIT_S = 10.0


async def is_member(client: discord.Client, guild_id: int, user_id: int) -> bool:
    """Return whether a user is in a server; False also if Herald itself is not in it.

    Raises what discord.py raises if Discord does not answer; the membership is then unknown.
    """
    if client.get_guild(guild_id) is None:
        return False
    try:
        async with asyncio.timeout(LIMIT_S):
            await client.http.get_member(guild_id, user_id)
    except discord.HTTPException as error:
        if error.code in NOT_THERE:
            return False
        raise
    return True


async def shared_guilds(client: discord.Client, guild_ids: Iterable[int], user_id: int) -> list[int]:
    """Return those of the servers that a user is a member of. Raises as `is_member` does."""
    return [guild_id for guild_id in guild_ids if await is_member(client, guild_id, user_id)]
