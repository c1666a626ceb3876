"""Private ways from a region's network to AWS's own services: what tasks ask most never crosses a NAT gateway."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.network.vpc import Network
from components.options import child

INTERFACES = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "kms": "kms",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "secretsmanager": "secretsmanager",
    "sqs": "sqs",
    "ssm": "ssm",
    "sts": "sts",
}
"""Endpoint service to the prefix of its actions: what a task needs to start (image, secrets, logs) and to work."""

GATEWAYS = {"dynamodb": "dynamodb", "s3": "s3"}
"""Free of charge, and by route: images' layers, videos, the operations table."""


@dataclass(frozen=True)
class EndpointsArgs:
    """`account_id` is the only account whose principals may pass."""

    prefix: str
    region: str
    account_id: str
    network: Network
    security_group_id: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Endpoints(pulumi.ComponentResource):
    """Interface endpoints in the private subnets, with private DNS, and gateway endpoints in the tables of whatever
    leads out. Their policies let pass what our account's principals ask, and image layers from ECR's own bucket.

    Specification: 2.2
    """

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Endpoints", name, None, opts)
        self._args = args
        for service, actions in INTERFACES.items():
            self._endpoint(
                service,
                [_ours(actions, args.account_id)],
                vpc_endpoint_type="Interface",
                subnet_ids=args.network.private_subnet_ids,
                security_group_ids=[args.security_group_id],
                private_dns_enabled=True,
            )
        for service, actions in GATEWAYS.items():
            statements = [_ours(actions, args.account_id)]
            if service == "s3":
                statements.append(_image_layers(args.region))
            self._endpoint(
                service, statements, vpc_endpoint_type="Gateway", route_table_ids=args.network.outward_table_ids
            )
        self.register_outputs({})

    def _endpoint(self, service: str, statements: list[dict[str, Any]], **where: Any) -> None:
        label = f"{self._args.prefix}-{service}"
        aws.ec2.VpcEndpoint(
            label,
            vpc_id=self._args.network.vpc_id,
            service_name=f"com.amazonaws.{self._args.region}.{service}",
            policy=json.dumps({"Version": "2012-10-17", "Statement": statements}),
            tags={"Name": label},
            **where,
            opts=child(self, self._args.provider),
        )


def _ours(actions: str, account_id: str) -> dict[str, Any]:
    return {
        "Sid": "OurAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": f"{actions}:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account_id}},
    }


def _image_layers(region: str) -> dict[str, Any]:
    """Return the statement for ECR's bucket of layers. Source: ECR user guide, interface VPC endpoints."""
    return {
        "Sid": "ImageLayers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*",
    }
