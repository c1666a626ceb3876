"""Handlers of ECS: clusters, task definitions, services."""
