"""Recovery: failover, its gates and lag, the writer lease as it moves, drills."""
