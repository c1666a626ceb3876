"""The states of stacks: working copies, buckets in both regions, repair."""
