"""What handlers share: their interface, and a handler that works from botocore's models."""
