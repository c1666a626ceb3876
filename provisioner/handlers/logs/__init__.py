"""Handlers of CloudWatch Logs: groups, filters, policies."""
