"""What a person is told whose command failed."""

from __future__ import annotations

from unittest.mock import AsyncMock, Mock

import discord
from discord import app_commands

from app.incidents import answer_error


async def test_a_lacking_permission_is_named_in_the_language() -> None:
    asked = Mock(spec=discord.Interaction, locale=discord.Locale.chinese)
    asked.response = Mock(spec=discord.InteractionResponse)
    asked.response.is_done.return_value = False
    asked.response.send_message = AsyncMock()
    await answer_error(asked, app_commands.MissingPermissions(["manage_guild"]), place="/pause")
    asked.response.send_message.assert_awaited_once_with("此操作需要“管理服务器”权限。", ephemeral=True)
