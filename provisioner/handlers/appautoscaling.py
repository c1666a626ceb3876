"""Application Auto Scaling: scalable targets and their policies."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic

OWNER: Final = ("serviceNamespace", "resourceId", "scalableDimension")


@register
class Target(Generic):
    """What may be scaled, and between which counts. Registering it again changes the counts."""

    type = "aws:appautoscaling/target:Target"
    taggable = True
    service = "application-autoscaling"
    create_call = "register_scalable_target"
    read_call = "describe_scalable_targets"
    update_call = "register_scalable_target"
    delete_call = "deregister_scalable_target"
    id_inputs = OWNER
    names: ClassVar[Mapping[str, str]] = {"roleArn": "RoleARN"}
    missing = ("ObjectNotFoundException",)
    document = "ScalableTargets[0]"
    outputs: ClassVar[Mapping[str, str]] = {"arn": "ScalableTargetARN"}
    replace_on = frozenset(OWNER)
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def id_properties(self, resource_id: str) -> Properties:
        """See Generic: `ecs/service/CLUSTER/NAME/ecs:service:DesiredCount`."""
        namespace, _, rest = resource_id.partition("/")
        resource, _, dimension = rest.rpartition("/")
        return dict(zip(OWNER, (namespace, resource, dimension), strict=True))

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        namespace, resource, dimension = self.id_properties(resource_id).values()
        one = {"ResourceIds": [resource]} if call == self.read_call else {"ResourceId": resource}
        return {"ServiceNamespace": namespace, "ScalableDimension": dimension, **one}


@register
class Policy(Generic):
    """By which metric a target is scaled. Putting it again changes it."""

    type = "aws:appautoscaling/policy:Policy"
    service = "application-autoscaling"
    create_call = "put_scaling_policy"
    read_call = "describe_scaling_policies"
    update_call = "put_scaling_policy"
    delete_call = "delete_scaling_policy"
    id_inputs = (*OWNER, "name")
    names: ClassVar[Mapping[str, str]] = {"name": "PolicyName"}
    missing = ("ObjectNotFoundException",)
    document = "ScalingPolicies[0]"
    outputs: ClassVar[Mapping[str, str]] = {"arn": "PolicyARN", "alarmArns": "Alarms[].AlarmARN"}
    replace_on = frozenset(id_inputs)

    def id_properties(self, resource_id: str) -> Properties:
        """See Generic: the target's id, and the policy's name."""
        target, _, name = resource_id.rpartition("/")
        namespace, _, rest = target.partition("/")
        resource, _, dimension = rest.rpartition("/")
        return dict(zip(self.id_inputs, (namespace, resource, dimension, name), strict=True))

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        namespace, resource, dimension, name = self.id_properties(resource_id).values()
        one = {"PolicyNames": [name]} if call == self.read_call else {"PolicyName": name}
        return {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension, **one}
