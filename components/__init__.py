"""The estate's parts: one ComponentResource with its Args a file. They know names (`estate`), not stacks (`infra`)."""
