"""IAM beyond roles: the account's password policy, and roles that AWS's services keep for themselves."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Properties, found, register
from provisioner.handlers.common.generic import Generic

POLICY_ID = "iam-account-password-policy"
"""As Terraform's provider calls it."""


@register
class AccountPasswordPolicy(Generic):
    """What the account asks of passwords."""

    type = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
    service = "iam"
    create_call = "update_account_password_policy"
    read_call = "get_account_password_policy"
    update_call = "update_account_password_policy"
    delete_call = "delete_account_password_policy"
    adopts = False
    missing = ("NoSuchEntity",)
    document = "PasswordPolicy"
    names: ClassVar = {"requireLowercaseCharacters": "RequireLowercaseCharacters"}

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        self.call(aws, self.create_call, **self.create_arguments(aws, inputs))
        return Created(POLICY_ID, self.read(aws, POLICY_ID, inputs) or {})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; there is one, so that no call names it."""
        return {}


@register
class ServiceLinkedRole(Generic):
    """The role that a service of AWS keeps in the account. Its id is its ARN."""

    type = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
    taggable = True
    service = "iam"
    create_call = "create_service_linked_role"
    read_call = "get_role"
    update_call = "update_role"
    delete_call = "delete_service_linked_role"
    id_output = "Role.Arn"
    missing = ("NoSuchEntity",)
    document = "Role"
    names: ClassVar = {"awsServiceName": "AWSServiceName"}
    outputs: ClassVar = {"arn": "Arn", "name": "RoleName", "path": "Path", "uniqueId": "RoleId"}
    replace_on = frozenset({"awsServiceName", "customSuffix"})
    tag_calls = ("tag_role", "untag_role", "list_role_tags")
    tagged_by = "name"

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; the calls take the name."""
        return {"RoleName": resource_id.rpartition("/")[2]}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the service is in the role's path."""
        observed = super().observe(aws, resource_id, document)
        return {**observed, "awsServiceName": document["Path"].strip("/").rpartition("/")[2]}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by the path, which names the service: AWS allows one without a suffix."""
        path = f"/aws-service-role/{inputs['awsServiceName']}/"
        answer = found(lambda: self.call(aws, "list_roles", PathPrefix=path), *self.missing) or {"Roles": []}
        return next((str(role["Arn"]) for role in answer["Roles"]), None)
