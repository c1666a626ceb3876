"""Which rights calls need, and which the roles of a running estate have."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import boto3

from estate.config import Environment
from estate.permits import allows, listed, statements
from localcloud.core.wire import http_json
from tests.contract.iam_actions import action
from tests.contract.pipeline_roles import bootstrap_resources, pipeline_roles

ANY: Final = "arn:aws:any:us-east-1:123456789012:thing"
"""What AWS has no resource for: only a right on `*` allows it."""


@dataclass(frozen=True)
class Asked:
    """A right that somebody needed: the action, and the ARN of what it was done to."""

    who: str
    action: str
    resource: str


def asked(endpoints: dict[str, Any], account: str) -> set[Asked]:
    """Return which rights the calls to the running local cloud took so far."""
    run = Path(endpoints["ca_file"]).parent.parent / "run"
    calls = asyncio.run(http_json(run / "api.sock", "GET", "/_local/calls"))["calls"]
    return {
        Asked(who, action(service, operation), resource)
        for who, region, service, operation, names in calls
        for resource in resources(service, operation, names, f"{region}:{account}")
    }


def resources(service: str, operation: str, names: Mapping[str, list[str]], where: str) -> list[str]:
    """Return the ARNs of what a call is done to, by the parameters that name it. `where` is region and account."""
    match service, names:
        case "application-autoscaling", {"ResourceId": [_]} if not operation.startswith("Describe"):
            return [f"arn:aws:application-autoscaling:{where}:scalable-target/0123abcd"]
        case "dynamodb", {"TableName": [table]}:
            return [f"arn:aws:dynamodb:{where}:table/{table}"]
        case "ecr", {"repositoryName": [repository]}:
            return [f"arn:aws:ecr:{where}:repository/{repository}"]
        case "ecs", _:
            return _of_ecs(operation, names, where)
        case "elbv2", {"RuleArn": [rule]}:
            return [rule]
        case "logs", {"logGroupName": [group]} if operation == "FilterLogEvents":
            return [f"arn:aws:logs:{where}:log-group:{group}:*"]
        case "rds", {"DBInstanceIdentifier": [instance]}:
            return [f"arn:aws:rds:{where}:db:{instance}"]
        case "s3", {"Bucket": [bucket]} if bucket:
            whole = f"arn:aws:s3:::{bucket}"
            return [whole if "Bucket" in operation or "List" in operation else f"{whole}/key"]
        case "secretsmanager", {"SecretId": [name]} | {"Name": [name]}:
            return [name if name.startswith("arn:") else f"arn:aws:secretsmanager:{where}:secret:{name}-AbCdEf"]
        case "ssm", {"Path": [name]} | {"Name": [name]}:
            return [f"arn:aws:ssm:{where}:parameter{name}"]
    return [ANY]


def _of_ecs(operation: str, names: Mapping[str, list[str]], where: str) -> list[str]:
    prefix = f"arn:aws:ecs:{where}"
    found = {name: [value.rpartition("/")[2] for value in values] for name, values in names.items()}
    match operation, found:
        case "RegisterTaskDefinition", {"family": [family]}:
            return [f"{prefix}:task-definition/{family}:1"]
        case "RunTask", {"taskDefinition": [definition]}:
            return [f"{prefix}:task-definition/{definition}"]
        case "DescribeServices" | "UpdateService", {"cluster": [cluster]}:
            services = [*found.get("service", ()), *found.get("services", ())]
            return [f"{prefix}:service/{cluster}/{service}" for service in services]
        case "DescribeTasks" | "StopTask", {"cluster": [cluster]}:
            return [f"{prefix}:task/{cluster}/0123abcd"]
    return [ANY]


def client(endpoints: dict[str, Any]) -> Callable[[str, str], Any]:
    """Return how one gets boto3's client of a service in a region of the running local cloud."""
    return partial(
        boto3.client,
        endpoint_url=endpoints["aws"],
        aws_access_key_id=endpoints["access_key_id"],
        aws_secret_access_key=endpoints["secret_access_key"],
    )


def policies_of(environment: Environment, role: str, endpoints: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a role's inline policies as the running estate has them; of the pipeline's roles, as the bootstrap does."""
    if "pipeline" in role:
        return pipeline_roles(environment)[role.rpartition("-")[2]]
    iam = client(endpoints)("iam", "us-east-1")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]


def boundary(environment: Environment) -> dict[str, Any]:
    """Return the policy beyond which no role of the estate reaches."""
    (found,) = (one for one in bootstrap_resources(environment).values() if one["Type"] == "AWS::IAM::ManagedPolicy")
    document: dict[str, Any] = found["Properties"]["PolicyDocument"]
    return document


BOOTSTRAP: Final = ("s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutReplicationConfiguration", "secretsmanager:")


def is_bootstrap(one: Asked) -> bool:
    """Whether it is what `local up` does in the bootstrap's place, which on AWS an administrator does."""
    return one.who == "breiqctl local" and one.action.startswith(BOOTSTRAP)


def refused(rights: Iterable[Asked], policies: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what was asked and the policies do not allow."""
    return sorted({(one.action, one.resource) for one in rights if not allows(policies, one.action, one.resource)})


def granted(policies: list[dict[str, Any]]) -> set[str]:
    """Return the actions that the policies allow, by name."""
    allowed = [s for policy in policies for s in statements(policy) if s["Effect"] == "Allow"]
    return {name for statement in allowed for name in listed(statement.get("Action"))}
