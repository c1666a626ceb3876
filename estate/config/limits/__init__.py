"""What may stand in each field of an environment file: AWS's limits, and ours, each with its source.

`table` says it field by field, `kinds` what a limit can be, `walk` holds a file against the table. What no single field
shows is in `estate.config.checks*`.
"""

from estate.config.limits.walk import hold

__all__ = ["hold"]
