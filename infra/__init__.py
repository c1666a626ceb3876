"""The Pulumi program: one for all four stacks of an environment (DESIGN.md, decision 1)."""
