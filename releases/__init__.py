"""Releases: what is read before one, the plan, the steps, and how a new version is judged."""
