"""State: servers, channels, members, messages, and who may see them."""
