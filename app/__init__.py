"""The running program: services, the Discord client, error replies, the web server with its webhook, monitoring."""
