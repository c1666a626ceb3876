"""What all packages must agree on: configuration, names, objectives, alerts, the manifest, the writer lease.

No I/O, except in `estate.files`.
"""
