"""The rules that split a tree of blocks into items."""
