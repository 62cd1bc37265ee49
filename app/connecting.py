"""Logs in to Discord and stays connected: retries transient failures, reports permanent ones with a remedy."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from typing import cast

import aiohttp
import discord

from app.notify import up_without_discord
from errors import ConfigError
from logs import short

log = logging.getLogger(__name__)

_FIRST_DELAY_S, _LONGEST_DELAY_S = 1.0, 300.0
_DAY_S = 86_400.0  # after which Discord resets the number of logins


async def log_in(client: discord.Client, token: str) -> None:
    """Log in, retrying while Discord is unreachable. Raises ConfigError if it refuses the token."""
    delay = _FIRST_DELAY_S
    while True:
        try:
            return await client.login(token)
        except discord.LoginFailure as error:
            raise token_refused() from error
        except (aiohttp.ClientError, OSError, TimeoutError, discord.HTTPException) as error:
            log.warning("Discord login failed, trying again delay_s=%.0f error=%s", delay, short(error))
            up_without_discord(f"Discord cannot be reached, trying again: {short(error)}")
        await client.http.close()
        client.http.connector = discord.utils.MISSING  # the closed session's connector cannot be reused
        delay = await _back_off(delay)


async def stay_connected(client: discord.Client) -> None:
    """Connect, and reconnect until the client is closed. Raises ConfigError if Discord refuses permanently."""
    delay = _FIRST_DELAY_S
    while not client.is_closed():
        await _until_logins_are_left(client)
        try:
            await client.connect()
        except discord.PrivilegedIntentsRequired as error:
            raise ConfigError("Discord asks for a privileged intent, which Herald does not use.") from error
        except discord.ConnectionClosed as error:
            raise closed(error.code) from error
        except AttributeError:
            # If its first connection is refused, discord.py tries to resume a session that does not exist.
            if cast("object", client.ws) is not None:
                raise
            log.warning("Discord gateway unreachable, trying again delay_s=%.0f", delay)
            up_without_discord("Discord's gateway cannot be reached, trying again")
            delay = await _back_off(delay)


async def _until_logins_are_left(client: discord.Client) -> None:
    """Wait while the day's logins are used up: Discord resets the token of a bot that exceeds the limit.

    See "Session Start Limit" in Discord's documentation. Other problems show when connecting.
    """
    needed = client.shard_count or 1
    try:
        _, _, limit = await client.http.get_bot_gateway()
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
        return
    if limit["remaining"] >= needed:
        return
    wait_s = min(limit["reset_after"] / 1000, _DAY_S)
    at = discord.utils.utcnow() + dt.timedelta(seconds=wait_s)
    up_without_discord(f"Discord allows no further login before {at.isoformat(timespec='minutes')}")
    log.error(
        'Discord allows no further login before %s, waiting remaining=%d reason="Herald was started too often: '
        'see why it ends, and whether another program uses its token"', at.isoformat(timespec="minutes"),
        limit["remaining"],
    )  # fmt: skip
    await asyncio.sleep(wait_s)


def token_refused() -> ConfigError:
    """Return the error for a token that is invalid or was reset."""
    return ConfigError(
        "Discord refuses the token. Copy the bot's token from the Discord Developer Portal (Bot, Reset Token) into "
        "DISCORD_TOKEN, with systemd into the credential discord_token, and start again."
    )


def closed(code: int) -> ConfigError:
    """Return the error for a permanent disconnection ("Gateway Close Event Codes" in Discord's documentation)."""
    if code == 4004:  # the token was reset while Herald ran
        return token_refused()
    if code == 4011:
        return ConfigError(
            "Herald is in more servers than one connection may serve: set discord.shards (docs/scale.md)."
        )
    return ConfigError(f"Discord closed the connection for good (code {code}).")


async def _back_off(delay: float) -> float:
    """Sleep `delay` seconds with jitter and return the next delay."""
    await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 -- spreading load needs no secrecy
    return min(delay * 2, _LONGEST_DELAY_S)
