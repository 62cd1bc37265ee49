"""A Git remote as a source."""
