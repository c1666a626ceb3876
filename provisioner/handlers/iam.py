"""Roles and their inline policies."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

MISSING: Final = "NoSuchEntity"


@register
class Role(Handler):
    """A role. Its id is its name."""

    type = "aws:iam/role:Role"
    taggable = True
    name_input = "name"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        role = aws.client("iam").create_role(
            **given(
                RoleName=inputs["name"],
                Path=inputs.get("path"),
                AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
                Description=inputs.get("description"),
                Tags=tag_list(inputs) or None,
            )
        )["Role"]
        return Created(inputs["name"], self._outputs(role))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: aws.client("iam").get_role(RoleName=resource_id), MISSING)
        return self._outputs(answer["Role"]) if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring(MISSING):
            aws.client("iam").delete_role(RoleName=resource_id)

    @staticmethod
    def _outputs(role: dict[str, Any]) -> Properties:
        return {"arn": role["Arn"], "uniqueId": role["RoleId"]}


@register
class RolePolicy(Handler):
    """An inline policy of a role. Its id is `<role>:<policy>`."""

    type = "aws:iam/rolePolicy:RolePolicy"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        aws.client("iam").put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )
        return Created(f"{inputs['role']}:{inputs['name']}")

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        role, _, name = resource_id.partition(":")
        answer = found(lambda: aws.client("iam").get_role_policy(RoleName=role, PolicyName=name), MISSING)
        return {} if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        role, _, name = resource_id.partition(":")
        with ignoring(MISSING):
            aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)
