"""The HTTP side of a task: one module per resource, and the checks that every request passes."""
