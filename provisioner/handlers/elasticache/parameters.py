"""Parameter groups of ElastiCache."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class ParameterGroup(Generic):
    """Settings of the cache's engine. Its id is its name; a parameter that is given no more is AWS's again."""

    type = "aws:elasticache/parameterGroup:ParameterGroup"
    taggable = True
    service = "elasticache"
    create_call = "create_cache_parameter_group"
    read_call = "describe_cache_parameter_groups"
    delete_call = "delete_cache_parameter_group"
    id_inputs = ("name",)
    names: ClassVar = {"name": "CacheParameterGroupName", "family": "CacheParameterGroupFamily"}
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    only_here = frozenset({"parameters"})
    missing = ("CacheParameterGroupNotFound", "CacheParameterGroupNotFoundFault")
    exists = ("CacheParameterGroupAlreadyExists",)
    adopts = False
    busy = ("InvalidCacheParameterGroupState",)
    document = "CacheParameterGroups[0]"
    outputs: ClassVar = {"arn": "ARN"}
    replace_on = frozenset({"name", "family", "description"})
    tag_calls = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the parameters."""
        super().complete(aws, resource_id, inputs)
        self._set(aws, resource_id, inputs.get("parameters") or [])

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the parameters that were set have a call of their own."""
        answer = self.call(aws, "describe_cache_parameters", CacheParameterGroupName=resource_id, Source="user")
        shown = [{"name": p["ParameterName"], "value": p["ParameterValue"]} for p in answer["Parameters"]]
        return {**super().observe(aws, resource_id, document), "parameters": shown}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        wanted = new.get("parameters") or []
        kept = {parameter["name"] for parameter in wanted}
        ended = [parameter for parameter in old.get("parameters") or [] if parameter["name"] not in kept]
        if ended:
            self.call(
                aws,
                "reset_cache_parameter_group",
                CacheParameterGroupName=resource_id,
                ParameterNameValues=_named(ended),
            )
        self._set(aws, resource_id, wanted)
        return self.read(aws, resource_id, new) or {}

    def _set(self, aws: Aws, resource_id: str, parameters: list[Properties]) -> None:
        if parameters:
            self.call(
                aws,
                "modify_cache_parameter_group",
                CacheParameterGroupName=resource_id,
                ParameterNameValues=_named(parameters),
            )


def _named(parameters: list[Properties]) -> list[dict[str, str]]:
    return [{"ParameterName": p["name"], "ParameterValue": str(p["value"])} for p in parameters]
