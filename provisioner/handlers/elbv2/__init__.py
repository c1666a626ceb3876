"""Handlers of Elastic Load Balancing: balancers, target groups, listeners, rules."""
