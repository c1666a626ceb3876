"""Drills: a fault, the recovery as a user would run it, and what was measured from outside."""
