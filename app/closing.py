"""Why Discord ends a connection for good, and what to do about it."""

from __future__ import annotations

from errors import ConfigError


def token_refused() -> ConfigError:
    """Return what to do about a token that is not valid, or not any more."""
    return ConfigError(
        "Discord refuses the token. Copy the bot's token from the Discord Developer Portal "
        "(Bot, Reset Token) into DISCORD_TOKEN and start again."
    )


def closed(code: int) -> ConfigError:
    """Return what ended the connection for good ("Gateway Close Event Codes" in Discord's documentation)."""
    if code == 4004:  # the token was reset while Herald ran
        return token_refused()
    if code == 4011:
        return ConfigError(
            "Herald is in more servers than one connection may serve: set discord.shards (docs/scale.md)."
        )
    return ConfigError(f"Discord closed the connection for good (code {code}).")
