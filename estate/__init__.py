"""What everyone must agree on: configuration, names, objectives, the manifest and the writer lease. Pure."""
