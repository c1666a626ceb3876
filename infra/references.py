"""What a stack reads of those to its left (DESIGN.md, decision 1: references go from left to right only)."""

import pulumi

from estate.config import Environment


def reference(environment: Environment, part: str) -> pulumi.StackReference:
    """Return another stack of the same environment, by its outputs."""
    name = f"{environment.environment}-{part}"
    return pulumi.StackReference(name, stack_name=f"{pulumi.get_organization()}/{pulumi.get_project()}/{name}")
