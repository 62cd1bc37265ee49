"""The heart of Herald: the text of an issue in, its items out.

Pure functions over text. Nothing here knows Discord, disk or network, and nothing of
Herald outside this package is imported.
"""
