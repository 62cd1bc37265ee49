"""A database on a PostgreSQL server; loaded only where `storage` names one."""
