"""Delivery of the outbox to Discord: one worker per channel, which also resolves requests with unknown outcome."""
