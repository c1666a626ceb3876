"""Parameters of Systems Manager."""

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class Parameter(Generic):
    """A parameter. Its id is its name."""

    type = "aws:ssm/parameter:Parameter"
    taggable = True
    service = "ssm"
    create_call = "put_parameter"
    read_call = "get_parameter"
    update_call = "put_parameter"
    delete_call = "delete_parameter"
    id_inputs = ("name",)
    missing = ("ParameterNotFound",)
    document = "Parameter"
    outputs: ClassVar = {"arn": "ARN", "version": "Version"}
    constants: ClassVar = {"WithDecryption": True, "ResourceType": "Parameter"}
    replace_on = frozenset({"name"})
    tag_calls = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")
    tagged_by = "id"

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; an overwrite cannot carry tags, nor change the type of what is there without saying so."""
        return {**super().update_arguments(aws, resource_id, new, changed), "Overwrite": True}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; description and tier are in the metadata alone."""
        observed = super().observe(aws, resource_id, document)
        by_name = [{"Key": "Name", "Option": "Equals", "Values": [resource_id]}]
        for metadata in self.call(aws, "describe_parameters", ParameterFilters=by_name)["Parameters"]:
            observed |= {n: metadata[m] for n, m in (("description", "Description"), ("tier", "Tier")) if m in metadata}
        return observed
