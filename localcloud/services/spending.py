"""Budgets and Cost Explorer: records. Nothing costs anything here, so nobody is told."""

from typing import Any, Final

from localcloud.api.emulated import Desk, Parameters, ProblemError, add, new_id, one
from localcloud.services import words

SERVICES: Final = {
    "budgets": words(
        """CreateBudget DescribeBudget DescribeBudgets UpdateBudget DeleteBudget CreateNotification DeleteNotification
        DescribeNotificationsForBudget DescribeSubscribersForNotification TagResource UntagResource
        ListTagsForResource"""
    ),
    "ce": words(
        """CreateAnomalyMonitor GetAnomalyMonitors UpdateAnomalyMonitor DeleteAnomalyMonitor CreateAnomalySubscription
        GetAnomalySubscriptions UpdateAnomalySubscription DeleteAnomalySubscription ListCostAllocationTags
        UpdateCostAllocationTagsStatus TagResource UntagResource ListTagsForResource"""
    ),
}


def patch() -> None:
    """Give moto what it lacks."""
    add(
        "budgets",
        {
            "CreateBudget": _create_budget,
            "DescribeBudget": lambda desk, asked: {"Budget": _budget(desk, asked)["budget"]},
            "DescribeBudgets": lambda desk, _: {"Budgets": [each["budget"] for each in desk.kind("budgets").values()]},
            "UpdateBudget": _update_budget,
            "DeleteBudget": _delete_budget,
            "CreateNotification": _create_notification,
            "DeleteNotification": _delete_notification,
            "DescribeNotificationsForBudget": lambda desk, asked: {
                "Notifications": [notice for notice, _ in _budget(desk, asked)["notices"]]
            },
            "DescribeSubscribersForNotification": lambda desk, asked: {
                "Subscribers": next(told for notice, told in _budget(desk, asked)["notices"] if _same(notice, asked))
            },
            "TagResource": _tag("ResourceARN", "ResourceTags"),
            "UntagResource": _untag("ResourceARN", "ResourceTagKeys"),
            "ListTagsForResource": _tags("ResourceARN", "ResourceTags"),
        },
    )
    add(
        "ce",
        {
            **_anomaly("AnomalyMonitor", "Monitor", "UnknownMonitorException"),
            **_anomaly("AnomalySubscription", "Subscription", "UnknownSubscriptionException"),
            "ListCostAllocationTags": _cost_tags,
            "UpdateCostAllocationTagsStatus": _set_cost_tags,
            "TagResource": _tag("ResourceArn", "ResourceTags"),
            "UntagResource": _untag("ResourceArn", "ResourceTagKeys"),
            "ListTagsForResource": _tags("ResourceArn", "ResourceTags"),
        },
    )


def _budget(desk: Desk, asked: Parameters) -> Any:
    return one(desk.kind("budgets"), asked["BudgetName"], "NotFoundException")


def _create_budget(desk: Desk, asked: Parameters) -> dict[str, Any]:
    name = asked["Budget"]["BudgetName"]
    if name in desk.kind("budgets"):
        raise ProblemError("DuplicateRecordException", f"the budget {name} exists")
    notices = [(each["Notification"], each["Subscribers"]) for each in asked.get("NotificationsWithSubscribers", [])]
    desk.kind("budgets")[name] = {"budget": asked["Budget"], "notices": notices}
    arn = f"arn:aws:budgets::{desk.account}:budget/{name}"
    desk.tags(arn).update({tag["Key"]: tag["Value"] for tag in asked.get("ResourceTags", [])})
    return {}


def _update_budget(desk: Desk, asked: Parameters) -> dict[str, Any]:
    _budget(desk, asked["NewBudget"])["budget"].update(asked["NewBudget"])
    return {}


def _delete_budget(desk: Desk, asked: Parameters) -> dict[str, Any]:
    _budget(desk, asked)
    del desk.kind("budgets")[asked["BudgetName"]]
    return {}


def _create_notification(desk: Desk, asked: Parameters) -> dict[str, Any]:
    _budget(desk, asked)["notices"].append((asked["Notification"], asked["Subscribers"]))
    return {}


def _delete_notification(desk: Desk, asked: Parameters) -> dict[str, Any]:
    budget = _budget(desk, asked)
    budget["notices"] = [pair for pair in budget["notices"] if not _same(pair[0], asked)]
    return {}


def _same(notice: Parameters, asked: Parameters) -> bool:
    return all(notice.get(name) == value for name, value in asked["Notification"].items())


def _anomaly(kind: str, short: str, missing: str) -> dict[str, Any]:
    """Return the operations of monitors or of subscriptions."""
    arn_of = f"{short}Arn"

    def create(desk: Desk, asked: Parameters) -> dict[str, Any]:
        arn = f"arn:aws:ce::{desk.account}:{kind.lower()}/{new_id()}"
        desk.kind(kind)[arn] = {**asked[kind], arn_of: arn, "AccountId": desk.account}
        desk.tags(arn).update({tag["Key"]: tag["Value"] for tag in asked.get("ResourceTags", [])})
        return {arn_of: arn}

    def read(desk: Desk, asked: Parameters) -> dict[str, Any]:
        wanted = asked.get(f"{arn_of}List") or list(desk.kind(kind))
        return {f"{kind}s": [one(desk.kind(kind), arn, missing) for arn in wanted]}

    def update(desk: Desk, asked: Parameters) -> dict[str, Any]:
        one(desk.kind(kind), asked[arn_of], missing).update(asked)
        return {arn_of: asked[arn_of]}

    def delete(desk: Desk, asked: Parameters) -> dict[str, Any]:
        one(desk.kind(kind), asked[arn_of], missing)
        del desk.kind(kind)[asked[arn_of]]
        return {}

    return {f"Create{kind}": create, f"Get{kind}s": read, f"Update{kind}": update, f"Delete{kind}": delete}


def _cost_tags(desk: Desk, asked: Parameters) -> dict[str, Any]:
    known = desk.kind("cost tags")
    wanted = asked.get("TagKeys") or list(known)
    tags = [{"TagKey": key, "Type": "UserDefined", "Status": known[key]} for key in wanted if key in known]
    return {"CostAllocationTags": tags}


def _set_cost_tags(desk: Desk, asked: Parameters) -> dict[str, Any]:
    desk.kind("cost tags").update({each["TagKey"]: each["Status"] for each in asked["CostAllocationTagsStatus"]})
    return {"Errors": []}


def _tag(owner: str, member: str) -> Any:
    def tag(desk: Desk, asked: Parameters) -> dict[str, Any]:
        desk.tags(asked[owner]).update({each["Key"]: each["Value"] for each in asked[member]})
        return {}

    return tag


def _untag(owner: str, member: str) -> Any:
    def untag(desk: Desk, asked: Parameters) -> dict[str, Any]:
        for key in asked[member]:
            desk.tags(asked[owner]).pop(key, None)
        return {}

    return untag


def _tags(owner: str, member: str) -> Any:
    return lambda desk, asked: {member: [{"Key": k, "Value": v} for k, v in sorted(desk.tags(asked[owner]).items())]}
