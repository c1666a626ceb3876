"""The stack of one region: network, data, services, observability."""
