"""What lets AWS's services write to log groups."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any

from provisioner.aws import Aws
from provisioner.handlers.common.base import register
from provisioner.handlers.common.generic import Generic


@register
class LogResourcePolicy(Generic):
    """A resource policy of CloudWatch Logs, of an account's region. Its id is its name."""

    type = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    service = "logs"
    create_call = "put_resource_policy"
    update_call = "put_resource_policy"
    read_call = "describe_resource_policies"
    delete_call = "delete_resource_policy"
    id_inputs = ("policyName",)
    missing = ("ResourceNotFoundException",)
    adopts = False
    unread = frozenset({"expectedRevisionId"})
    replace_on = frozenset({"policyName"})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; all policies are described together."""
        return {} if call == self.read_call else {"policyName": resource_id}

    def document_in(self, answer: Any, resource_id: str) -> Any:
        """See Generic."""
        return next((one for one in answer["resourcePolicies"] if one["policyName"] == resource_id), None)
