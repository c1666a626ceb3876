"""Drills: a fault, the recovery as a user would do it, and what was measured from outside."""
