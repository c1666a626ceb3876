"""Handlers of S3: buckets, their parts, retention, objects."""
