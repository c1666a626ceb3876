"""A role that one AWS service assumes, with one inline policy."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child


@dataclass(frozen=True)
class RoleArgs:
    """`service` may assume the role; `policy` is what it may then do, as JSON text."""

    role_name: str
    service: str
    description: str
    policy: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Role(pulumi.ComponentResource):
    """A role. `arn` is known once its policy is in place."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: RoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Role", name, None, opts)
        role = aws.iam.Role(
            name,
            name=args.role_name,
            description=args.description,
            assume_role_policy=trust_policy(args.service),
            opts=child(self, args.provider),
        )
        policy = aws.iam.RolePolicy(
            name, name=args.role_name, role=role.name, policy=args.policy, opts=child(self, args.provider)
        )
        self.arn = pulumi.Output.all(role.arn, policy.id).apply(lambda both: str(both[0]))
        self.register_outputs({"arn": self.arn})


def trust_policy(service: str) -> str:
    """Return the policy by which the service, and nobody else, may assume the role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    """Return one statement that allows the actions on the resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
