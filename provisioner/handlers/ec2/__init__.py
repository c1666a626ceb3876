"""Handlers of EC2: networks, routes, ACLs, endpoints, security groups."""
