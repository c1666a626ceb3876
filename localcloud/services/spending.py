"""Budgets and Cost Explorer: records. Nothing costs anything here, so nobody is told."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add, new_id, one
from localcloud.core.words import words

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
            "DescribeBudget": lambda request, asked: {"Budget": _budget(request, asked)["budget"]},
            "DescribeBudgets": lambda request, _: {
                "Budgets": [each["budget"] for each in request.kind("budgets").values()]
            },
            "UpdateBudget": _update_budget,
            "DeleteBudget": _delete_budget,
            "CreateNotification": _create_notification,
            "DeleteNotification": _delete_notification,
            "DescribeNotificationsForBudget": lambda request, asked: {
                "Notifications": [notice for notice, _ in _budget(request, asked)["notices"]]
            },
            "DescribeSubscribersForNotification": lambda request, asked: {
                "Subscribers": next(told for notice, told in _budget(request, asked)["notices"] if _same(notice, asked))
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


def _budget(request: RequestContext, asked: Parameters) -> Any:
    return one(request.kind("budgets"), asked["BudgetName"], "NotFoundException")


def _create_budget(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    name = asked["Budget"]["BudgetName"]
    if name in request.kind("budgets"):
        raise ProblemError("DuplicateRecordException", f"the budget {name} exists")
    notices = [(each["Notification"], each["Subscribers"]) for each in asked.get("NotificationsWithSubscribers", [])]
    request.kind("budgets")[name] = {"budget": asked["Budget"], "notices": notices}
    arn = f"arn:aws:budgets::{request.account}:budget/{name}"
    request.tags(arn).update({tag["Key"]: tag["Value"] for tag in asked.get("ResourceTags", [])})
    return {}


def _update_budget(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _budget(request, asked["NewBudget"])["budget"].update(asked["NewBudget"])
    return {}


def _delete_budget(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _budget(request, asked)
    del request.kind("budgets")[asked["BudgetName"]]
    return {}


def _create_notification(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _budget(request, asked)["notices"].append((asked["Notification"], asked["Subscribers"]))
    return {}


def _delete_notification(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    budget = _budget(request, asked)
    budget["notices"] = [pair for pair in budget["notices"] if not _same(pair[0], asked)]
    return {}


def _same(notice: Parameters, asked: Parameters) -> bool:
    return all(notice.get(name) == value for name, value in asked["Notification"].items())


def _anomaly(kind: str, short: str, missing: str) -> dict[str, Any]:
    """Return the operations of monitors or of subscriptions."""
    arn_of = f"{short}Arn"

    def create(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        arn = f"arn:aws:ce::{request.account}:{kind.lower()}/{new_id()}"
        request.kind(kind)[arn] = {**asked[kind], arn_of: arn, "AccountId": request.account}
        request.tags(arn).update({tag["Key"]: tag["Value"] for tag in asked.get("ResourceTags", [])})
        return {arn_of: arn}

    def read(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        wanted = asked.get(f"{arn_of}List") or list(request.kind(kind))
        return {f"{kind}s": [one(request.kind(kind), arn, missing) for arn in wanted]}

    def update(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        one(request.kind(kind), asked[arn_of], missing).update(asked)
        return {arn_of: asked[arn_of]}

    def delete(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        one(request.kind(kind), asked[arn_of], missing)
        del request.kind(kind)[asked[arn_of]]
        return {}

    return {f"Create{kind}": create, f"Get{kind}s": read, f"Update{kind}": update, f"Delete{kind}": delete}


def _cost_tags(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    known = request.kind("cost tags")
    wanted = asked.get("TagKeys") or list(known)
    tags = [{"TagKey": key, "Type": "UserDefined", "Status": known[key]} for key in wanted if key in known]
    return {"CostAllocationTags": tags}


def _set_cost_tags(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.kind("cost tags").update({each["TagKey"]: each["Status"] for each in asked["CostAllocationTagsStatus"]})
    return {"Errors": []}


def _tag(owner: str, member: str) -> Any:
    def tag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        request.tags(asked[owner]).update({each["Key"]: each["Value"] for each in asked[member]})
        return {}

    return tag


def _untag(owner: str, member: str) -> Any:
    def untag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        for key in asked[member]:
            request.tags(asked[owner]).pop(key, None)
        return {}

    return untag


def _tags(owner: str, member: str) -> Any:
    return lambda request, asked: {
        member: [{"Key": k, "Value": v} for k, v in sorted(request.tags(asked[owner]).items())]
    }
