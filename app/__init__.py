"""The reference app: one image, several services."""
