"""Subnet groups and parameter groups of RDS. Instances are in `rds_instance`."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic

PARAMETERS_A_CALL: Final = 20
TAG_CALLS: Final = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")


@register
class SubnetGroup(Generic):
    """The subnets that instances may live in. Its id is its name."""

    type = "aws:rds/subnetGroup:SubnetGroup"
    taggable = True
    service = "rds"
    create_call = "create_db_subnet_group"
    read_call = "describe_db_subnet_groups"
    update_call = "modify_db_subnet_group"
    delete_call = "delete_db_subnet_group"
    id_inputs = ("name",)
    names: ClassVar = {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"}
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    missing = ("DBSubnetGroupNotFoundFault",)
    exists = ("DBSubnetGroupAlreadyExists",)
    adopts = False
    document = "DBSubnetGroups[0]"
    outputs: ClassVar = {"arn": "DBSubnetGroupArn", "subnetIds": "Subnets[].SubnetIdentifier", "vpcId": "VpcId"}
    replace_on = frozenset({"name"})
    tag_calls = TAG_CALLS


@register
class ParameterGroup(Generic):
    """Settings of the database engine. Its id is its name. A setting that is no longer given gets its default again."""

    type = "aws:rds/parameterGroup:ParameterGroup"
    taggable = True
    service = "rds"
    create_call = "create_db_parameter_group"
    read_call = "describe_db_parameter_groups"
    delete_call = "delete_db_parameter_group"
    id_inputs = ("name",)
    names: ClassVar = {"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"}
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    only_here = frozenset({"parameters", "skipDestroy"})
    missing = ("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault")
    exists = ("DBParameterGroupAlreadyExists", "DBParameterGroupAlreadyExistsFault")
    adopts = False
    busy = ("InvalidDBParameterGroupState", "InvalidDBParameterGroupStateFault")
    deadline_s = 180.0
    document = "DBParameterGroups[0]"
    outputs: ClassVar = {"arn": "DBParameterGroupArn"}
    replace_on = frozenset({"name", "family", "description"})
    tag_calls = TAG_CALLS

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the parameters."""
        self._send(aws, "modify_db_parameter_group", resource_id, inputs.get("parameters", []))

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        kept = {parameter["name"] for parameter in new.get("parameters", [])}
        removed = [parameter for parameter in old.get("parameters", []) if parameter["name"] not in kept]
        self._send(aws, "reset_db_parameter_group", resource_id, removed)
        self.complete(aws, resource_id, new)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the parameters that somebody set have a call of their own."""
        pages = self.client(aws).get_paginator("describe_db_parameters")
        parameters = [
            {"name": one["ParameterName"], "value": one.get("ParameterValue"), "applyMethod": one.get("ApplyMethod")}
            for page in pages.paginate(DBParameterGroupName=resource_id, Source="user")
            for one in page["Parameters"]
        ]
        return {**super().observe(aws, resource_id, document), "parameters": parameters}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if not outputs.get("skipDestroy"):
            super().delete(aws, resource_id, outputs)

    def _send(self, aws: Aws, call: str, resource_id: str, parameters: list[Properties]) -> None:
        named = [
            {
                "ParameterName": parameter["name"],
                "ParameterValue": str(parameter["value"]),
                "ApplyMethod": parameter.get("applyMethod", "immediate"),
            }
            for parameter in parameters
        ]
        for start in range(0, len(named), PARAMETERS_A_CALL):
            chunk = named[start : start + PARAMETERS_A_CALL]
            self.call(aws, call, DBParameterGroupName=resource_id, Parameters=chunk)
