"""Disaster recovery: failover with its gates and its data-loss bound, changes of the writer lease, drills."""
