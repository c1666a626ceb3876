"""A local cloud: AWS's API on loopback, with real processes behind it (docs/design.md#local-cloud)."""
