"""Handlers of ECR: repositories, lifecycle policies."""
