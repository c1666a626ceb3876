"""Decisions without calls: differences, replacements, order of unique values, drift, the plan."""
