"""Elastic Load Balancing v2: application load balancers as HAProxy processes, with true target health."""

from typing import Any, Final

from localcloud.services.elbv2 import record

SCOPE: Final = "region"

OPERATIONS: Final = frozenset(
    {
        "AddTags",
        "CreateListener",
        "CreateLoadBalancer",
        "CreateRule",
        "CreateTargetGroup",
        "DeleteListener",
        "DeleteLoadBalancer",
        "DeleteRule",
        "DeleteTargetGroup",
        "DeregisterTargets",
        "DescribeListenerAttributes",
        "DescribeListenerCertificates",
        "DescribeListeners",
        "DescribeLoadBalancerAttributes",
        "DescribeLoadBalancers",
        "DescribeRules",
        "DescribeSSLPolicies",
        "DescribeTags",
        "DescribeTargetGroupAttributes",
        "DescribeTargetGroups",
        "DescribeTargetHealth",
        "ModifyListener",
        "ModifyListenerAttributes",
        "ModifyLoadBalancerAttributes",
        "ModifyRule",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "RegisterTargets",
        "RemoveTags",
        "SetRulePriorities",
        "SetSecurityGroups",
        "SetSubnets",
    }
)

VIEWS: Final = {
    "state": record.view_state,
    "health": record.view_health,
    "drained": record.view_drained,
    "impaired": record.view_impaired,
}


def patch() -> None:
    """Replace what is not true of moto's load balancers (api process)."""
    from localcloud.services.elbv2 import patches

    patches.patch()


def Controller(context: Any) -> Any:  # noqa: N802 - the name is the framework's contract; the import is the controllers' alone
    """Return the controller of a region's load balancers."""
    from localcloud.services.elbv2.controller import Controller as Elbv2Controller

    return Elbv2Controller(context)
