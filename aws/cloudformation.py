"""CloudFormation: a stack made or changed by a change set, and watched until it has ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from aws.calls import typed_errors
from aws.errors import AwsError

if TYPE_CHECKING:
    from aws.session import Session

CAPABILITIES: Final = ("CAPABILITY_NAMED_IAM",)
NOTHING_TO_DO: Final = ("didn't contain changes", "No updates are to be performed")
"""How a change set's reason begins that changes nothing. Source: CloudFormation API reference, "DescribeChangeSet"."""


@dataclass(frozen=True)
class CloudStack:
    """A stack as it stands. `status` is CloudFormation's word."""

    status: str
    reason: str
    outputs: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        """Whether it has only ever been reviewed: nothing of it exists."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def is_busy(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and not self.is_new

    @property
    def is_well(self) -> bool:
        """Whether the last thing done to it succeeded."""
        return self.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@dataclass(frozen=True)
class ChangeSet:
    """What a change would do. `changes` are (action, logical id, type); `ready` None while it is being computed."""

    changes: tuple[tuple[str, str, str], ...]
    ready: bool | None
    reason: str


class CloudFormation:
    """CloudFormation of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> Any:
        return self._session.client("cloudformation")

    def stack(self, name: str) -> CloudStack | None:
        """Return a stack, or None when there is none of that name."""
        try:
            with typed_errors("cloudformation:DescribeStacks", self.region):
                one = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except AwsError as error:
            if "does not exist" in (error.cause or ""):
                return None
            raise
        outputs = {output["OutputKey"]: output["OutputValue"] for output in one.get("Outputs", [])}
        return CloudStack(one["StackStatus"], one.get("StackStatusReason", ""), outputs)

    def create_change_set(
        self, name: str, change_set: str, template: str, parameters: Mapping[str, str], *, is_new: bool
    ) -> None:
        """Ask for what it would take to make the stack what the template says; nothing is changed yet."""
        with typed_errors("cloudformation:CreateChangeSet", self.region):
            self._client.create_change_set(
                StackName=name,
                ChangeSetName=change_set,
                ChangeSetType="CREATE" if is_new else "UPDATE",
                TemplateBody=template,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=list(CAPABILITIES),
                Tags=[{"Key": "ManagedBy", "Value": "breiqctl"}],
            )

    def change_set(self, name: str, change_set: str) -> ChangeSet:
        """Return a change set as far as it is computed."""
        changes: list[tuple[str, str, str]] = []
        token: dict[str, str] = {}
        while True:
            with typed_errors("cloudformation:DescribeChangeSet", self.region):
                page = self._client.describe_change_set(StackName=name, ChangeSetName=change_set, **token)
            for change in page.get("Changes", []):
                one = change["ResourceChange"]
                changes.append((one["Action"], one["LogicalResourceId"], one["ResourceType"]))
            if not page.get("NextToken"):
                break
            token = {"NextToken": page["NextToken"]}
        status, reason = page["Status"], page.get("StatusReason", "")
        ready = {"CREATE_COMPLETE": True, "FAILED": False}.get(status)
        if ready is False and any(text in reason for text in NOTHING_TO_DO):
            changes = []
            reason = ""
        return ChangeSet(tuple(changes), ready, reason)

    def execute(self, name: str, change_set: str) -> None:
        """Begin what the change set says."""
        with typed_errors("cloudformation:ExecuteChangeSet", self.region):
            self._client.execute_change_set(StackName=name, ChangeSetName=change_set)

    def discard(self, name: str, change_set: str, *, is_new: bool) -> None:
        """Throw a change set away; with a stack that was only reviewed, the stack too."""
        with typed_errors("cloudformation:DeleteChangeSet", self.region):
            self._client.delete_change_set(StackName=name, ChangeSetName=change_set)
        if is_new:
            with typed_errors("cloudformation:DeleteStack", self.region):
                self._client.delete_stack(StackName=name)

    def failures(self, name: str) -> list[str]:
        """Return what failed in the stack, newest first: logical id and reason."""
        with typed_errors("cloudformation:DescribeStackEvents", self.region):
            events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        return [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def protect(self, name: str) -> None:
        """Keep the stack from being deleted until somebody takes this off."""
        with typed_errors("cloudformation:UpdateTerminationProtection", self.region):
            self._client.update_termination_protection(StackName=name, EnableTerminationProtection=True)


def resources_of(template: str) -> tuple[tuple[str, str, str], ...]:
    """Return what a template declares, as additions."""
    resources = json.loads(template)["Resources"]
    return tuple(("Add", name, resources[name]["Type"]) for name in sorted(resources))
