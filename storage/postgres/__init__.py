"""A database on a PostgreSQL server; loaded only if `storage` names one."""
