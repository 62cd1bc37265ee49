"""Front matter: finding it, its formats, and what it says of an issue."""
