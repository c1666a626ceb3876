"""The parts of the estate: one Pulumi ComponentResource with its arguments per file.

They use names of `estate`, and know nothing of stacks (`infra`).
"""
