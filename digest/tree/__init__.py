"""Markdown and HTML as a tree of blocks."""
