"""Discord's limits as stated in its documentation; texts are counted in UTF-16 code units.

Sources: "Message Object", "Embed Limits", "Component Reference" and "Application Commands" of Discord's developer
documentation.
"""

from __future__ import annotations

CONTENT = 2_000
EMBED_TITLE = 256
EMBED_DESCRIPTION = 4_096
EMBED_FIELD_VALUE = 1_024
EMBED_FOOTER = 2_048
EMBED_AUTHOR = 256
EMBED_URL = 2_048
EMBED_TOTAL = 6_000  # title, description, fields, footer and author of all of a message's embeds
BUTTONS_IN_ROW = 5
ROWS = 5
BUTTON_LABEL = 80
BUTTON_URL = 512
CUSTOM_ID = 100
SELECT_OPTIONS = 25
SELECT_TEXT = 100  # an option's label, value or description
CHOICES = 25
CHOICE_NAME = 100
THREAD_NAME = 100
