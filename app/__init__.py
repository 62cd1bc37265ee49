"""The running program: services, the Discord client, incidents, the web server and its webhook, monitoring."""
