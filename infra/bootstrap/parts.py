"""What the bootstrap's templates share: the key by its parameter, statements, tags."""

from collections.abc import Sequence
from typing import Any, Final

from troposphere import Join, Ref, Select, Split, Tags

from estate import topology
from estate.config import Environment

KEY_PARAMETER: Final = "KeyArn"


def key_arn() -> Any:
    """Return the key's ARN in the state's region."""
    return Ref(KEY_PARAMETER)


def replica_key_arn(environment: Environment) -> Any:
    """Return the ARN of the key's replica: a multi-Region key has one id everywhere."""
    other = environment.other_region(environment.state_region)
    prefix = f"arn:aws:kms:{other}:{environment.account_id}:key/"
    return Join("", [prefix, Select(1, Split("/", Ref(KEY_PARAMETER)))])


def statement(
    sid: str, actions: Sequence[str], resources: Any, condition: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return one statement of a policy; it allows, unless `Effect` says otherwise."""
    made = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources, **more}
    return {**made, "Condition": condition} if condition else made


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return the statements as a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def tags(environment: Environment) -> Any:
    """Return the tags that everything of ours has."""
    return Tags(
        Project="breiq",
        Environment=environment.environment,
        ManagedBy="cloudformation",
        Owner=environment.owner,
        CostCenter=environment.cost_center,
        Name=topology.prefix(environment),
    )
