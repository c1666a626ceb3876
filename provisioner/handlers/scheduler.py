"""Schedules of EventBridge Scheduler."""

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class Schedule(Generic):
    """A schedule in its group. Its id is `<group>/<name>`. It has no tags of its own; an update says all of it anew."""

    type = "aws:scheduler/schedule:Schedule"
    service = "scheduler"
    create_call = "create_schedule"
    read_call = "get_schedule"
    update_call = "update_schedule"
    delete_call = "delete_schedule"
    id_inputs = ("groupName", "name")
    missing = ("ResourceNotFoundException",)
    exists = ("ConflictException",)
    adopts = False
    defaults: ClassVar = {"groupName": "default"}
    outputs: ClassVar = {"arn": "Arn"}
    replace_on = frozenset({"groupName", "name"})

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; the network of an ECS task has one level more, and words for true and false."""
        target = inputs.get("target")
        ecs = (target or {}).get("ecsParameters") or {}
        if target and "networkConfiguration" in ecs:
            network = ecs["networkConfiguration"]
            public = "ENABLED" if network.get("assignPublicIp") else "DISABLED"
            vpc = {**network, "assignPublicIp": public}
            told = {**ecs, "networkConfiguration": {"awsvpcConfiguration": vpc}}
            inputs = {**inputs, "target": {**target, "ecsParameters": told}}
        return super().parameters(aws, call, inputs)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        observed = super().observe(aws, resource_id, document)
        ecs = (observed.get("target") or {}).get("ecsParameters") or {}
        network = (ecs.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        if network is not None:
            ecs["networkConfiguration"] = {**network, "assignPublicIp": network.get("assignPublicIp") == "ENABLED"}
        return observed
