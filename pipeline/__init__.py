"""The pipeline from a source's changes to the archive and the outbox."""
