"""The only room with SQL: tables, archive, search, outbox and subscriptions."""
