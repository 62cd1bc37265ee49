"""Front matter: its formats, and an issue's metadata."""
