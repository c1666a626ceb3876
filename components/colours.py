"""An app service's two colours behind the load balancer: target groups, ECS services, and the rules between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment, ServiceConfig
from estate.topology import COLOURS, ORIGIN_SECRET_HEADER, PREVIEW_HEADER, Colour

BORN_LIVE: Colour = "blue"
BORN_IDLE: Colour = "green"


@dataclass(frozen=True)
class ColoursArgs:
    """`index` is the service's place among the services: it decides the priorities of its rules.

    `answers_traffic`: this service answers Route 53's question, `GET /traffic`, which carries no secret.
    """

    environment: Environment
    service: str
    config: ServiceConfig
    index: int
    answers_traffic: bool
    vpc_id: pulumi.Input[str]
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    task_definition_arn: pulumi.Input[str]
    listener_arn: pulumi.Input[str]
    origin_secret: pulumi.Input[str]
    preview_header: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Colours(pulumi.ComponentResource):
    """Blue and green, both with no task. Weights, counts and revisions are operations' from then on; production begins
    at blue 100, green 0, and the preview header leads to green.

    Priorities: 1 is `GET /traffic`, from 2 the previews, from 10 production (DESIGN.md, decision 3).
    """

    target_group_arns: dict[Colour, pulumi.Output[str]]
    rule_arns: list[pulumi.Output[str]]
    preview_rule_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ColoursArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Colours", name, None, opts)
        self._name, self._args = name, args
        groups = {colour: self._target_group(colour) for colour in COLOURS}
        self.target_group_arns = {colour: group.arn for colour, group in groups.items()}
        secret = _header(ORIGIN_SECRET_HEADER, args.origin_secret)
        paths = {"path_pattern": {"values": args.config.paths}}
        production = self._rule("production", 10 + args.index, [secret, paths], self._weighted())
        preview = self._rule(
            "preview",
            2 + args.index,
            [secret, _header(PREVIEW_HEADER, args.preview_header), paths],
            {"type": "forward", "target_group_arn": self.target_group_arns[BORN_IDLE]},
        )
        rules = [production]
        if args.answers_traffic:
            question = [{"path_pattern": {"values": ["/traffic"]}}, {"http_request_method": {"values": ["GET"]}}]
            rules.append(self._rule("traffic", 1, question, self._weighted()))
        for colour in COLOURS:
            self._service(colour, depends_on=[*rules, preview])
        self.rule_arns = [rule.arn for rule in rules]
        self.preview_rule_arn = preview.arn
        self.register_outputs({})

    def _target_group(self, colour: Colour) -> Any:
        config = self._args.config
        name = topology.ecs_service(self._args.environment, self._args.service, colour)
        return aws.lb.TargetGroup(
            name,
            name=name,
            target_type="ip",
            protocol="HTTP",
            port=config.port,
            vpc_id=self._args.vpc_id,
            deregistration_delay=config.deregistration_delay_s,
            health_check={
                "path": config.health_path,
                "protocol": "HTTP",
                "matcher": "200",
                "interval": 5,
                "timeout": 4,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            opts=child(self, self._args.provider),
        )

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
            opts=child(self, self._args.provider, ignore_changes=["actions"]),
        )

    def _service(self, colour: Colour, depends_on: Sequence[pulumi.Resource]) -> None:
        config = self._args.config
        name = topology.ecs_service(self._args.environment, self._args.service, colour)
        aws.ecs.Service(
            name,
            name=name,
            cluster=self._args.cluster_arn,
            task_definition=self._args.task_definition_arn,
            desired_count=0,
            launch_type="FARGATE",
            network_configuration={
                "subnets": self._args.subnet_ids,
                "security_groups": [self._args.security_group_id],
                "assign_public_ip": False,
            },
            load_balancers=[
                {
                    "target_group_arn": self.target_group_arns[colour],
                    "container_name": self._args.service,
                    "container_port": config.port,
                }
            ],
            health_check_grace_period_seconds=30,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            propagate_tags="SERVICE",
            opts=child(
                self,
                self._args.provider,
                ignore_changes=["desired_count", "task_definition"],
                depends_on=depends_on,
            ),
        )


def _header(name: str, value: pulumi.Input[str]) -> dict[str, Any]:
    return {"http_header": {"http_header_name": name, "values": [value]}}
