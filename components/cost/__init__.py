"""Budgets and anomalies of spending."""
