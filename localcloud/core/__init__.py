"""The machine's side: supervisor, processes, addresses, faults, keys, and the context that controllers work in."""
