"""Renders blocks as Discord Markdown and as plain text."""
