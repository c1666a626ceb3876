"""Carries decisions out: the run, its steps and deletions, and what each call to AWS did."""
