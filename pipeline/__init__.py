"""One change of a source on its way to the archive and the outbox."""
