"""The HTTP side: one module a resource, and the edge that every request passes."""
