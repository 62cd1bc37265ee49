"""Discord's limits: what a request may hold and how often one may come."""
