"""What a stack reads of those to its left (docs/design.md#four-stacks: references go from left to right only)."""

import asyncio
from typing import Any

import pulumi

from estate.config import Environment


class OtherStack(pulumi.StackReference):
    """Another stack of the same environment, by its outputs."""

    def require_output(self, name: pulumi.Input[str]) -> pulumi.Output[Any]:
        """Return an output. Before that stack was applied: unknown in a preview, an error in an apply."""
        return self.get_output(name).apply(lambda value: self._absent(name) if value is None else value)

    def _absent(self, name: pulumi.Input[str]) -> pulumi.Output[Any]:
        if not pulumi.runtime.is_dry_run():
            raise pulumi.RunError(f"the stack {self._name} has no output {name}: apply it first")
        loop = asyncio.get_running_loop()
        value, known = loop.create_future(), loop.create_future()
        value.set_result(None)
        known.set_result(False)
        return pulumi.Output(set(), value, known)


def reference(environment: Environment, part: str) -> OtherStack:
    """Return another stack of the same environment, by its outputs."""
    name = f"{environment.environment}-{part}"
    return OtherStack(name, stack_name=f"{pulumi.get_organization()}/{pulumi.get_project()}/{name}")
