"""Reads a plan and says what it costs and how it looks. Pure: data in, data or text out; no cloud, no Pulumi."""
