"""The engine and the front of every operation: steps, journal, lock, prober, report."""
