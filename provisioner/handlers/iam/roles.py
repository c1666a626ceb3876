"""Roles and their inline policies."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import json
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, given, ignoring, register
from provisioner.handlers.common.generic import Generic

MISSING: Final = "NoSuchEntity"


@register
class Role(Generic):
    """A role. Its id is its name. `forceDetachPolicies` lets a role go that still has policies."""

    type = "aws:iam/role:Role"
    taggable = True
    service = "iam"
    create_call = "create_role"
    read_call = "get_role"
    update_call = "update_role"
    delete_call = "delete_role"
    id_inputs = ("name",)
    names: ClassVar = {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}
    only_here = frozenset({"forceDetachPolicies"})
    missing = (MISSING,)
    document = "Role"
    outputs: ClassVar = {
        "arn": "Arn",
        "uniqueId": "RoleId",
        "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
    }
    replace_on = frozenset({"name", "path"})
    tag_calls = ("tag_role", "untag_role", "list_role_tags")
    tagged_by = "id"

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; boto3 has decoded the policy."""
        observed = super().observe(aws, resource_id, {"PermissionsBoundary": None, **document})
        return {**observed, "assumeRolePolicy": json.dumps(document["AssumeRolePolicyDocument"])}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; the trust policy and the boundary have calls of their own."""
        if "assumeRolePolicy" in changed:
            document = new["assumeRolePolicy"]
            self.call(aws, "update_assume_role_policy", RoleName=resource_id, PolicyDocument=document)
        if "permissionsBoundary" in changed and new.get("permissionsBoundary"):
            arn = new["permissionsBoundary"]
            self.call(aws, "put_role_permissions_boundary", RoleName=resource_id, PermissionsBoundary=arn)
        elif "permissionsBoundary" in changed:
            self.call(aws, "delete_role_permissions_boundary", RoleName=resource_id)
        return super().update(aws, resource_id, old, new, changed)

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; a description that is no longer given is emptied."""
        return given(Description=new.get("description", ""), MaxSessionDuration=new.get("maxSessionDuration"))

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if outputs.get("forceDetachPolicies"):
            self._strip(aws, resource_id)
        super().delete(aws, resource_id, outputs)

    def _strip(self, aws: Aws, role: str) -> None:
        with ignoring(MISSING):
            for attached in self.call(aws, "list_attached_role_policies", RoleName=role)["AttachedPolicies"]:
                self.call(aws, "detach_role_policy", RoleName=role, PolicyArn=attached["PolicyArn"])
            for name in self.call(aws, "list_role_policies", RoleName=role)["PolicyNames"]:
                self.call(aws, "delete_role_policy", RoleName=role, PolicyName=name)


@register
class RolePolicy(Generic):
    """An inline policy of a role. Its id is `<role>:<policy>`."""

    type = "aws:iam/rolePolicy:RolePolicy"
    service = "iam"
    create_call = "put_role_policy"
    read_call = "get_role_policy"
    update_call = "put_role_policy"
    delete_call = "delete_role_policy"
    id_inputs = ("role", "name")
    id_separator = ":"
    names: ClassVar = {"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"}
    missing = (MISSING,)
    replace_on = frozenset({"role", "name"})

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; boto3 has decoded the policy."""
        return {**self.id_properties(resource_id), "policy": json.dumps(document["PolicyDocument"])}
