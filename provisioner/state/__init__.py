"""The state of a stack: read, checked by the CLI's integrity rules, encrypted, repaired and written."""
