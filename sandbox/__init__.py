"""A Discord-compatible server for one machine: the demo, the author's preview and the test bench."""
