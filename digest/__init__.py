"""The core of Herald: parses the text of an issue into items.

Pure functions over text, independent of Discord, disk and network. Nothing from the rest of Herald is imported.
"""
