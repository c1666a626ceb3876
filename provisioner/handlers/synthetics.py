"""Canaries of CloudWatch Synthetics."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, ignoring, register
from provisioner.handlers.common.generic import Generic

STOPPED_DEADLINE_S = 300.0


@register
class Canary(Generic):
    """A canary, which runs when it is to. Its id is its name."""

    type = "aws:synthetics/canary:Canary"
    taggable = True
    service = "synthetics"
    create_call = "create_canary"
    read_call = "get_canary"
    update_call = "update_canary"
    delete_call = "delete_canary"
    id_inputs = ("name",)
    names: ClassVar = {
        "handler": "Code.Handler",
        "s3Bucket": "Code.S3Bucket",
        "s3Key": "Code.S3Key",
        "s3Version": "Code.S3Version",
        "successRetentionPeriod": "SuccessRetentionPeriodInDays",
        "failureRetentionPeriod": "FailureRetentionPeriodInDays",
    }
    document = "Canary"
    missing = ("ResourceNotFoundException",)
    gone = "Status.State == 'DELETING'"
    failed = "Status.State == 'ERROR'"
    ready = "contains(['READY', 'RUNNING', 'STOPPED'], Status.State)"
    only_here = frozenset({"startCanary", "deleteLambda"})
    unread = frozenset({"s3Bucket", "s3Key", "s3Version", "runConfig"})
    """AWS tells neither where the script came from nor what variables a run gets."""
    outputs: ClassVar = {
        "sourceLocationArn": "Code.SourceLocationArn",
        "handler": "Code.Handler",
        "status": "Status.State",
    }
    replace_on = frozenset({"name"})
    exists = ("ConflictException",)
    adopts = False
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Start it, when it is to run."""
        self.wait_ready(aws, resource_id)
        if inputs.get("startCanary"):
            with ignoring("ConflictException"):
                self.call(aws, "start_canary", Name=resource_id)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; a running canary must be stopped to be changed."""
        self._stop(aws, resource_id)
        if changed - self.only_here:
            self.call(aws, "update_canary", Name=resource_id, **self.update_arguments(aws, resource_id, new, changed))
        self.complete(aws, resource_id, new)
        return self.read(aws, resource_id, new) or {}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic."""
        return {k: v for k, v in super().update_arguments(aws, resource_id, new, changed).items() if k != "Name"}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Stop it, delete it, and its function too where that is wanted."""
        with ignoring(*self.missing):
            self._stop(aws, resource_id)
            self.call(aws, "delete_canary", Name=resource_id, DeleteLambda=bool(outputs.get("deleteLambda")))

    def _stop(self, aws: Aws, resource_id: str) -> None:
        with ignoring("ConflictException", *self.missing):
            self.call(aws, "stop_canary", Name=resource_id)
        aws.wait_for(
            f"canary {resource_id} stopped",
            lambda: self._state(aws, resource_id) in (None, "READY", "STOPPED", "ERROR"),
            deadline_s=STOPPED_DEADLINE_S,
        )

    def _state(self, aws: Aws, resource_id: str) -> str | None:
        document = self.described(aws, resource_id, even_gone=True)
        return None if document is None else str(document["Status"]["State"])

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        seen = super().observe(aws, resource_id, document)
        if "schedule" in seen:
            seen["schedule"] = {k: v for k, v in seen["schedule"].items() if k in ("expression", "durationInSeconds")}
        seen["arn"] = f"arn:aws:synthetics:{aws.region}:{_account(aws)}:canary:{resource_id}"
        return seen


def _account(aws: Aws) -> str:
    return str(aws.client("sts").get_caller_identity()["Account"])
