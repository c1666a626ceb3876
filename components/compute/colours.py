"""An app service's two colours behind the load balancer: target groups, ECS services, and the rules between them."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.compute.ecs_service import BORN_IDLE, BORN_LIVE, Fleet, colour_services
from components.compute.scaling import Scaling, ScalingArgs
from components.options import child
from estate import topology
from estate.config import ServiceConfig
from estate.topology import COLOURS, ORIGIN_SECRET_HEADER, PREVIEW_HEADER, Colour

PREVIEW_PRIORITY, PRODUCTION_PRIORITY = 10, 100
"""To which a service's own priority (1 to 80) is added; before all of them, at 1, is `GET /traffic`."""

GRACE_S = 30
"""How long a fresh task may fail its health checks before ECS replaces it."""


@dataclass(frozen=True)
class ColoursArgs:
    """`fleet` says where both colours run, and `config` how many and behind which rules."""

    fleet: Fleet
    config: ServiceConfig
    vpc_id: pulumi.Input[str]
    listener_arn: pulumi.Input[str]
    load_balancer_arn: pulumi.Input[str]
    origin_secret: pulumi.Input[str]
    preview_header: pulumi.Input[str]


class Colours(pulumi.ComponentResource):
    """Blue and green, both with no task. Weights, counts, bounds and revisions are operations' from then on; production
    begins at blue 100, green 0, and the preview header leads to green.

    Stickiness is off, so that a weight is a share of requests; slow start is off: it would starve the new colour of the
    traffic by which it is judged. Rules compare host and path, as the nginx of the specification did (ADR 0006).

    Specification: 2.2, 3.1, 3.2, 7.3, 9.1
    """

    target_group_arns: dict[Colour, pulumi.Output[str]]
    rule_arns: list[pulumi.Output[str]]
    preview_rule_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ColoursArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Colours", name, None, opts)
        self._name, self._args = name, args
        groups = {colour: self._target_group(colour) for colour in COLOURS}
        self.target_group_arns = {colour: group.arn for colour, group in groups.items()}
        rules, preview = self._rules()
        services = colour_services(
            self,
            args.fleet,
            target_groups=self.target_group_arns,
            port=args.config.port,
            grace_s=GRACE_S,
            depends_on=[*rules, preview],
        )
        for colour in COLOURS:
            Scaling(
                f"{args.fleet.service}-{colour}",
                ScalingArgs(
                    args.fleet,
                    colour,
                    services[colour],
                    target_group_arn=self.target_group_arns[colour],
                    load_balancer_arn=args.load_balancer_arn,
                    requests_per_target=args.config.requests_per_target,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.rule_arns = [rule.arn for rule in rules]
        self.preview_rule_arn = preview.arn
        self.register_outputs({})

    def _target_group(self, colour: Colour) -> Any:
        config = self._args.config
        name = topology.target_group(self._args.fleet.environment, self._args.fleet.service, colour)
        return aws.lb.TargetGroup(
            name,
            name=name,
            target_type="ip",
            protocol="HTTP",
            port=config.port,
            vpc_id=self._args.vpc_id,
            deregistration_delay=config.deregistration_delay_s,
            slow_start=0,
            stickiness={"enabled": False, "type": "lb_cookie"},
            health_check={
                "path": config.health_path,
                "protocol": "HTTP",
                "matcher": "200",
                "interval": 5,
                "timeout": 4,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            opts=child(self, self._args.fleet.provider),
        )

    def _rules(self) -> tuple[list[Any], Any]:
        """Declare the rules; return those whose weights decide who serves, and the preview's."""
        args = self._args
        ours = [
            {"host_header": {"values": [topology.served_hosts(args.fleet.environment)]}},
            {"path_pattern": {"values": args.config.paths}},
        ]
        secret = _header(ORIGIN_SECRET_HEADER, args.origin_secret)
        production = self._rule(
            "production", PRODUCTION_PRIORITY + args.config.priority, [secret, *ours], self._weighted()
        )
        preview = self._rule(
            "preview",
            PREVIEW_PRIORITY + args.config.priority,
            [secret, _header(PREVIEW_HEADER, args.preview_header), *ours],
            {"type": "forward", "target_group_arn": self.target_group_arns[BORN_IDLE]},
        )
        rules = [production]
        if args.config.answers_traffic:
            question = [{"path_pattern": {"values": ["/traffic"]}}, {"http_request_method": {"values": ["GET"]}}]
            rules.append(self._rule("traffic", 1, question, self._weighted()))
        return rules, preview

    def _weighted(self) -> dict[str, Any]:
        return {
            "type": "forward",
            "forward": {
                "target_groups": [
                    {"arn": self.target_group_arns[colour], "weight": 100 if colour == BORN_LIVE else 0}
                    for colour in COLOURS
                ],
                "stickiness": {"enabled": False, "duration": 1},
            },
        }

    def _rule(self, label: str, priority: int, conditions: list[dict[str, Any]], action: dict[str, Any]) -> Any:
        return aws.lb.ListenerRule(
            f"{self._name}-{label}",
            listener_arn=self._args.listener_arn,
            priority=priority,
            conditions=conditions,
            actions=[action],
            tags={"Name": f"{self._name}-{label}"},
            opts=child(self, self._args.fleet.provider, ignore_changes=["actions"]),
        )


def _header(name: str, value: pulumi.Input[str]) -> dict[str, Any]:
    return {"http_header": {"http_header_name": name, "values": [value]}}
