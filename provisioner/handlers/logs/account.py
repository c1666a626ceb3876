"""What holds for all log groups of a region: account policies of CloudWatch Logs."""

from provisioner.handlers.common.base import register
from provisioner.handlers.common.put_whole import PutWhole


@register
class LogAccountPolicy(PutWhole):
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
