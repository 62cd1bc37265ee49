"""The gateway: sessions, intents, events."""
