"""What holds for all log groups of a region: account policies of CloudWatch Logs."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class LogAccountPolicy(Generic):
    """An account policy. Its id is `<name>:<type>`, as Terraform's provider imports it."""

    type = "aws:cloudwatch/logAccountPolicy:LogAccountPolicy"
    service = "logs"
    create_call = "put_account_policy"
    read_call = "describe_account_policies"
    update_call = "put_account_policy"
    delete_call = "delete_account_policy"
    id_inputs = ("policyName", "policyType")
    id_separator = ":"
    adopts = False
    missing = ("ResourceNotFoundException",)
    document = "accountPolicies[0]"
    replace_on = frozenset({"policyName", "policyType"})

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; it is put whole."""
        return self.create_arguments(aws, new)
