"""Handlers of ElastiCache: replication groups, users, parameters."""
