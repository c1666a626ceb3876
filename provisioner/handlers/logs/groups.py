"""Log groups of CloudWatch Logs."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class LogGroup(Generic):
    """A log group with its retention. Its id is its name."""

    type = "aws:cloudwatch/logGroup:LogGroup"
    taggable = True
    service = "logs"
    create_call = "create_log_group"
    read_call = "describe_log_groups"
    delete_call = "delete_log_group"
    id_inputs = ("name",)
    read_parameter = "logGroupNamePrefix"
    names: ClassVar = {"name": "logGroupName"}
    only_here = frozenset({"retentionInDays", "skipDestroy"})
    missing = ("ResourceNotFoundException",)
    exists = ("ResourceAlreadyExistsException",)
    adopts = False
    outputs: ClassVar = {"retentionInDays": "retentionInDays"}
    replace_on = frozenset({"name", "logGroupClass"})
    cleared = frozenset({"retentionInDays", "kmsKeyId"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def document_in(self, answer: Any, resource_id: str) -> Any:
        """See Generic; others may begin with the same letters."""
        return next((group for group in answer["logGroups"] if group["logGroupName"] == resource_id), None)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the ARN that AWS describes has its streams at its end."""
        return {**super().observe(aws, resource_id, document), "arn": document["arn"].removesuffix(":*")}

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set how long it keeps what it is given: forever, unless days are said."""
        days = inputs.get("retentionInDays")
        if days:
            self.call(aws, "put_retention_policy", logGroupName=resource_id, retentionInDays=days)
        else:
            self.call(aws, "delete_retention_policy", logGroupName=resource_id)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self.complete(aws, resource_id, new)
        if "kmsKeyId" in changed and new.get("kmsKeyId"):
            self.call(aws, "associate_kms_key", logGroupName=resource_id, kmsKeyId=new["kmsKeyId"])
        elif "kmsKeyId" in changed:
            self.call(aws, "disassociate_kms_key", logGroupName=resource_id)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if not outputs.get("skipDestroy"):
            super().delete(aws, resource_id, outputs)
