"""Sends the outbox to Discord: one worker for each channel, and resolving requests with unknown outcome."""
