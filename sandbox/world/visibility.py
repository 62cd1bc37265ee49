"""What a bot without the message content intent gets to read."""

from __future__ import annotations

from sandbox.values import Json
from sandbox.world.messages import Messages
from sandbox.world.model_message import Message
from sandbox.world.state import World

MESSAGE_CONTENT = 1 << 15


def is_content_visible(world: World, message: Message, intents: int) -> bool:
    """Tell whether the bot may read a message: its own, in direct messages, if it is mentioned, or by the intent."""
    bot = world.bot
    own = message.author == bot or message.application_id == bot.id
    return own or message.guild_id is None or bot in message.mentions or bool(intents & MESSAGE_CONTENT)


def redacted(data: Json) -> Json:
    """Return a message's object without what the intent protects."""
    return {**data, "content": "", "embeds": [], "attachments": [], "components": []}


def for_bot(messages: Messages, message: Message) -> Json:
    """Return a message as the REST interface shows it to the bot."""
    data = messages.to_json(message, messages.world.bot)
    return data if is_content_visible(messages.world, message, messages.world.privileged_intents) else redacted(data)
