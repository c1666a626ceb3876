"""AWS's API: the gate that verifies signatures, moto with our changes, paging, payloads, what is emulated."""
