"""What all operations share: steps, runner, lock, journal, front, prober and report."""
