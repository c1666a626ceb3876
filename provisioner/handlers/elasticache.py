"""Subnet groups and replication groups of ElastiCache."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list
from provisioner.handlers.generic import Generic

AVAILABLE_DEADLINE_S: Final = 3600.0
MISSING_GROUP: Final = ("ReplicationGroupNotFoundFault", "ReplicationGroupNotFound")


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
    tag_calls = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")


@register
class ReplicationGroup(Handler):
    """A Redis replication group. Its id is its name."""

    type = "aws:elasticache/replicationGroup:ReplicationGroup"
    taggable = True
    secret_outputs = ("authToken",)
    name_input = "replicationGroupId"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """Return once the group is available. One that an interrupted creation left is waited for, not made again."""
        cache = aws.client("elasticache")
        resource_id = inputs["replicationGroupId"]
        with ignoring("ReplicationGroupAlreadyExists"):
            cache.create_replication_group(
                **given(
                    ReplicationGroupId=resource_id,
                    ReplicationGroupDescription=inputs["description"],
                    Engine=inputs.get("engine"),
                    EngineVersion=inputs.get("engineVersion"),
                    CacheNodeType=inputs.get("nodeType"),
                    NumCacheClusters=inputs.get("numCacheClusters"),
                    AutomaticFailoverEnabled=inputs.get("automaticFailoverEnabled"),
                    MultiAZEnabled=inputs.get("multiAzEnabled"),
                    CacheParameterGroupName=inputs.get("parameterGroupName"),
                    CacheSubnetGroupName=inputs.get("subnetGroupName"),
                    SecurityGroupIds=inputs.get("securityGroupIds"),
                    Port=inputs.get("port"),
                    AtRestEncryptionEnabled=inputs.get("atRestEncryptionEnabled"),
                    TransitEncryptionEnabled=inputs.get("transitEncryptionEnabled"),
                    AuthToken=inputs.get("authToken"),
                    KmsKeyId=inputs.get("kmsKeyId"),
                    SnapshotRetentionLimit=inputs.get("snapshotRetentionLimit"),
                    Tags=tag_list(inputs) or None,
                )
            )
        aws.wait_for(
            f"replication group {resource_id} available",
            lambda: self._describe(cache, resource_id)["Status"] == "available",
            deadline_s=AVAILABLE_DEADLINE_S,
        )
        return Created(resource_id, self._outputs(self._describe(cache, resource_id)))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        group = found(lambda: self._describe(aws.client("elasticache"), resource_id), *MISSING_GROUP)
        return self._outputs(group) if group else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        cache = aws.client("elasticache")
        with ignoring(*MISSING_GROUP):
            cache.delete_replication_group(
                **given(ReplicationGroupId=resource_id, FinalSnapshotIdentifier=outputs.get("finalSnapshotIdentifier"))
            )
        aws.wait_for(
            f"replication group {resource_id} deleted",
            lambda: found(lambda: self._describe(cache, resource_id), *MISSING_GROUP) is None,
            deadline_s=AVAILABLE_DEADLINE_S,
        )

    @staticmethod
    def _describe(cache: Any, resource_id: str) -> dict[str, Any]:
        group: dict[str, Any] = cache.describe_replication_groups(ReplicationGroupId=resource_id)["ReplicationGroups"][
            0
        ]
        return group

    @staticmethod
    def _outputs(group: dict[str, Any]) -> Properties:
        nodes = (group.get("NodeGroups") or [{}])[0]
        primary, reader = nodes.get("PrimaryEndpoint") or {}, nodes.get("ReaderEndpoint") or {}
        return {
            "arn": group.get("ARN"),
            "primaryEndpointAddress": primary.get("Address"),
            "readerEndpointAddress": reader.get("Address"),
            "memberClusters": group.get("MemberClusters", []),
        }
