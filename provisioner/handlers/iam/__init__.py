"""Handlers of IAM: roles, policies, the account's own settings."""
