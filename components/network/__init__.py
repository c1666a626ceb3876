"""The network of a region: VPC, subnets, network ACLs, endpoints, security groups, load balancer."""
