"""Subnet groups and replication groups of ElastiCache."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, found, given, ignoring, register
from provisioner.handlers.common.generic import Generic

AVAILABLE_DEADLINE_S: Final = 3600.0
TAG_CALLS: Final = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")
DETAILS: Final = {
    "cloudwatch-logs": ("CloudWatchLogsDetails", "LogGroup"),
    "kinesis-firehose": ("KinesisFirehoseDetails", "DeliveryStream"),
}
"""Kind of a log's destination → where the API has its name."""


@register
class SubnetGroup(Generic):
    """The subnets that cache nodes may live in. Its id is its name."""

    type = "aws:elasticache/subnetGroup:SubnetGroup"
    taggable = True
    service = "elasticache"
    create_call = "create_cache_subnet_group"
    read_call = "describe_cache_subnet_groups"
    update_call = "modify_cache_subnet_group"
    delete_call = "delete_cache_subnet_group"
    id_inputs = ("name",)
    names: ClassVar = {"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"}
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    missing = ("CacheSubnetGroupNotFoundFault", "CacheSubnetGroupNotFound")
    exists = ("CacheSubnetGroupAlreadyExists",)
    adopts = False
    document = "CacheSubnetGroups[0]"
    outputs: ClassVar = {"arn": "ARN", "subnetIds": "Subnets[].SubnetIdentifier", "vpcId": "VpcId"}
    replace_on = frozenset({"name"})
    tag_calls = TAG_CALLS


