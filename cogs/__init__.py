"""Slash commands and gateway events, one cog per task. Cogs connect the rooms and contain no logic of their own."""
