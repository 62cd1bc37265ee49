"""Parses Markdown and HTML into a tree of blocks."""
