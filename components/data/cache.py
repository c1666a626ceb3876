"""A region's Redis. It is never replicated to the other: what it holds can be read again."""

from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

PARAMETERS = {"maxmemory-policy": "allkeys-lru"}
"""Any key may go when memory is full: nothing is in the cache alone."""

LOGS: dict[str, Literal["slow", "engine"]] = {"slow-log": "slow", "engine-log": "engine"}


@dataclass(frozen=True)
class CacheArgs:
    """`auth_token` is a secret."""

    environment: Environment
    region: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    auth_token: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Cache(pulumi.ComponentResource):
    """Replication group, subnet and parameter group, log groups; TLS and the token are required of every client. With
    more than one node they stand in different zones, and a replica takes the primary's place by itself.

    Specification: 2.1, 4.2, 5.3, 6.1, 7.2
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Cache", name, None, opts)
        self._name, self._args = name, args
        cache, group_id = args.environment.cache, topology.cache_group(args.environment)
        windows = args.environment.regions[args.region].windows
        subnets, parameters = self._subnets(group_id), self._parameters(group_id)
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
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name,
            security_group_ids=[args.security_group_id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.kms_key_arn,
            transit_encryption_enabled=True,
            auth_token=args.auth_token,
            snapshot_retention_limit=cache.snapshot_retention_days,
            snapshot_window=windows.cache_snapshot,
            maintenance_window=windows.cache_maintenance,
            apply_immediately=False,
            auto_minor_version_upgrade=True,
            log_delivery_configurations=self._logs(),
            tags={"Name": group_id},
            opts=child(self, args.provider),
        )
        self.address = group.primary_endpoint_address
        self.register_outputs({"address": self.address})

    def _subnets(self, group_id: str) -> Any:
        return aws.elasticache.SubnetGroup(
            self._name,
            name=group_id,
            description=f"Private subnets of {group_id}",
            subnet_ids=self._args.subnet_ids,
            tags={"Name": group_id},
            opts=child(self, self._args.provider),
        )

    def _parameters(self, group_id: str) -> Any:
        return aws.elasticache.ParameterGroup(
            self._name,
            name=group_id,
            family=f"redis{self._args.environment.cache.engine_version.partition('.')[0]}",
            description=f"Settings of {group_id}",
            parameters=[{"name": key, "value": value} for key, value in PARAMETERS.items()],
            tags={"Name": group_id},
            opts=child(self, self._args.provider),
        )

    def _logs(self) -> list[dict[str, Any]]:
        """Declare the log groups; return how the group delivers to them."""
        return [
            {
                "log_type": log_type,
                "log_format": "json",
                "destination_type": "cloudwatch-logs",
                "destination": aws.cloudwatch.LogGroup(
                    f"{self._name}-{kind}",
                    name=topology.cache_log_group(self._args.environment, kind),
                    retention_in_days=self._args.environment.cache.log_retention_days,
                    opts=child(self, self._args.provider),
                ).name,
            }
            for log_type, kind in LOGS.items()
        ]
