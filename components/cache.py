"""A region's Redis. It is never replicated: what it holds can be read again."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment


@dataclass(frozen=True)
class CacheArgs:
    """`auth_token` is a secret."""

    environment: Environment
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    auth_token: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Cache(pulumi.ComponentResource):
    """Subnet group and replication group; TLS and the token are required of every client."""

    address: pulumi.Output[str]

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Cache", name, None, opts)
        cache, group_id = args.environment.cache, topology.cache_group(args.environment)
        subnets = aws.elasticache.SubnetGroup(
            name,
            name=group_id,
            description=f"Private subnets of {group_id}",
            subnet_ids=args.subnet_ids,
            opts=child(self, args.provider),
        )
        several = cache.nodes > 1
        group = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=group_id,
            description=f"Cache of {topology.prefix(args.environment)}",
            engine="redis",
            engine_version=cache.engine_version,
            node_type=cache.node_type,
            num_cache_clusters=cache.nodes,
            automatic_failover_enabled=several,
            multi_az_enabled=several,
            port=6379,
            subnet_group_name=subnets.name,
            security_group_ids=[args.security_group_id],
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            auth_token=args.auth_token,
            opts=child(self, args.provider),
        )
        self.address = group.primary_endpoint_address
        self.register_outputs({"address": self.address})
