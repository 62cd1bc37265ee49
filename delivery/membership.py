"""Whether somebody is a member of a server, asked of Discord: Herald has no list of members and no intent for one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import discord

# Discord's JSON error codes: unknown guild, unknown member, unknown user, and Herald itself is not in the server.
NOT_THERE = frozenset({10004, 10007, 10013, 50001})
LIMIT_S = 10.0


async def is_member(client: discord.Client, guild_id: int, user_id: int) -> bool:
    """Ask Discord; False also if Herald itself is not in the server.

    Raises what discord.py raises if Discord does not say: then nothing is known.
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
    """Those of the servers that somebody is a member of. Raises as `is_member` does."""
    return [guild_id for guild_id in guild_ids if await is_member(client, guild_id, user_id)]
