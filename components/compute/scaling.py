"""Autoscaling of one colour: by CPU, and by requests where a load balancer counts them."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.compute.ecs_service import Fleet
from components.options import child
from estate import topology
from estate.topology import Colour

BORN_BOUNDS = 0
"""An idle colour runs nothing, and autoscaling must not start it: least and most are 0 until operations raise them."""

OWNED_BY_OPERATIONS = ("min_capacity", "max_capacity", "suspended_state")


@dataclass(frozen=True)
class ScalingArgs:
    """`ecs_service` must exist before its target; without a target group there is no policy by requests."""

    fleet: Fleet
    colour: Colour
    ecs_service: pulumi.Resource
    target_group_arn: pulumi.Input[str] | None = None
    load_balancer_arn: pulumi.Input[str] | None = None
    requests_per_target: int | None = None


class Scaling(pulumi.ComponentResource):
    """One scalable target whose bounds are operations' (5 to 50 in production while it serves), and its policies.

    Both policies hold a target; the larger count wins. Both rest as long after scaling out as after scaling in.

    Specification: 9.1
    """

    def __init__(self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Scaling", name, None, opts)
        self._name, self._args = name, args
        environment = args.fleet.environment
        self._target = aws.appautoscaling.Target(
            f"scaling-{name}",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=topology.scalable_resource(environment, args.fleet.service, args.colour),
            min_capacity=BORN_BOUNDS,
            max_capacity=BORN_BOUNDS,
            opts=child(self, args.fleet.provider, ignore_changes=OWNED_BY_OPERATIONS, depends_on=[args.ecs_service]),
        )
        self._policy(
            "cpu",
            environment.scaling.cpu_target_pct,
            {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
        )
        if args.target_group_arn is not None and args.load_balancer_arn is not None:
            label = pulumi.Output.all(args.load_balancer_arn, args.target_group_arn).apply(
                lambda arns: resource_label(*arns)
            )
            assert args.requests_per_target is not None
            self._policy(
                "requests",
                float(args.requests_per_target),
                {"predefined_metric_type": "ALBRequestCountPerTarget", "resource_label": label},
            )
        self.register_outputs({})

    def _policy(self, kind: str, value: float, metric: dict[str, Any]) -> None:
        cooldown_s = self._args.fleet.environment.scaling.cooldown_s
        aws.appautoscaling.Policy(
            f"scaling-{self._name}-{kind}",
            name=f"{self._name}-{kind}",
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": value,
                "predefined_metric_specification": metric,
                "scale_out_cooldown": cooldown_s,
                "scale_in_cooldown": cooldown_s,
            },
            opts=child(self, self._args.fleet.provider),
        )


def resource_label(load_balancer_arn: str, target_group_arn: str) -> str:
    """Return the two ARNs' ends as a policy by requests names them: `app/NAME/ID/targetgroup/NAME/ID`."""
    return f"{load_balancer_arn.partition(':loadbalancer/')[2]}/{target_group_arn.rpartition(':')[2]}"
