"""The REST API, one module a kind of route."""
