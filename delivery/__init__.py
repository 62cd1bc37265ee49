"""Working the outbox off: one worker for each channel, and the settling of what nobody knows."""
