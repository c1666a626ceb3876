"""Releases: facts, plan, steps, and the judgement of a new version."""
