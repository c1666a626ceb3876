"""Handlers of CloudFront: distributions and policies."""