@register
class ReplicationGroup(Generic):
    """A Redis replication group. Its id is its name. Changes are applied at once unless `applyImmediately` is false."""

    type = "aws:elasticache/replicationGroup:ReplicationGroup"
    taggable = True
    secret_outputs = ("authToken",)
    service = "elasticache"
    create_call = "create_replication_group"
    read_call = "describe_replication_groups"
    update_call = "modify_replication_group"
    delete_call = "delete_replication_group"
    id_inputs = ("replicationGroupId",)
    names: ClassVar = {
        "description": "ReplicationGroupDescription",
        "nodeType": "CacheNodeType",
        "parameterGroupName": "CacheParameterGroupName",
        "subnetGroupName": "CacheSubnetGroupName",
        "maintenanceWindow": "PreferredMaintenanceWindow",
        "preferredCacheClusterAzs": "PreferredCacheClusterAZs",
    }
    only_here = frozenset({"finalSnapshotIdentifier", "applyImmediately", "authTokenUpdateStrategy"})
    missing = ("ReplicationGroupNotFoundFault", "ReplicationGroupNotFound")
    exists = ("ReplicationGroupAlreadyExists", "ReplicationGroupAlreadyExistsFault")
    adopts = False
    document = "ReplicationGroups[0]"
    ready = "Status == 'available'"
    failed = "Status == 'create-failed'"
    deadline_s = AVAILABLE_DEADLINE_S
    waits_until_gone = True
    outputs: ClassVar = {
        "arn": "ARN",
        "primaryEndpointAddress": "NodeGroups[0].PrimaryEndpoint.Address",
        "readerEndpointAddress": "NodeGroups[0].ReaderEndpoint.Address",
        "port": "NodeGroups[0].PrimaryEndpoint.Port",
        "memberClusters": "MemberClusters",
        "numCacheClusters": "length(MemberClusters)",
        "description": "Description",
        "automaticFailoverEnabled": "AutomaticFailover == 'enabled' || AutomaticFailover == 'enabling'",
        "multiAzEnabled": "MultiAZ == 'enabled'",
    }
    nodes: ClassVar[Mapping[str, str]] = {
        "engineVersion": "EngineVersion",
        "maintenanceWindow": "PreferredMaintenanceWindow",
        "subnetGroupName": "CacheSubnetGroupName",
    }
    """What only the description of a node shows."""
    unread = frozenset({"authToken"})
    replace_on = frozenset(
        {
            "replicationGroupId",
            "atRestEncryptionEnabled",
            "dataTieringEnabled",
            "kmsKeyId",
            "networkType",
            "port",
            "snapshotArns",
            "snapshotName",
            "subnetGroupName",
        }
    )
    tag_calls = TAG_CALLS

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; where logs go is nested deeper than the provider has it."""
        logs = inputs.get("logDeliveryConfigurations")
        rest = {name: item for name, item in inputs.items() if name != "logDeliveryConfigurations"}
        return given(
            **super().parameters(aws, call, rest),
            LogDeliveryConfigurations=None if logs is None else [_delivery(log) for log in logs],
        )

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; the number of nodes has calls of its own."""
        settings = changed - {"numCacheClusters"} - self.only_here
        if settings:
            super().update(aws, resource_id, old, new, settings)
        if "numCacheClusters" in changed:
            self._resize(aws, resource_id, new["numCacheClusters"])
        return self.seen(aws, resource_id, new, tags=False) or {}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; what changed alone, and a log that is no longer wanted is turned off."""
        wanted = {name: new[name] for name in sorted(changed) if name in new}
        arguments = self.parameters(aws, "modify_replication_group", wanted)
        if "logDeliveryConfigurations" in changed:
            kept = {log["logType"] for log in new.get("logDeliveryConfigurations", [])}
            shown = self.described(aws, resource_id).get("LogDeliveryConfigurations", [])
            off = [{"LogType": log["LogType"], "Enabled": False} for log in shown if log["LogType"] not in kept]
            arguments["LogDeliveryConfigurations"] = [*arguments.get("LogDeliveryConfigurations", []), *off]
        if "authToken" in changed:
            arguments["AuthTokenUpdateStrategy"] = new.get("authTokenUpdateStrategy", "ROTATE")
        return {**arguments, "ApplyImmediately": new.get("applyImmediately") is not False}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; some things are described of a node alone."""
        observed = super().observe(aws, resource_id, document)
        logs = document.get("LogDeliveryConfigurations")
        if logs is not None:
            observed["logDeliveryConfigurations"] = [
                _delivered(log) for log in logs if log.get("Status") != "disabling"
            ]
        members = document.get("MemberClusters") or [resource_id]
        answer = found(
            lambda: self.call(aws, "describe_cache_clusters", CacheClusterId=members[0]),
            "CacheClusterNotFound",
            "CacheClusterNotFoundFault",
        )
        for node in answer["CacheClusters"][:1] if answer else []:
            observed |= {name: node[member] for name, member in self.nodes.items() if node.get(member)}
            observed["securityGroupIds"] = [group["SecurityGroupId"] for group in node.get("SecurityGroups", [])]
            group = node.get("CacheParameterGroup", {}).get("CacheParameterGroupName")
            observed |= given(parameterGroupName=group)
        return observed

    def seen(self, aws: Aws, resource_id: str, known: Properties, *, tags: bool = True) -> Properties | None:
        """See Generic; where a program gives a major version, any minor version of it is what it wants."""
        observed = super().seen(aws, resource_id, known, tags=tags)
        wanted = str(known.get("engineVersion", ""))
        if observed and wanted and str(observed.get("engineVersion", "")).startswith(f"{wanted}."):
            observed["engineVersion"] = wanted
        return observed

    def delete_arguments(self, aws: Aws, resource_id: str, outputs: Properties) -> dict[str, Any]:
        """See Generic."""
        return given(FinalSnapshotIdentifier=outputs.get("finalSnapshotIdentifier"))

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler; one that is being deleted already is waited for."""
        with ignoring("InvalidReplicationGroupState", "InvalidReplicationGroupStateFault"):
            super().delete(aws, resource_id, outputs)
            return
        aws.wait_for(
            f"replication group {resource_id} deleted",
            lambda: self.described(aws, resource_id) is None,
            deadline_s=self.deadline_s,
        )

    def _resize(self, aws: Aws, resource_id: str, nodes: int) -> None:
        present = len(self.described(aws, resource_id)["MemberClusters"])
        if nodes != present:
            call = "increase_replica_count" if nodes > present else "decrease_replica_count"
            aimed = {"ReplicationGroupId": resource_id, "NewReplicaCount": nodes - 1}
            self.call(aws, call, **aimed, ApplyImmediately=True)
            self.wait_ready(aws, resource_id)


def _delivery(log: Properties) -> dict[str, Any]:
    member, name = DETAILS[log["destinationType"]]
    return {
        "LogType": log["logType"],
        "LogFormat": log["logFormat"],
        "DestinationType": log["destinationType"],
        "DestinationDetails": {member: {name: log["destination"]}},
        "Enabled": True,
    }


def _delivered(log: dict[str, Any]) -> Properties:
    member, name = DETAILS[log["DestinationType"]]
    return {
        "logType": log["LogType"],
        "logFormat": log["LogFormat"],
        "destinationType": log["DestinationType"],
        "destination": log["DestinationDetails"][member][name],
    }
