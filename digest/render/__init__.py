"""Blocks as Discord Markdown and as plain text."""
