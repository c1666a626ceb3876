"""Handlers of RDS: instances, groups, replicated backups."""
