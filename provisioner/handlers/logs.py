"""Log groups of CloudWatch Logs."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, given, ignoring, register


@register
class LogGroup(Handler):
    """A log group with its retention. Its id is its name."""

    type = "aws:cloudwatch/logGroup:LogGroup"
    taggable = True
    name_input = "name"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        logs = aws.client("logs")
        name = inputs["name"]
        with ignoring("ResourceAlreadyExistsException"):
            logs.create_log_group(
                **given(logGroupName=name, kmsKeyId=inputs.get("kmsKeyId"), tags=inputs.get("tagsAll") or None)
            )
        if inputs.get("retentionInDays"):
            logs.put_retention_policy(logGroupName=name, retentionInDays=inputs["retentionInDays"])
        return Created(name, self.read(aws, name, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=resource_id)["logGroups"]
        for group in groups:
            if group["logGroupName"] == resource_id:
                return {"arn": group["arn"].removesuffix(":*")}
        return None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("ResourceNotFoundException"):
            aws.client("logs").delete_log_group(logGroupName=resource_id)
