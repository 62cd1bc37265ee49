"""Discord's limits, each as Discord's documentation states it, in UTF-16 code units where it counts text.

Sources: "Message Object", "Embed Limits", "Component Reference" and "Application Commands" of
Discord's developer documentation.
"""

from __future__ import annotations

CONTENT = 2_000
EMBED_TITLE = 256
EMBED_DESCRIPTION = 4_096
EMBED_FIELD_VALUE = 1_024
EMBED_FOOTER = 2_048
EMBED_AUTHOR = 256
EMBED_URL = 2_048
EMBED_TOTAL = 6_000  # title, description, fields, footer and author of all embeds of a message together
BUTTONS_IN_ROW = 5
ROWS = 5
BUTTON_LABEL = 80
BUTTON_URL = 512
CUSTOM_ID = 100
SELECT_OPTIONS = 25
SELECT_TEXT = 100  # a label, a value or a description of one option
CHOICES = 25
CHOICE_NAME = 100
THREAD_NAME = 100
