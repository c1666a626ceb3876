"""Handlers of services that watch the account: trail, Config, GuardDuty, budgets, cost."""
