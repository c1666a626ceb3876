"""A region's network: subnets and routes, who may speak to whom, private ways to AWS, and the load balancer."""

import pulumi
import pulumi_aws as aws

from components.network.acls import NetworkAcls, NetworkAclsArgs
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.firewall import Firewall, FirewallArgs
from components.network.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network.vpc import Network, NetworkArgs
from estate import topology
from infra.region.context import RegionContext

EDGE_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing"


def build_network(context: RegionContext) -> Network:
    """Declare the region's network."""
    environment, region = context.environment, context.region
    return Network(
        topology.prefix(environment),
        NetworkArgs(
            region=environment.regions[region],
            common=environment.network,
            log_bucket=topology.log_bucket(environment, region),
            provider=context.provider,
        ),
    )


def build_network_acls(context: RegionContext, network: Network) -> NetworkAcls:
    """Declare the network ACLs of the region's tiers, and the quarantine."""
    environment = context.environment
    return NetworkAcls(
        "network-acls",
        NetworkAclsArgs(topology.prefix(environment), network, environment.regions[context.region], context.provider),
    )


def build_firewall(context: RegionContext, network: Network) -> Firewall:
    """Declare the security groups and their rules."""

    def prefix_list(name: str) -> pulumi.Output[str]:
        options = pulumi.InvokeOutputOptions(provider=context.provider)
        return aws.ec2.get_managed_prefix_list_output(name=name, opts=options).id

    return Firewall(
        "firewall",
        FirewallArgs(
            prefix=topology.prefix(context.environment),
            vpc_id=network.vpc_id,
            service_ports=sorted({service.port for service in context.environment.services.values()}),
            edge_prefix_list_id=prefix_list(EDGE_PREFIX_LIST),
            health_check_prefix_list_id=prefix_list(f"com.amazonaws.{context.region}.route53-healthchecks"),
            nat_addresses=network.nat_addresses,
            provider=context.provider,
        ),
    )


def build_endpoints(context: RegionContext, network: Network, firewall: Firewall) -> Endpoints:
    """Declare the private ways to AWS's services."""
    return Endpoints(
        "endpoints",
        EndpointsArgs(
            prefix=topology.prefix(context.environment),
            region=context.region,
            account_id=context.environment.account_id,
            network=network,
            security_group_id=firewall.endpoint_group_id,
            provider=context.provider,
        ),
    )


def build_load_balancer(
    context: RegionContext, network: Network, firewall: Firewall, foundation: pulumi.StackReference
) -> LoadBalancer:
    """Declare the region's load balancer with the certificate that the foundation made."""
    certificate = foundation.require_output("certificate_arns").apply(lambda arns: str(arns[context.region]))
    return LoadBalancer(
        topology.prefix(context.environment),
        LoadBalancerArgs(
            load_balancer_name=topology.load_balancer(context.environment),
            subnet_ids=network.public_subnet_ids,
            security_group_ids=firewall.load_balancer_group_ids,
            certificate_arn=certificate,
            config=context.environment.load_balancer,
            log_bucket=topology.log_bucket(context.environment, context.region),
            provider=context.provider,
        ),
    )
