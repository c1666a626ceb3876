"""A role with one inline policy: assumed by AWS's services, by a pipeline, or by people of the account."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child


@dataclass(frozen=True)
class RoleArgs:
    """`service` may assume the role, or whom `trust` (a policy) names; `policy` is what it may then do, as JSON text.

    `boundary_arn` is the policy that no role of ours reaches beyond, whatever its own says: the bootstrap makes it.
    """

    role_name: str
    description: str
    policy: pulumi.Input[str]
    provider: pulumi.ProviderResource
    service: str = ""
    boundary_arn: str | None = None
    trust: str | None = None
    session_s: int = 3600


class Role(pulumi.ComponentResource):
    """A role. `arn` is known once its policy is in place.

    Specification: 5.1
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: RoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Role", name, None, opts)
        role = aws.iam.Role(
            name,
            name=args.role_name,
            description=args.description,
            assume_role_policy=args.trust or trust_policy(args.service),
            permissions_boundary=args.boundary_arn,
            max_session_duration=args.session_s,
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


def allow(
    actions: Sequence[str], resources: Sequence[Any], condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return one statement that allows the actions on the resources."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": dict(condition)} if condition else statement
